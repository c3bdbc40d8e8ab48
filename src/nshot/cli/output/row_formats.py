"""The rows of an answer for programs: CSV, TSV, or one JSON object per line."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final, Literal

from nshot.cli.output.console import write

if TYPE_CHECKING:
    from nshot.types import Rows

RowFormat = Literal["csv", "tsv", "nl"]


def write_rows(rows: Rows, kind: RowFormat) -> None:
    """Write a result to stdout.

    Args:
        rows: The result.
        kind: `csv` and `tsv` have a line of column names, and NULL is empty; `nl` is one JSON
            object for each row, by column name.
    """
    write(_FORMATS[kind](rows))


def json_cell(value: Any) -> Any:
    """The value for JSON; non-finite numbers and bytes become text.

    >>> json_cell(b"\\x01"), json_cell(float("inf")), json_cell(None)
    ('01', 'inf', None)
    """
    if isinstance(value, bytes):
        return value.hex()
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value


def unique_names(columns: Sequence[str]) -> list[str]:
    """The names of columns, numbered where one is there twice, so that no cell of an object is
    lost.

    >>> unique_names(["name", "id", "name", "name_2"])
    ['name', 'id', 'name_2', 'name_2_2']
    """
    found: list[str] = []
    for name in columns:
        number, given = 2, name
        while name in found:
            name, number = f"{given}_{number}", number + 1
        found.append(name)
    return found


def _write_csv(rows: Rows, delimiter: str = ",") -> str:
    file = io.StringIO()
    writer = csv.writer(file, delimiter=delimiter, lineterminator="\n")
    writer.writerow(rows.columns)
    for row in rows.rows:
        cells = ["" if cell is None else json_cell(cell) for cell in row]
        if cells == [""]:  # the csv module writes a lone empty field as quotes; an empty line is no row
            file.write('""\n')
        else:
            writer.writerow(cells)
    return file.getvalue()


def _write_objects(rows: Rows) -> str:
    names = unique_names(rows.columns)
    return "".join(
        json.dumps(dict(zip(names, map(json_cell, row), strict=True)), ensure_ascii=False, default=str) + "\n"
        for row in rows.rows
    )


_FORMATS: Final[dict[RowFormat, Callable[[Rows], str]]] = {
    "csv": _write_csv,
    "tsv": lambda rows: _write_csv(rows, "\t"),
    "nl": _write_objects,
}
