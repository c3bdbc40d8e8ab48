"""Cell values found in a question, by column, in the form in which a prompt shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nshot.prompting.serialize.escape import one_line
from nshot.prompting.serialize.names import prompt_form_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nshot.types import CellMatch, Column, Schema, Table

MAX_VALUES = 3
"""Values shown per column; the first ones in the question are shown."""

MAX_LINE = 6
"""Values shown in one line of values."""


def value_line(schema: Schema, matches: Sequence[CellMatch]) -> str:
    """Values as `singer.country = 'France', city.name = 'Paris'`: the longest first, at most
    `MAX_LINE`.

    Values of columns that the schema lacks, a match inside a longer match, and values that a prompt
    cannot contain unchanged (several lines, or the opening of a control token) are left out.
    """
    columns = {(table.name.lower(), col.name.lower()) for table in schema.tables for col in table.columns}
    inside = _find_inside(matches)
    found: dict[str, None] = {}
    for match in sorted(matches, key=lambda one: (one.start - one.end, one.start)):
        if len(found) == MAX_LINE:
            break
        known = (match.table.lower(), match.column.lower()) in columns
        hidden = (match.start, match.end) in inside
        if known and not hidden and one_line(match.value) == match.value.strip():
            place = ".".join(prompt_form_name(name, schema.dialect) for name in (match.table, match.column))
            found[f"{place} = {text_literal(match.value)}"] = None
    return ", ".join(found)


def text_literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _find_inside(matches: Sequence[CellMatch]) -> set[tuple[int, int]]:
    """The spans (start, end) that lie inside a longer one."""
    inside: set[tuple[int, int]] = set()
    furthest = -1  # a span lies inside an earlier one that ends no sooner
    for start, end in sorted({(one.start, one.end) for one in matches}, key=lambda one: (one[0], -one[1])):
        if end <= furthest:
            inside.add((start, end))
        furthest = max(furthest, end)
    return inside


def literals(matches: Sequence[CellMatch]) -> dict[tuple[str, str], list[str]]:
    """Values as SQL literals by lower-cased (table, column), each once, at most `MAX_VALUES`."""
    found: dict[tuple[str, str], list[str]] = {}
    for match in matches:
        values = found.setdefault((match.table.lower(), match.column.lower()), [])
        literal = text_literal(one_line(match.value))
        if literal not in values and len(values) < MAX_VALUES:
            values.append(literal)
    return found


def join_and(words: Sequence[str]) -> str:
    """Words as a list in English.

    >>> join_and(["a", "b", "c"])
    'a, b and c'
    """
    return " and ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))


def describe_table(table: Table) -> str:
    """The table's description and note, on one line; empty where there is neither."""
    return "; ".join(filter(None, [one_line(table.description), one_line(table.note)]))


def describe(column: Column) -> str:
    """The column's description, note and codes, on one line; empty where there is none of them.

    >>> from nshot.types import Column
    >>> describe(Column("sex", "text", codes=("F", "M")))
    "one of 'F' and 'M'"
    """
    codes = (
        f"one of {join_and([text_literal(one_line(code)) for code in column.codes])}" if column.codes else ""
    )
    return "; ".join(filter(None, [one_line(column.description), one_line(column.note), codes]))
