"""Find cell values of a database in the text of a question."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from nshot.databases.backend import Source, bind
from nshot.databases.cells.common_words import COMMON_WORDS
from nshot.databases.cells.read import Bounds
from nshot.types import CellMatch, LeftOut, Schema
from nshot.words import has_letter, is_unspaced, tokens

_QUOTED = re.compile(
    r"\"([^\"\n]{1,200})\"|“([^“”\n]{1,200})”|‘([^‘’\n]{1,200})’"
    r"|(?<!\w)'([^\n]{1,200}?)'(?!\w)|`([^`\n]{1,200})`"
    r"|「([^「」\n]{1,200})」|『([^『』\n]{1,200})』|«([^«»\n]{1,200})»|„([^„“”\n]{1,200})[“”]"
)


_Cell = tuple[str, str, str]
"""table, column, value"""


MOST_CODES = 5
"""Values of a column that are all shown."""
LONGEST_CODE = 6
"""Characters of each."""


class _Span(NamedTuple):
    start: int
    end: int
    quoted: bool
    cells: tuple[_Cell, ...]


class CellValues:
    """The distinct short text values of a database, indexed for lookup in questions.

    A value is indexed by its words (`nshot.words`): `St. Louis` is found as `st louis`, ignoring
    letter case and the ways to write one letter. Values without a letter (numbers, dates in digits)
    are not indexed, because such literals are recognised without a database.
    """

    def __init__(
        self, cells: Iterable[tuple[str, str, str]] = (), names: Iterable[str] = (), *, complete: bool = True
    ) -> None:
        """
        Args:
            cells: (table, column, value) in the order in which matches of the same span are
                returned.
            names: Names of tables and columns; values equal to one of them are treated like common
                words.
            complete: False if not all values were read.
        """
        self.complete = complete
        self.left_out: tuple[LeftOut, ...] = ()
        """Columns whose values could not be read."""
        self._cells: dict[str, list[_Cell]] = {}
        self._lengths: dict[str, set[int]] = {}
        keys = {_key(name) for name in names}
        self._common = COMMON_WORDS | keys | {_singular(key) for key in keys}
        for cell in cells:
            words = _words(cell[2])
            if words and any(map(has_letter, words)):
                self._cells.setdefault(" ".join(words), []).append(cell)
                self._lengths.setdefault(words[0], set()).add(len(words))

    @classmethod
    def read(
        cls,
        source: Source,
        schema: Schema,
        *,
        max_values_per_column: int = 5_000,
        max_length: int = 80,
        max_rows: int = 20_000,
        seconds: float = 2.0,
    ) -> CellValues:
        """The values of a database's text columns, read within limits.

        Args:
            source: A database file or a URL.
            schema: Its schema; columns of declared number, date or blob types are not read.
            max_values_per_column: Distinct values kept per column; the first ones in table order.
            max_length: Longest value kept, in bytes of UTF-8.
            max_rows: Rows of a table that are read, from its beginning.
            seconds: Time after which reading stops; the values read so far are kept and `complete`
                is False.

        Raises:
            DataError: The database cannot be read.
            OptionError: A limit is not above 0.
        """
        bounds = Bounds(max_rows, max_values_per_column, max_length, seconds)
        found = bind(source).cells(schema, bounds)
        names = [name for table in schema.tables for name in (table.name, table.natural_name)]
        names += [name for table in schema.tables for column in table.columns for name in column[:3:2]]
        values = cls(found.cells, names, complete=found.complete)
        values.left_out = found.left_out
        return values

    def codes(self) -> dict[tuple[str, str], tuple[str, ...]]:
        """The values of the columns that hold a few short ones, by table and column, sorted.

        Empty if not all values were read. Values without a letter are not known here.
        """
        if not self.complete:
            return {}
        found: dict[tuple[str, str], list[str]] = {}
        for cells in self._cells.values():
            for table, column, value in cells:
                found.setdefault((table, column), []).append(value)
        return {
            place: tuple(sorted(values))
            for place, values in found.items()
            if 1 < len(values) <= MOST_CODES and all(len(value) <= LONGEST_CODE for value in values)
        }

    def __len__(self) -> int:
        """Number of distinct values, ignoring letter case and punctuation."""
        return len(self._cells)

    def matches(self, question: str) -> tuple[CellMatch, ...]:
        """Values in the question, ordered by start; spans never overlap, but several columns may
        share one.

        A quoted text that equals a value is preferred, then the longest run of words, then the
        leftmost. Common English words, names of tables and columns, and values under three
        characters count only if they are quoted, or capitalised in the middle of a sentence and
        written exactly as stored. A plural `s` on the last word is ignored if the word itself is
        not a value.
        """
        if not self._cells:
            return ()
        spans = [*self._find_quoted(question), *self._runs(question)]
        spans.sort(key=lambda span: (not span.quoted, span.start - span.end, span.start))
        taken: list[_Span] = []
        used = bytearray(len(question))
        for span in spans:
            if not any(used[span.start : span.end]):
                used[span.start : span.end] = b"\1" * (span.end - span.start)
                taken.append(span)
        taken.sort()
        return tuple(
            CellMatch(*cell, span.start, span.end)
            for span in taken
            for cell in _one_per_column(span.cells, question[span.start : span.end])
        )

    def _find_quoted(self, question: str) -> Iterator[_Span]:
        for found in _QUOTED.finditer(question):
            group = found.lastindex or 0
            cells = self._cells.get(_key(found[group]))
            if cells:
                yield _Span(found.start(group), found.end(group), True, tuple(cells))

    def _runs(self, question: str) -> Iterator[_Span]:
        found = list(tokens(question))
        words = [token.text for token in found]
        for i, word in enumerate(words):
            starts = self._lengths.get(word, ()) or self._lengths.get(_singular(word), ())
            for length in starts:
                if i + length > len(words):
                    continue
                start, end = found[i].start, found[i + length - 1].end
                run = words[i : i + length]
                key = " ".join(run)
                if key not in self._cells:
                    singular = _singular(run[-1])
                    key, end = " ".join([*run[:-1], singular]), end - (len(run[-1]) - len(singular))
                cells = self._cells.get(key)
                if cells and self._is_telling(key, question, start, end, cells):
                    yield _Span(start, end, False, tuple(cells))

    def _is_telling(self, key: str, question: str, start: int, end: int, cells: list[_Cell]) -> bool:
        if is_unspaced(key) and len(key) == 1 and _has_neighbour(question, start, end):
            return False  # a part of a longer word
        if (len(key) > 2 or not key.isascii()) and key not in self._common:
            return True
        text = question[start:end]
        inside = bool(question[:start].strip()) and question[:start].rstrip()[-1] not in ".?!:"
        return text[:1].isupper() and inside and any(cell[2] == text for cell in cells)


def _one_per_column(cells: tuple[_Cell, ...], text: str) -> Iterator[_Cell]:
    """Yield for each column the value written as in the question, else its first."""
    best: dict[tuple[str, str], _Cell] = {}
    for cell in cells:
        place = cell[:2]
        if place not in best or (cell[2] == text and best[place][2] != text):
            best[place] = cell
    yield from best.values()


def _words(text: str) -> list[str]:
    return [text.lower()] if text.isascii() and text.isalpha() else [token.text for token in tokens(text)]


def _key(text: str) -> str:
    return " ".join(_words(text))


def _has_neighbour(text: str, start: int, end: int) -> bool:
    """Whether a character of a script without blanks stands right before or after."""
    return is_unspaced(text[start - 1 : start]) or is_unspaced(text[end : end + 1])


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word
