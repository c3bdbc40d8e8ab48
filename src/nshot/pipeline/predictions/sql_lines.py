"""Plain files with one SQL per line, as the official evaluators read them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from nshot.artifacts import replacing_own

NO_SQL = "select"
"""Stands for an empty prediction. It never parses and never runs, so it counts as wrong. A blank
line would end a session (test suite) or shift all later rows (classic)."""

_PIECE = re.compile(
    r"(?P<quoted>'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|`[^`]*`|\[[^\]]*\])"
    r"|(?P<comment>--[^\r\n]*|/\*.*?(?:\*/|\Z))"
    r"|(?P<blank>\s+)"
    r"|.",
    re.DOTALL,
)


def sql_line(sql: str) -> str:
    """The SQL on one line without its semicolon; `select` if there is none.

    Comments are removed, and white space outside quotes becomes one blank. Inside quotes, only line
    breaks and tabs, which would break the file, become blanks.

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
    """Write one line for each SQL, in order, atomically; returns the number of lines."""
    lines = [sql_line(sql) for sql in sqls]
    with replacing_own(path) as work:
        work.write_bytes("".join(f"{line}\n" for line in lines).encode())
    return len(lines)
