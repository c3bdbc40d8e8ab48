"""The log of questions and answers: a SQLite file in the user's data folder, without any row of a
result.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from nshot.errors import DataError
from nshot.pairs import data_folder
from nshot.redaction import redact

if TYPE_CHECKING:
    from nshot.types import Prediction

OFF = "NSHOT_NO_LOG"
"""A variable of the environment; any text in it switches the log off."""
_TABLE: Final = """CREATE TABLE IF NOT EXISTS answers (
    id INTEGER PRIMARY KEY, time TEXT NOT NULL, db_id TEXT NOT NULL, model TEXT NOT NULL,
    question TEXT NOT NULL, sql TEXT NOT NULL, outcome TEXT NOT NULL, error TEXT NOT NULL,
    row_count INTEGER, prompt_tokens INTEGER NOT NULL, seconds REAL NOT NULL)"""
_COLUMNS: Final = "time, db_id, model, question, sql, outcome, error, row_count, prompt_tokens, seconds"


class LoggedAnswer(NamedTuple):
    """One answer in the log."""

    id: int
    time: str
    """UTC, in ISO format."""
    db_id: str
    model: str
    question: str
    sql: str
    outcome: str
    error: str
    row_count: int | None
    """Number of rows; None if the SQL was not run or did not run."""
    prompt_tokens: int
    seconds: float


def log_file() -> Path:
    """The log's file."""
    return data_folder() / "answers.db"


def is_off() -> bool:
    """Whether the environment switches the log off."""
    return bool(os.environ.get(OFF))


def log_answer(prediction: Prediction, model: str) -> None:
    """Append an answer; keys and passwords in its texts are masked.

    Args:
        prediction: The answer.
        model: The engine's name.

    Raises:
        DataError: The log cannot be written.
    """
    chosen, question = prediction.attempts[0], prediction.question
    outcome = "abstained" if prediction.abstained else chosen.outcome
    texts = (question.db_id, model, question.text, prediction.sql, outcome, chosen.error)
    values = (
        datetime.now(UTC).isoformat(timespec="seconds"),
        *(redact(text).encode("utf-8", "replace").decode() for text in texts),
        None if prediction.rows is None else len(prediction.rows.rows),
        prediction.prompt.tokens,
        round(sum(prediction.seconds.values()), 3),
    )
    path = log_file()
    with contextlib.suppress(OSError):  # the connection says what is wrong
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
    with _open(path) as connection:
        connection.execute(_TABLE)
        marks = ", ".join("?" * len(values))
        connection.execute(f"INSERT INTO answers ({_COLUMNS}) VALUES ({marks})", values)  # noqa: S608


def read_log(limit: int, words: str = "") -> list[LoggedAnswer]:
    """The newest answers, the newest one last.

    Args:
        limit: How many, at most.
        words: Only answers whose question or SQL has this text.

    Raises:
        DataError: The log is damaged.
    """
    if not log_file().is_file():
        return []
    with _open(log_file()) as connection:
        connection.execute(_TABLE)
        found = connection.execute(
            f"SELECT id, {_COLUMNS} FROM answers WHERE instr(lower(question || char(10) || sql), ?) "  # noqa: S608
            "ORDER BY id DESC LIMIT ?",
            (words.lower(), limit),
        ).fetchall()
    return [LoggedAnswer(*row) for row in reversed(found)]


def clear_log() -> int:
    """Remove all answers; how many there were.

    Raises:
        DataError: The log cannot be written.
    """
    if not log_file().is_file():
        return 0
    with _open(log_file()) as connection:
        connection.execute(_TABLE)
        count = connection.execute("DELETE FROM answers").rowcount
        connection.commit()
        connection.execute("VACUUM")
        return count


@contextmanager
def _open(path: Path) -> Iterator[sqlite3.Connection]:
    try:
        with closing(sqlite3.connect(path, timeout=10)) as connection, connection:
            yield connection
    except sqlite3.Error as error:
        raise DataError(
            f"the log {path} cannot be used ({error}); move it away, or ask with --no-log"
        ) from error
