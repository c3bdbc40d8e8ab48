"""Few-shot text-to-SQL: retrieve solved examples, build the prompt, write the SQL, run it safely.

>>> import nshot
>>> callable(nshot.connect)
True
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nshot.threads import prepare_threads

if TYPE_CHECKING:
    from nshot.pipeline.connect import Connection, connect

prepare_threads()

__version__ = "0.1.0"
__all__ = ["Connection", "__version__", "connect"]


def __getattr__(name: str) -> Any:
    """`connect` and `Connection`, imported when they are asked for: the import of nshot stays
    fast."""
    if name not in ("connect", "Connection"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from nshot.pipeline import connect as home

    return getattr(home, name)
