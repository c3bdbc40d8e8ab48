"""Cell values found in a question, by column, as a prompt shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nshot.prompting.escape import one_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nshot.types import CellMatch

MAX_VALUES = 3
"""Values shown of one column; the first in the question win."""


def literals(matches: Sequence[CellMatch]) -> dict[tuple[str, str], list[str]]:
    """Values as SQL literals by lower-cased (table, column), each once, at most `MAX_VALUES`."""
    found: dict[tuple[str, str], list[str]] = {}
    for match in matches:
        values = found.setdefault((match.table.lower(), match.column.lower()), [])
        literal = "'" + one_line(match.value).replace("'", "''") + "'"
        if literal not in values and len(values) < MAX_VALUES:
            values.append(literal)
    return found


def join_and(words: Sequence[str]) -> str:
    """Words as a list in English.

    >>> join_and(["a", "b", "c"])
    'a, b and c'
    """
    return " and ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))
