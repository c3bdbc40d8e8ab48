"""Messages between the sandbox and its child process: pickled tuples of plain values."""

from __future__ import annotations

import pickle
import struct
from collections.abc import Callable
from typing import Any, BinaryIO, Final, NamedTuple

ROWS: Final = "rows"
"""Run a statement and return its rows."""
DISTINCT: Final = "distinct"
"""Run a statement; each column of the result has its distinct values, then NULLs. Texts are bytes.
"""
NAMES: Final = "names"
"""List tables and views: `(name, is_view, is_shadow, is_virtual)`."""
DESCRIBE: Final = "describe"
"""Describe the tables and views of `arguments`; see `nshot.databases.sqlite.describe`."""
COMPILE: Final = "compile"
"""Compile a statement against empty tables, `arguments`, without a file and without running it."""
RELEASE: Final = "release"
"""Close the kept connections."""


class Request(NamedTuple):
    path: str
    sql: str
    """The statement; empty where `work` needs none."""
    timeout: float
    max_rows: int | None
    max_bytes: int
    text_errors: str
    keep: bool = False
    """Keep the connection open for a request of the same kind on the same file."""
    work: str = ROWS
    arguments: tuple[Any, ...] = ()


class Reply(NamedTuple):
    kind: str
    """`rows`, or the kind of error: refused, denied, timeout, too large, error, missing, database.
    """
    message: str = ""
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[Any, ...], ...] = ()
    truncated: bool = False
    seconds: float = 0.0


def read_message(stream: BinaryIO, load: Callable[[bytes], Any]) -> Any:
    """The next message, or None at the end of the stream."""
    head = stream.read(8)
    if len(head) < 8:
        return None
    # A message is its length in 8 bytes, then the pickle. A stream cut short is an end, not an error.
    (length,) = struct.unpack("<Q", head)
    body = stream.read(length)
    return load(body) if len(body) == length else None


def write_message(stream: BinaryIO, message: tuple[Any, ...]) -> None:
    """Writes a tuple of plain values."""
    body = pickle.dumps(tuple(message), protocol=pickle.HIGHEST_PROTOCOL)
    stream.write(struct.pack("<Q", len(body)))
    stream.write(body)
    stream.flush()
