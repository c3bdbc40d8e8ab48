"""`nshot calibrate`: how probable it is that an answer is right, fitted on questions with gold."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from nshot.cli.calibration import find_place, predict_records, read_records
from nshot.cli.options.derive import Without, derive_options
from nshot.cli.options.parameters import QUESTIONS, Columns
from nshot.cli.output.confidence import print_calibration
from nshot.cli.output.console import say, write_json
from nshot.cli.wiring import configure
from nshot.errors import OptionError
from nshot.eval import EvalConfig
from nshot.options import Given
from nshot.pipeline import PipelineConfig

NOT_HERE = Without(("confidence", "calibration", "abstain_below", "run_all", "reuse", "repair", "execute"))
"""What fitting decides by itself."""


@derive_options
def calibrate(
    questions: Annotated[Path, typer.Option(help=f"{QUESTIONS} With gold SQL, none that it was tuned on.")],
    options: Annotated[Given[PipelineConfig], NOT_HERE],
    predictions: Annotated[
        Path | None,
        typer.Option(
            help="Their predictions by nshot predict with --candidates and --run-all. By default the model "
            "is asked now."
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            help="Folder or .json file of the calibration. By default the folder of the model or adapter, in "
            "which it is found by itself."
        ),
    ] = None,
    limit: Annotated[int | None, typer.Option(help="Only this many questions, from the first.")] = None,
    batch: Annotated[
        int | None, typer.Option(help="How many questions are answered together, as in predict.")
    ] = None,
    columns: Columns = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print the measures as JSON.")] = False,
) -> None:
    """Fit the confidence of a model's answers on held-out questions, and measure it.

    Take questions of databases that the model was not tuned on, or verified pairs of your own that it has
    not seen. Writes confidence.json, which ask, predict and serve use from then on.
    """
    from nshot.data import ColumnMap, read_questions, sample_dir
    from nshot.eval import Evaluator
    from nshot.experiments import calibrate as fit
    from nshot.experiments import read_rated
    from nshot.generation import adapter_sha256

    for name, value in (("--limit", limit), ("--batch", batch)):
        if value is not None and value < 1:
            raise OptionError(f"{name} must be at least 1, got {value}")
    config, settings = configure(options)
    place = find_place(out, config.engine)
    asked = read_questions(questions, ColumnMap.parse(columns))[:limit]
    databases = config.databases
    evaluator = Evaluator(
        databases.databases or sample_dir(), databases.tables, EvalConfig(skip_bad_gold=True)
    )
    adapter = adapter_sha256(config.engine)
    if predictions is None:
        records = predict_records(config, settings, asked, batch)
    else:
        records = read_records(predictions, asked, adapter)
    answers = read_rated(asked, records, evaluator)
    result = fit(
        answers,
        candidates=max(len(record["candidates"]) for record in records),
        adapter=adapter,
        left_out=len(asked) - len(answers),
    )
    place.parent.mkdir(parents=True, exist_ok=True)
    result.calibration.save(place)
    if as_json:
        write_json(result.record())
    else:
        print_calibration(result)
    say(f"written to {place}")
