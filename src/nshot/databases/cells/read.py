"""Read the distinct text values of a database with SELECTs in its sandbox, within limits."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

from nshot.errors import DatabaseNotFoundError, DataError, OptionError, SqlError, SqlTimeoutError
from nshot.types import Column, LeftOut, Rows, Schema, Table

NO_TEXT: Final = (
    "int",
    "real",
    "floa",
    "doub",
    "num",
    "dec",
    "date",
    "time",
    "year",
    "bool",
    "bit",
    "blob",
    "money",
    "serial",
)
"""Parts of declared types whose columns have no words."""
_WORDY: Final = re.compile(rb"[^ -@]")
"""A byte other than ASCII digits, blanks and the punctuation before the letters."""
_LEAST: Final = 0.02
"""Share of the time that is too little for one more statement."""
_TOGETHER: Final = 16
"""Columns read by one statement; with the default limits its result stays below the limit of bytes.
"""

Cell = tuple[str, str, str]
"""table, column, value"""


class CellsRead(NamedTuple):
    """The values that were read from a database."""

    cells: list[Cell]
    """The cells, in the order of the schema, then of the rows."""
    complete: bool = True
    """False if a column could not be read."""
    left_out: tuple[LeftOut, ...] = ()
    """Columns that could not be read, and what the time did not suffice for."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """Limits for reading the values of a database."""

    rows: int = 20_000
    """Rows of a table that are read, from its beginning."""
    values: int = 5_000
    """Distinct values that are kept per column."""
    length: int = 80
    """Longest value kept, in bytes of UTF-8."""
    seconds: float = 2.0
    """Time for the whole database. It is a safeguard; usually the other limits decide what is read.
    """

    def __post_init__(self) -> None:
        for name in ("rows", "values", "length", "seconds"):
            if getattr(self, name) <= 0:
                raise OptionError(f"{name} must be above 0, got {getattr(self, name)}")


def may_hold_text(column: Column) -> bool:
    """Whether a column may contain words: not if it is declared as number, date, truth value or
    blob.

    >>> [may_hold_text(Column("a", type_)) for type_ in ("varchar(20)", "", "int")]
    [True, True, False]
    """
    return not any(part in column.type for part in NO_TEXT)


def read_cells(
    schema: Schema,
    bounds: Bounds,
    select: Callable[[Table, list[Column]], str],
    run: Callable[[str, float], Rows],
    *,
    holds_text: Callable[[Table, Column], bool] = lambda _, column: may_hold_text(column),
) -> CellsRead:
    """The values that a database's SELECTs return; a column that cannot be read does not affect the
    others.

    Args:
        schema: The tables.
        bounds: The limits.
        select: Makes the SQL for columns of a table: at most `bounds.rows` rows, and of each value
            at most `bounds.length` + 1 characters.
        run: Executes the SQL within a number of seconds; texts may be returned as bytes.
        holds_text: Whether a column is read; by default all but those of number, date or blob
            types.

    Raises:
        DataError: Nothing in the database can be read.
    """
    reader = _CellReader(bounds, select, run)
    for number, table in enumerate(schema.tables):
        columns = [column for column in table.columns if holds_text(table, column)]
        for first in range(0, len(columns), _TOGETHER):
            if not reader.read(table, columns[first : first + _TOGETHER]):
                behind = len(schema.tables) - number - 1
                name = table.name + (f" and the {behind:,} tables after it" if behind else "")
                left_out = (*reader.left_out, LeftOut(name, f"reading took {bounds.seconds:g} s"))
                return CellsRead(reader.cells, complete=False, left_out=left_out)
    if reader.broken and not reader.read_any:
        raise reader.broken
    return CellsRead(reader.cells, not reader.left_out, tuple(reader.left_out))


class _CellReader:
    def __init__(
        self, bounds: Bounds, select: Callable[[Table, list[Column]], str], run: Callable[[str, float], Rows]
    ) -> None:
        self.cells: list[Cell] = []
        self.left_out: list[LeftOut] = []
        self.broken: DataError | None = None
        self.read_any = False
        self._bounds, self._select, self._run = bounds, select, run
        self._deadline = time.monotonic() + bounds.seconds

    def read(self, table: Table, columns: list[Column]) -> bool:
        """Add the values of the columns, or the reason why there are none; False if the time is
        up."""
        left = self._deadline - time.monotonic()
        if left <= _LEAST * self._bounds.seconds:
            return False
        try:  # half of the time, so that one view or column does not take it from all that come after
            rows = self._run(self._select(table, columns), left / 2).rows
        except SqlTimeoutError as error:
            if len(columns) > 1:
                return all(self.read(table, [column]) for column in columns)
            self.left_out.append(LeftOut(f"{table.name}.{columns[0].name}", str(error)))
            return True
        except DatabaseNotFoundError:
            raise
        except (SqlError, DataError) as error:
            if len(columns) > 1:
                return all(self.read(table, [column]) for column in columns)
            self.left_out.append(LeftOut(f"{table.name}.{columns[0].name}", str(error)))
            self.broken = error if isinstance(error, DataError) else self.broken
            return True
        self.read_any = True
        for column, values in zip(columns, zip(*rows, strict=True), strict=False):
            self.cells += [(table.name, column.name, value) for value in _distinct(values, self._bounds)]
        return True


def _distinct(values: Iterable[object], bounds: Bounds) -> Iterator[str]:
    """The short texts among the values, each once, in the order of their first occurrence."""
    kept = 0
    for value in dict.fromkeys(value for value in values if isinstance(value, str | bytes)):
        if kept == bounds.values:
            return
        text = value if isinstance(value, bytes) else value.encode(errors="replace")
        if len(text) <= bounds.length and _WORDY.search(text):
            kept += 1
            yield text.decode(errors="replace")
