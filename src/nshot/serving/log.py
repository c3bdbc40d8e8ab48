"""The log of a server: one JSON object per line, to stderr. No question, no SQL, no row, no key."""

from __future__ import annotations

import datetime
import json
import sys
import threading
import traceback
from collections.abc import Callable
from typing import Any

Write = Callable[[str], None]
_LOCK = threading.Lock()


def _to_stderr(line: str) -> None:
    with _LOCK:
        sys.stderr.write(line)
        sys.stderr.flush()


class JsonLog:
    """Writes events as lines of JSON."""

    def __init__(self, write: Write = _to_stderr) -> None:
        """
        Args:
            write: Gets each line with its line break.
        """
        self._write = write

    def __call__(self, event: str, **fields: Any) -> None:
        """Writes one event; fields that are None are left out."""
        now = datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds")
        record = {"time": now, "event": event, **{k: v for k, v in fields.items() if v is not None}}
        self._write(json.dumps(record, ensure_ascii=False, default=str) + "\n")

    def fault(self, error: BaseException, **fields: Any) -> None:
        """Writes where an unexpected error came from; its text may hold rows, and is left out."""
        frames = traceback.extract_tb(error.__traceback__)
        where = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
        self("fault", error=type(error).__name__, where=where, **fields)
