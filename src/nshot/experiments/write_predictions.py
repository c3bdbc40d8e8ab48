"""Write the predictions of a run, and the questions with their gold, as files for `nshot eval`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from nshot.artifacts import Recognise, recognise_lines, replacing_own, seal
from nshot.eval import Run
from nshot.pipeline import IS_PREDICTIONS, to_record
from nshot.types import Prediction, Question

QUESTIONS = "questions.jsonl"


def file_name(run: Run) -> str:
    """The name of the file of a run's predictions.

    >>> from nshot.eval.scores import System
    >>> file_name(Run(System("masked-hybrid", "distinct", 3), 0))
    'masked-hybrid-distinct-3-seed0.jsonl'
    """
    name = re.sub(r"[^A-Za-z0-9]+", "-", run.system.name).strip("-")
    return f"{name}-{run.system.shots}-seed{run.seed}.jsonl"


def write_predictions(folder: Path, run: Run, predictions: Sequence[Prediction], model: str) -> Path:
    """Write the file atomically and return its path."""
    records = (to_record(at, prediction, model) for at, prediction in enumerate(predictions))
    return _write(folder / file_name(run), records, IS_PREDICTIONS)


def write_questions(folder: Path, questions: Sequence[Question]) -> Path:
    """Write the questions of a grid with their gold, in order; its predictions are judged against
    them.
    """
    records = (
        {"id": q.id, "question": q.text, "db_id": q.db_id, "query": q.sql, "evidence": q.evidence}
        for q in questions
    )
    return _write(folder / QUESTIONS, records, recognise_lines("id", "question", "db_id", "query"))


def _write(path: Path, records: Iterable[dict[str, Any]], recognise: Recognise) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = (json.dumps(seal(record), ensure_ascii=False) + "\n" for record in records)
    with replacing_own(path, recognise) as work:
        work.write_bytes("".join(lines).encode("utf-8", "backslashreplace"))
    return path
