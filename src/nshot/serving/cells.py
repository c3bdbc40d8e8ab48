"""Cell values as JSON has them."""

from __future__ import annotations

import base64
import datetime
import math
from typing import Any

from nshot.types import Rows

SAFE_INTEGER = 2**53
"""Above it, JavaScript's numbers no longer tell all integers apart."""


def to_json(value: Any) -> Any:
    """A cell value that JSON and a browser hold without loss.

    >>> to_json(b"ab"), to_json(2**60), to_json(float("inf")), to_json(1.5)
    ({'bytes': 'YWI='}, '1152921504606846976', 'inf', 1.5)
    """
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, int):
        return value if abs(value) <= SAFE_INTEGER else str(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, bytes | bytearray | memoryview):
        return {"bytes": base64.b64encode(bytes(value)).decode()}
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return [to_json(one) for one in value]
    if isinstance(value, dict):
        return {str(name): to_json(one) for name, one in value.items()}
    return str(value)


def rows_to_json(rows: Rows) -> dict[str, Any]:
    """A result with its columns."""
    return {
        "columns": list(rows.columns),
        "rows": [[to_json(cell) for cell in row] for row in rows.rows],
        "truncated": rows.truncated,
        "seconds": round(rows.seconds, 6),
    }
