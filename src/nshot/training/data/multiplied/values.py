"""Other values in place of those that a question names: of the same column, another number, another
year.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from typing import Any, Final

from nshot.databases import execute
from nshot.errors import DataError, SqlError
from nshot.pipeline import NUMBER_WORDS, ValueSpan, exchange_values, find_pattern
from nshot.training.data.multiplied.clauses import Variant
from nshot.types import CellMatch

SECONDS: Final = 3.0
MOST_VALUES: Final = 200
"""Values of a column that are drawn from."""
LONGEST: Final = 40
"""Characters of a value that a question may name."""
YEARS: Final = range(1900, 2101)
_WORDS: Final = {number: word for word, number in NUMBER_WORDS.items()}


class ValueExchange:
    """Draws other values for the questions of one database."""

    def __init__(self, source: Any) -> None:
        """
        Args:
            source: The file or URL of the database.
        """
        self._source = source
        self._columns: dict[tuple[str, str], list[str]] = {}

    def vary(
        self, question: str, sql: str, matches: Sequence[CellMatch], rng: random.Random
    ) -> Iterator[Variant]:
        """The question and its SQL with one value exchanged, for each value that both have."""
        spans = find_pattern(question, matches).spans
        for at, span in enumerate(spans):
            other = self._draw(span, rng)
            if other is None:
                continue
            found = exchange_values(sql, spans, [*spans[:at], other, *spans[at + 1 :]])
            if found is not None and found[0] != sql:
                text = _shown(question[span.start : span.end], other.text)
                asked = question[: span.start] + text + question[span.end :]
                yield Variant(asked, found[0], f"{span.text} to {other.text}")

    def _draw(self, span: ValueSpan, rng: random.Random) -> ValueSpan | None:
        """Another value of the kind; None if there is none."""
        if span.kind == "number":
            number = _another_number(span.text, rng)
            return None if number is None else span._replace(text=number)
        if span.kind not in ("cell", "quoted") or not span.cells:
            return None
        cell = rng.choice(span.cells)
        values = [
            one for one in self._values(cell.table, cell.column) if one.casefold() != span.text.casefold()
        ]
        if not values:
            return None
        value = rng.choice(values)
        return span._replace(text=value, cells=(cell._replace(value=value),))

    def _values(self, table: str, column: str) -> list[str]:
        """Values of a text column that a question may name."""
        key = table, column
        if key not in self._columns:
            name, of = _quote(column), _quote(table)
            sql = f"SELECT DISTINCT {name} FROM {of} WHERE {name} IS NOT NULL LIMIT {MOST_VALUES}"  # noqa: S608
            try:
                rows = execute(self._source, sql, timeout=SECONDS).rows
            except (SqlError, DataError):
                rows = ()
            texts = [row[0] for row in rows if isinstance(row[0], str)]
            self._columns[key] = [one for one in texts if 0 < len(one.strip()) <= LONGEST and "\n" not in one]
        return self._columns[key]


def _another_number(text: str, rng: random.Random) -> str | None:
    """A number near this one: another year, or up to twice as much; None for what is no plain
    number.
    """
    try:
        number = int(text)
    except ValueError:
        return None
    near = [number + step for step in (-3, -2, -1, 1, 2, 3)]
    if number not in YEARS:
        near = [one for one in (*near, number * 2, number // 2) if one > 0]
    others = [one for one in near if one != number]
    return str(rng.choice(others)) if others else None


def _shown(old: str, new: str) -> str:
    """The new value as the question says it: a number word in place of a number word."""
    if old.lower() in NUMBER_WORDS:
        word = _WORDS.get(new, new)
        return word[0].upper() + word[1:] if old[0].isupper() else word
    return old.replace(old.strip("\"'“”"), new, 1) if old[0] in "\"'“" else new


def _quote(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
