"""The predictions of a run as a file that `nshot eval` reads."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Sequence
from pathlib import Path

from nshot.eval.comparison import Run
from nshot.generation.predictions import to_record
from nshot.types import Prediction


def file_name(run: Run) -> str:
    """Of a run's predictions.

    >>> from nshot.eval.comparison import System
    >>> file_name(Run(System("masked-hybrid", "distinct", 3), 0))
    'masked-hybrid-distinct-3-seed0.jsonl'
    """
    name = re.sub(r"[^A-Za-z0-9]+", "-", run.system.name).strip("-")
    return f"{name}-{run.system.shots}-seed{run.seed}.jsonl"


def write_predictions(folder: Path, run: Run, predictions: Sequence[Prediction], model: str) -> Path:
    """The file written; it appears whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / file_name(run)
    work = path.with_name(f".{path.name}.{os.getpid()}")
    lines = (
        json.dumps(to_record(at, prediction, model), ensure_ascii=False, default=str) + "\n"
        for at, prediction in enumerate(predictions)
    )
    try:
        work.write_bytes("".join(lines).encode("utf-8", "backslashreplace"))
        work.replace(path)
    finally:
        work.unlink(missing_ok=True)
    return path
