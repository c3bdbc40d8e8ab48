"""Run one statement on a DuckDB file, in a child process that only reads."""

from __future__ import annotations

import importlib.util
from functools import cache
from pathlib import Path
from typing import Any, Final

from nshot.databases.backend import Kept, Limits
from nshot.databases.processes import sandbox
from nshot.databases.processes.messages import DISTINCT, Request
from nshot.databases.processes.plain import load_plain
from nshot.databases.processes.reply import rows_of
from nshot.errors import MissingExtraError
from nshot.types import Rows

_MAX_BYTES: Final = 64 << 20
"""Size of the values read together."""
_CLASSES: Final = frozenset(
    ("datetime", name) for name in ("date", "datetime", "time", "timedelta", "timezone")
) | {("decimal", "Decimal")}


def execute_duckdb(path: Path, sql: str, limits: Limits, kept: Kept | None = None) -> Rows:
    """The rows of one SELECT on a DuckDB file; see `nshot.databases.backend.Backend.execute`."""
    request = _request(path, sql, limits, keep=kept is not None and not kept.once)
    if kept is None:
        return rows_of(sandbox.run(request, _pool()), path, _cure)
    return rows_of(kept.get("duckdb", lambda: sandbox.WorkerSession(_pool())).run(request), path, _cure)


def read_distinct(path: Path, sql: str, seconds: float) -> Rows:
    """The distinct texts of each column of a SELECT written by nshot, in order of first
    occurrence."""
    request = _request(path, sql, Limits(seconds, None, _MAX_BYTES))._replace(work=DISTINCT)
    return rows_of(sandbox.run(request, _pool()), path, _cure)


def _request(path: Path, sql: str, limits: Limits, *, keep: bool = False) -> Request:
    return Request(
        str(path.absolute()), sql, limits.timeout, limits.max_rows, limits.max_bytes, "replace", keep
    )


@cache
def _pool() -> sandbox.Pool:
    """The processes that run DuckDB.

    Raises:
        MissingExtraError: DuckDB is not installed.
    """
    found = importlib.util.find_spec("duckdb")
    if found is None or found.origin is None:
        raise MissingExtraError("DuckDB", "duckdb")
    packages = str(Path(found.origin).parents[1])
    return sandbox.make_pool(
        sandbox.Program("nshot.databases.duckdb.worker", load_values, lambda: (packages,))
    )


def load_values(body: bytes) -> Any:
    """The pickle's content: as `load_plain`, and also dates, times and decimal numbers.

    Raises:
        pickle.UnpicklingError: It has an object of any other class, or is not a pickle.
    """
    return load_plain(body, _CLASSES)


def _cure(reason: str) -> str:
    if "lock" in reason:
        return "another program has it open for writing: close it there"
    return "check that it is a complete DuckDB file, and that you may read it"
