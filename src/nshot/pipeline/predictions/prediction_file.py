"""The predictions file: JSONL, one line per question in input order; a run can be resumed."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from nshot.artifacts import (
    Shard,
    check_replaceable,
    check_seal,
    count_and_hash,
    describe,
    differences,
    hold_file,
    parse_json,
    read_run,
    recognise_lines,
    recognise_object,
    run_path,
    seal,
    surroundings,
    sync,
    write_run,
)
from nshot.errors import DataError, FileMissingError
from nshot.pipeline.predictions.fingerprint import list_changed
from nshot.pipeline.reranking import measure_agreements
from nshot.types import Prediction, Question

IS_PREDICTIONS = recognise_lines("index", "id", "question", "db_id", "sql", "candidates")
"""Whether a file holds predictions of nshot."""
SHARD = "shard"
"""Key of a run's description: which part of the questions it has."""
IS_RUN = recognise_object(lambda found: {"format", "config", "questions", "seed"} <= found.keys())


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a predictions file."""

    index: int
    """0-based position of the question in its file."""
    id: str
    question: str
    db_id: str
    sql: str
    record: Mapping[str, Any]
    """The whole line as JSON values."""


def to_record(index: int, prediction: Prediction, model: str) -> dict[str, Any]:
    """The line for a prediction; result rows are not stored, only their number.

    A question without an answer for lack of confidence has an empty `sql`, and its SQL in
    `withheld`.
    """
    prompt, question = prediction.prompt, prediction.question
    agreements = measure_agreements(prediction.attempts)
    return {
        "index": index,
        "id": question.id,
        "question": question.text,
        "db_id": question.db_id,
        "sql": prediction.sql,
        "completion": prediction.completion.text,
        "model": model,
        "prompt_sha256": prompt.sha256,
        "prompt_tokens": prompt.tokens,
        "dropped": {name: list(values) for name, values in prompt.dropped._asdict().items() if values},
        "demonstrations": [shown.example.id for shown in prompt.demonstrations],
        "retrieved": [{"id": found.example.id, "score": found.score} for found in prediction.candidates],
        **({} if prediction.first_pass is None else {"first_pass": prediction.first_pass}),
        **({} if prediction.reused is None else {"verified_pair": prediction.reused.example.id}),
        **({"source": "near"} if prediction.source == "near" else {}),
        **({} if prediction.confidence is None else {"confidence": prediction.confidence}),
        **({"withheld": prediction.withheld} if prediction.abstained else {}),
        **({} if agreements[0] is None else {"agreement": agreements[0]}),
        "candidates": [
            {
                "sql": attempt.sql,
                "outcome": attempt.outcome,
                "error": attempt.error,
                "rows": len(attempt.rows.rows) if attempt.rows is not None else None,
                "finish": attempt.completion.finish,
                "tokens": attempt.completion.tokens,
                "logprob": attempt.completion.logprob,
                **({} if agreement is None else {"agreement": agreement}),
            }
            for attempt, agreement in zip(prediction.attempts, agreements, strict=True)
        ],
        "seconds": {stage: round(spent, 6) for stage, spent in prediction.seconds.items()},
    }


class PredictionFile:
    """A file to which predictions are appended; use it in a `with` block.

    Predict the questions from `file.done` on and call `append` for each batch of predictions.
    """

    def __init__(
        self,
        path: Path,
        questions: Sequence[Question],
        config: Mapping[str, object],
        *,
        seed: int = 0,
        databases: Mapping[str, str] | None = None,
        overwrite: bool = False,
        shard: Shard | None = None,
    ) -> None:
        """Stores the arguments; nothing is opened before the `with` block.

        Args:
            path: The JSONL file. The description of its run is stored beside it; its lock is
                `<path>.lock`.
            questions: All questions of the run, in order, also if the file holds a part of them.
            config: Every setting that changes predictions.
            seed: Seed of the run.
            databases: Fingerprints of the questions' databases.
            overwrite: Start again, even if there are predictions.
            shard: The part of the questions that the file holds; None: all of them.
        """
        own = questions if shard is None else shard.cut(questions)
        self.path, self._questions, self._overwrite = path, own, overwrite
        self._run = describe(config, own, seed)
        if shard is not None:
            self._run[SHARD] = {**shard._asdict(), "questions": count_and_hash(questions)}
        self._databases = dict(databases or {})
        self.done = 0
        """Number of questions whose predictions are in the file."""

    def __enter__(self) -> Self:
        """Open the file or resume it.

        Raises:
            DataError: Another process writes to the file, it belongs to another run, or it is
                damaged.
        """
        with ExitStack() as held:
            held.enter_context(hold_file(self.path, "another file"))
            self._begin()
            held.callback(self._stream.close)
            self._held = held.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._held.close()

    def append(self, predictions: Sequence[Prediction], model: str) -> None:
        """Append a batch and force it to disk.

        Raises:
            ValueError: The predictions are not those of the next questions.
        """
        lines = []
        for at, prediction in enumerate(predictions, self.done):
            if at >= len(self._questions) or prediction.question != self._questions[at]:
                raise ValueError(f"prediction {at} belongs to another question: {prediction.question.id!r}")
            record = to_record(at, prediction, model)
            lines.append(json.dumps(seal(record), ensure_ascii=False) + "\n")
        self._stream.write("".join(lines).encode("utf-8", "backslashreplace"))
        self._stream.flush()
        os.fsync(self._stream.fileno())
        self.done += len(lines)

    def _begin(self) -> None:
        beside = run_path(self.path)
        sessions: list[Any] = []
        if self.path.exists() and not self._overwrite:
            before = read_run(beside)
            sessions, fingerprints = before.pop("sessions", []), before.pop("databases", {})
            for name in set(before) - set(self._run):
                del before[name]  # of what was written beside the predictions
            if changed := differences(before, self._run):
                raise DataError(
                    f"{self.path} was begun with other settings: {'; '.join(changed)}; "
                    "choose another file, or start again with `overwrite`"
                )
            self._check_databases(fingerprints)
            self.done, size = self._resumable()
            os.truncate(self.path, size)
        else:
            check_replaceable(self.path, IS_PREDICTIONS)
            check_replaceable(beside, IS_RUN)
            self.path.unlink(missing_ok=True)
        session = {"from": self.done, **surroundings()}
        write_run(beside, {**self._run, "databases": self._databases, "sessions": [*sessions, session]})
        self._stream = self.path.open("ab")
        sync(self.path.parent)

    def _check_databases(self, before: Mapping[str, str]) -> None:
        """Refuses to go on with databases that are no longer those of the predictions that are
        there.
        """
        if changed := list_changed(before, self._databases):
            named = ", ".join(changed[:5]) + (" ..." if len(changed) > 5 else "")
            raise DataError(
                f"{self.path} was begun with another schema or content of {len(changed)} databases "
                f"({named}); choose another file, or start again with `overwrite`"
            )

    def _resumable(self) -> tuple[int, int]:
        """Number of predictions in the file and their size in bytes, without an incomplete last
        line.
        """
        done = size = 0
        for line in read_predictions(self.path, tolerant=True):
            expected = self._questions[done] if done < len(self._questions) else None
            if expected is None or (line.id, line.question) != (expected.id, expected.text):
                raise DataError(
                    f"{self.path}:{done + 1}: expected question {expected.id if expected else '(none)'!r}, "
                    f"got {line.id!r}; start again with `overwrite`"
                )
            done += 1
        with self.path.open("rb") as stream:
            size = sum(len(stream.readline()) for _ in range(done))
        return done, size


def read_predictions(path: Path, *, tolerant: bool = False) -> Iterator[Line]:
    """The lines of a predictions file, in order.

    Args:
        path: A file that `PredictionFile` wrote.
        tolerant: Skip an incomplete last line (no line break, not JSON) instead of raising.

    Raises:
        FileMissingError: There is no such file.
        DataError: A line is damaged (its checksum differs) or out of order; the message says which.
    """
    if not path.is_file():
        raise FileMissingError("predictions file", path)
    with path.open("rb") as stream:
        number = 0
        for number, raw in enumerate(stream, 1):
            last = not stream.peek(1)
            whole = raw.endswith(b"\n")
            line = _line(raw) if whole else None
            if line is None and last and tolerant:
                return
            if line is None or line.index != number - 1:
                raise DataError(
                    f"{path}:{number}: not the prediction with index {number - 1}; the file is damaged, "
                    "create it again (`overwrite`)"
                )
            yield line


def _line(raw: bytes) -> Line | None:
    try:
        record = parse_json(raw)
        if not check_seal(record):
            return None
        return Line(record["index"], record["id"], record["question"], record["db_id"], record["sql"], record)
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
