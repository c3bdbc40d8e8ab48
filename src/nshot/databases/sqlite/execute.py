"""Run one statement on a SQLite file in the sandbox."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from nshot.databases.backend import Kept, Limits
from nshot.databases.processes import sandbox
from nshot.databases.processes.messages import DISTINCT, Request
from nshot.databases.processes.reply import rows_of
from nshot.sql import scan, strip_semicolons
from nshot.types import Rows

_MAX_BYTES: Final = 64 << 20
"""Size of the values read together, and of the largest one."""


def execute_sqlite(path: Path, sql: str, limits: Limits, kept: Kept | None = None) -> Rows:
    """The rows of one SELECT on a SQLite file; see `nshot.databases.backend.Backend.execute`."""
    timeout, max_bytes, text_errors = limits.timeout, limits.max_bytes, limits.text_errors
    keep = kept is not None and not kept.once
    text = sql if keep else _one_statement(sql)
    request = Request(absolute(path), text, timeout, limits.max_rows, max_bytes, text_errors, keep=keep)
    if kept is None:
        return rows_of(sandbox.run(request), path, cure_unreadable)
    return rows_of(kept.get("sqlite", sandbox.WorkerSession).run(request), path, cure_unreadable)


def read_distinct(session: sandbox.WorkerSession, path: Path, sql: str, seconds: float) -> Rows:
    """The distinct values of each column of a SELECT written by nshot, in order of first
    occurrence.

    Texts are returned as bytes. Columns with fewer values are filled up with NULLs.
    """
    request = Request(absolute(path), sql, seconds, None, _MAX_BYTES, "strict", keep=True, work=DISTINCT)
    return rows_of(session.run(request), path, cure_unreadable)


def absolute(path: Path) -> str:
    return os.fspath(path.absolute())


def _one_statement(sql: str) -> str:
    """`sql` without semicolons and comments at its end; a second statement is left for SQLite to
    reject.
    """
    tokens = scan(sql)
    kept = len(strip_semicolons(tokens))
    return sql[: tokens[kept].start] if kept < len(tokens) else sql


def cure_unreadable(reason: str) -> str:
    """What to do about a file that SQLite cannot read."""
    if "readonly" in reason or "unable to open" in reason:
        return "a writer may have left it unfinished: open it once with the program that writes it"
    return "check that it is a complete SQLite file, and that you may read it"
