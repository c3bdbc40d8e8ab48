"""Plain files with one SQL a line, as the official evaluators read them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from nshot.artifacts import write_text

NO_SQL = "select"
"""Stands for an empty prediction. It never parses and never runs, so that it counts as wrong; a blank line
would end a session (test suite) or shift all rows after it (classic)."""

_PIECE = re.compile(
    r"(?P<quoted>'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|`[^`]*`|\[[^\]]*\])"
    r"|(?P<comment>--[^\r\n]*|/\*.*?(?:\*/|\Z))"
    r"|(?P<blank>\s+)"
    r"|.",
    re.DOTALL,
)


def sql_line(sql: str) -> str:
    """The SQL on one line without its semicolon; `select` if there is none.

    Comments go, white space outside quotes becomes one blank. Inside quotes only what would break the
    file is changed: each line break and tab becomes one blank.

    >>> sql_line("SELECT a, -- first\\n  'x  y'\\nFROM t;")
    "SELECT a, 'x  y' FROM t"
    >>> sql_line("")
    'select'
    """
    parts = []
    for match in _PIECE.finditer(sql):
        if match["quoted"]:
            parts.append(re.sub(r"\r\n|[\r\n\t]", " ", match[0]))
        elif match["comment"] or match["blank"]:
            if parts and parts[-1] != " ":
                parts.append(" ")
        else:
            parts.append(match[0])
    return "".join(parts).rstrip("; ") or NO_SQL


def write_sql_lines(path: Path, sqls: Iterable[str]) -> int:
    """Number of lines written: one for each SQL, in order. The file is written atomically."""
    lines = [sql_line(sql) for sql in sqls]
    write_text(path, "".join(f"{line}\n" for line in lines))
    return len(lines)
