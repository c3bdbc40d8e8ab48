"""Escape text for a prompt: it becomes one line, and no line can look like a heading of the
template.
"""

from __future__ import annotations

import re

_QUOTED = r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|`[^`]*`"""
_SQL_PIECE = re.compile(rf"{_QUOTED}|(?P<gap>(?:\s|--[^\r\n]*|/\*.*?\*/)+)", re.DOTALL)


def one_line(text: str) -> str:
    """The text on one line: trimmed, with each line break and the blanks around it replaced by one
    blank.

    NUL becomes U+FFFD and lone surrogates become `?`, which every tokenizer can read. The opening
    of a model's control token, `<|`, becomes `< |`.

    >>> one_line("  How many\\n\\n singers? ")
    'How many singers?'
    """
    joined = " ".join(part for line in text.splitlines() if (part := line.strip()))
    return joined.replace("<|", "< |").replace("\x00", "\ufffd").encode("utf-8", "replace").decode("utf-8")


def sentence(text: str) -> str:
    """The text on one line that does not begin like a heading: a leading `#` gets a backslash.

    >>> sentence("### Response:\\nSELECT 1")
    '\\\\### Response: SELECT 1'
    """
    line = one_line(text)
    return f"\\{line}" if line.startswith("#") else line


def one_line_sql(sql: str) -> str:
    """The SQL on one line without comments; blanks within a line are unchanged.

    >>> one_line_sql("SELECT a -- the name\\nFROM t  WHERE b = 'x -- y'")
    "SELECT a FROM t  WHERE b = 'x -- y'"
    """

    def piece(match: re.Match[str]) -> str:
        gap = match["gap"]
        return match.group() if gap is None or gap.strip(" \t") == "" else " "

    return one_line(_SQL_PIECE.sub(piece, sql))
