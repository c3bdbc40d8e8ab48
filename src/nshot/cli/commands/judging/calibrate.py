"""`nshot calibrate`: how probable it is that an answer is right, fitted on questions with gold."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

from nshot.cli.calibration import find_place, predict_records, read_records
from nshot.cli.options.derive import Without, derive_options
from nshot.cli.options.parameters import QuestionFileOptions
from nshot.cli.output.confidence import print_calibration
from nshot.cli.output.console import say, write_json
from nshot.cli.wiring import configure
from nshot.eval import EvalConfig
from nshot.options import Given, check_least, option
from nshot.pipeline import DatabasesOrOne, PipelineConfig

DECIDED = ("confidence", "calibration", "abstain_below", "run_all", "reuse", "repair", "execute")
"""Options of the pipeline that fitting decides by itself."""


@dataclass(frozen=True, kw_only=True)
class CalibrateOptions(QuestionFileOptions):
    """What is fitted on, and where the calibration is written."""

    predictions: Path | None = option(None)
    """The predictions of the questions by nshot predict with `candidates` and `run_all`. By default
    the model is asked now."""
    out: Path | None = option(None)
    """Folder or .json file of the calibration. By default the folder of the model or adapter, in
    which it is found by itself."""
    limit: int | None = option(None)
    """Only this many questions, from the first."""
    batch: int | None = option(None)
    """How many questions are answered together. By default 64; with a server or llama.cpp 8."""
    as_json: bool = option(False, name="json", only_on=True)
    """Print the measures as JSON."""

    def __post_init__(self) -> None:
        for name in ("limit", "batch"):
            check_least(name, getattr(self, name))


@derive_options
def calibrate(
    wanted: CalibrateOptions,
    databases: DatabasesOrOne,
    options: Annotated[Given[PipelineConfig], Without((*DECIDED, "databases", "tables"))],
) -> None:
    """Fit reranking and confidence on held-out questions, and measure both.

    Take questions of databases that the model was not tuned on, or verified pairs of your own that
    it has not seen. Writes confidence.json, which ask, predict and serve use from then on.
    """
    from nshot.data import sample_dir
    from nshot.eval import Evaluator
    from nshot.experiments import calibrate as fit
    from nshot.experiments import read_rated
    from nshot.generation import adapter_sha256

    config, settings = configure(options)
    config = replace(config, databases=databases)
    place = find_place(wanted.out, config.engine)
    asked = wanted.read()[: wanted.limit]
    folder, how = databases.databases or sample_dir(), EvalConfig(skip_bad_gold=True)
    evaluator = Evaluator(folder, databases.tables, how, databases.one())
    adapter = adapter_sha256(config.engine)
    if wanted.predictions is None:
        records = predict_records(config, settings, asked, wanted.batch)
    else:
        records = read_records(wanted.predictions, asked, adapter)
    answers = read_rated(asked, records, evaluator, databases.catalog())
    result = fit(
        answers,
        candidates=max(len(record["candidates"]) for record in records),
        adapter=adapter,
        left_out=len(asked) - len(answers),
    )
    place.parent.mkdir(parents=True, exist_ok=True)
    result.calibration.save(place)
    if wanted.as_json:
        write_json(result.record())
    else:
        print_calibration(result)
    say(f"written to {place}")
