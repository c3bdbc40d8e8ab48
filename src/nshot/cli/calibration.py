"""What `nshot calibrate` reads and where it writes: predictions with all candidates run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nshot.artifacts import check_replaceable, read_run, recognise_object, run_path
from nshot.cli.output.console import progress, say
from nshot.cli.wiring import questions_at_once, with_index
from nshot.errors import DataError, OptionError

if TYPE_CHECKING:
    from nshot.generation import EngineConfig, ModelSettings
    from nshot.pipeline import PipelineConfig
    from nshot.types import Question

IS_CALIBRATION = recognise_object(lambda found: {"format", "both", "logprob", "agreement"} <= found.keys())
"""Whether a file holds a calibration."""


def find_place(out: Path | None, engine: EngineConfig) -> Path:
    """The file that the calibration is written to.

    Args:
        out: A folder or a .json file; None stands for the folder of the model or adapter.
        engine: The model.

    Raises:
        OptionError: The model has no folder of its own.
        DataError: The file is of another kind.
    """
    from nshot.generation import model_folder
    from nshot.models import SHIPPED
    from nshot.pipeline import CALIBRATION_FILE

    folder = out or model_folder(engine.model, engine.adapter)
    if out is None and (folder is None or folder == SHIPPED or not folder.is_dir()):
        raise OptionError(
            f"model {engine.model} has no folder of its own to write to; name one with --out, and give it as "
            "--calibration when you ask",
            option="out",
        )
    assert folder is not None
    place = folder if folder.suffix == ".json" else folder / CALIBRATION_FILE
    check_replaceable(place, IS_CALIBRATION)
    return place


def read_records(path: Path, questions: Sequence[Question], adapter: str | None) -> list[dict[str, Any]]:
    """The lines of a predictions file, which must be those of the questions and of the model.

    Args:
        path: What `nshot predict` wrote.
        questions: Their questions, in order.
        adapter: Digest of the weights of the model's adapter.

    Raises:
        FileMissingError: There is no such file.
        DataError: It is damaged, of other questions, or of other weights.
    """
    from nshot.pipeline import read_predictions

    beside = run_path(path)
    before = read_run(beside).get("config", {}) if beside.is_file() else {}
    if before.get("adapter_sha256", adapter) != adapter:
        raise DataError(
            f"{path} has predictions of another adapter; give the model that made them (`model`, `adapter`)"
        )
    lines = list(read_predictions(path))[: len(questions)]
    expected = [(one.text, one.db_id) for one in questions]
    if [(line.question, line.db_id) for line in lines] != expected:
        raise DataError(
            f"{path} has predictions of other questions ({len(lines)} for {len(questions)}); give the same "
            "questions in the same order"
        )
    return [dict(line.record) for line in lines]


def predict_records(
    config: PipelineConfig, settings: ModelSettings, questions: Sequence[Question], batch: int | None
) -> list[dict[str, Any]]:
    """Predictions with all candidates run, as lines of a predictions file.

    Args:
        config: As given. A beam gives all its hypotheses as candidates.
        settings: The resolved settings.
        questions: What is asked.
        batch: Questions that are answered together; None: what suits the model.

    Raises:
        NshotError: The model cannot be loaded, or fails.
    """
    from nshot.options import Given
    from nshot.pipeline import index_pair_file, make_pipeline, to_record

    given = config.settings
    if settings.decoding.method == "beam" and "candidates" not in given:
        values = {**given.values, "candidates": settings.decoding.beams}
        config = replace(config, settings=Given(given.kind, values, given.soft))
    several = config.check().decoding.n > 1
    config = replace(
        config,
        execution=replace(config.execution, run_all=several),
        confidence=replace(config.confidence, confidence=False),
    )
    catalog = config.databases.catalog(say)
    config = replace(config, examples=index_pair_file(config.examples, catalog, note=say))
    say(f"loading {config.engine.model} ...")
    pipeline = make_pipeline(with_index(config, settings), catalog=catalog, questions=questions)
    size = questions_at_once(config, batch, elsewhere=8)
    records: list[dict[str, Any]] = []
    with progress() as start:
        step = start("predicting", len(questions))
        for at in range(0, len(questions), size):
            for prediction in pipeline.predict(questions[at : at + size], batch=size):
                records.append(to_record(len(records), prediction, pipeline.engine.name))
                step(1)
    return records
