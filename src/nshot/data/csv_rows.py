"""Rows of CSV text, with what spreadsheets and exports do to it.

A quote that is opened and never closed would swallow the rows after it. So a row on several lines
that cannot be right ends with its first line, and reading goes on with the next one.
"""

from __future__ import annotations

import csv
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, NamedTuple

DELIMITERS: Final = ",;\t|"
_HINT: Final = re.compile(r'"?sep=(.|\\t)"?[,;\t|]*\s*', re.IGNORECASE)
"""Excel's own first line, which names the delimiter."""
_INVISIBLE: Final = "\ufeff\u200b\u200c\u200d\u2060"
_QUERY: Final = re.compile(r"\s*(?:select|with)\s", re.IGNORECASE)
_SIMILAR: Final = 4
"""Lines of one row that must look like rows of their own to be taken for such."""


class CsvRow(NamedTuple):
    line: int
    """1-based line on which the row starts."""
    cells: list[str]
    problem: str = ""
    """Why the row cannot be used; empty if it can."""


class CsvTable(NamedTuple):
    columns: list[str]
    rows: list[CsvRow]


def read_rows(text: str) -> CsvTable:
    """The column names and the rows of a CSV text.

    The delimiter is the one that a first line `sep=;` names, or that of comma, semicolon, tab and
    bar which splits the header into the most columns (comma if that is a tie). Rows without any
    text are none.
    """
    with _long_fields():
        return _CsvReader(text).read()


class _CsvReader:
    def __init__(self, text: str) -> None:
        self._lines = list(_split(text if "\n" in text else text.replace("\r", "\n")))
        self._next = 0
        self._delimiter = self._read_delimiter_hint() or self._likeliest()

    def read(self) -> CsvTable:
        columns: list[str] = []
        rows: list[CsvRow] = []
        while self._next < len(self._lines):
            row = self._row(len(columns))
            if not columns and not row.problem and any(map(_is_text, row.cells)):
                columns = _without_blank_end([tidy_name(name) for name in row.cells], 0)
            elif row.problem or any(map(_is_text, row.cells)):
                rows.append(row)
        return CsvTable(columns, rows)

    def _read_delimiter_hint(self) -> str:
        """What a hint in the first line with any text says; the hint itself is skipped."""
        while self._next < len(self._lines) and not self._lines[self._next].strip():
            self._next += 1
        found = _HINT.fullmatch(self._lines[self._next]) if self._next < len(self._lines) else None
        if found is None:
            return ""
        self._next += 1
        named = "\t" if found[1] == "\\t" else found[1]
        # The line may be a lie: a program has written the rows anew with another delimiter.
        return named if self._width(named) > 1 else ""

    def _lines_from(self, start: int) -> Iterator[str]:
        return (self._lines[at] for at in range(start, len(self._lines)))

    def _likeliest(self) -> str:
        return max(DELIMITERS, key=self._width)

    def _width(self, delimiter: str) -> int:
        """Columns of the header, if this is the delimiter."""
        try:
            return len(next(csv.reader(self._lines_from(self._next), delimiter=delimiter), []))
        except csv.Error:
            return 0

    def _row(self, width: int) -> CsvRow:
        """The next row.

        Args:
            width: Columns of the table; 0 for the header.
        """
        start = self._next
        reader = csv.reader(self._lines_from(start), delimiter=self._delimiter, strict=True)
        error = ""
        cells: list[str] = []
        try:
            cells = _without_blank_end(next(reader), width)
        except csv.Error as found:
            error = f"broken CSV: {found}"
        end = start + reader.line_num
        self._next = end
        if not error and width and len(cells) != width and any(map(_is_text, cells)):
            error = f"expected {width} fields, got {len(cells)}"
        if end - start > 1 and width and self._swallows(start, end, width, error):
            self._next = start + 1
            error = (
                f"broken CSV: a quote opens here and ends only in line {end}; close or double it "
                "(the lines after are read as rows of their own)"
            )
        return CsvRow(start + 1, cells, error)

    def _swallows(self, start: int, end: int, width: int, error: str) -> bool:
        """Whether a row on several lines is one stray quote with other rows after it."""
        if error.startswith("broken"):
            return True
        lines = self._lines[start:end]
        if not all(self._has_width(line, width) for line in (lines[1:] if error else lines)):
            return False
        return bool(error) or len(lines) >= _SIMILAR or all(map(self._has_sql, lines[1:]))

    def _has_sql(self, line: str) -> bool:
        """Whether a cell begins with a query; the first one, in which a query may go on, does not
        count.
        """
        return any(_QUERY.match(cell) for cell in line.split(self._delimiter)[1:])

    def _has_width(self, line: str, width: int) -> bool:
        return line.count(self._delimiter) == width - 1


def _without_blank_end(cells: list[str], width: int) -> list[str]:
    """The cells without empty ones at the end, as spreadsheets append them; at least `width`
    stay."""
    end = len(cells)
    while end > width and not _is_text(cells[end - 1]):
        end -= 1
    return cells[:end]


def tidy_name(name: str) -> str:
    """A column's name without white space and invisible characters around it."""
    return name.strip().strip(_INVISIBLE).strip()


def _is_text(cell: str) -> bool:
    return bool(cell.strip())


def _split(text: str) -> Iterator[str]:
    """Physical lines with their ends, split at LF and CRLF only."""
    start = 0
    while start < len(text):
        end = text.find("\n", start) + 1 or len(text)
        yield text[start:end]
        start = end


@contextmanager
def _long_fields() -> Iterator[None]:
    before = csv.field_size_limit(min(sys.maxsize, 2**31 - 1))
    try:
        yield
    finally:
        csv.field_size_limit(before)
