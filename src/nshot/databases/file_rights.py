"""How to take the right to write from whoever reads a database file: files have no roles."""

from __future__ import annotations

import shlex
from pathlib import Path


def file_statements(file: Path) -> str:
    """Commands of a shell that leave the file readable only.

    >>> print(file_statements(Path("my shop.duckdb")), end="")
    # A database file has no roles. nshot opens it read-only; this takes the right to write from everybody:
    chmod a-w 'my shop.duckdb'
    """
    return (
        "# A database file has no roles. nshot opens it read-only; this takes the right to write from "
        f"everybody:\nchmod a-w {shlex.quote(str(file))}\n"
    )
