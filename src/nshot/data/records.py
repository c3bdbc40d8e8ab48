"""Read rows of CSV, JSON, JSONL and Parquet files, with their lines and with the rows that cannot
be read.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from nshot.artifacts import read_text
from nshot.data import json_rows
from nshot.data.csv_rows import read_rows
from nshot.errors import DataError, FileMissingError
from nshot.types import Problem


class Record(NamedTuple):
    line: int
    """1-based line of the file on which the row starts; the record's number for JSON arrays and
    Parquet.
    """
    fields: dict[str, Any]


class Records(NamedTuple):
    columns: tuple[str, ...]
    """Column names in order of appearance."""
    records: list[Record]
    problems: list[Problem]
    """Rows that could not be read at all."""

    @property
    def rows(self) -> int:
        """Number of rows in the file, readable or not; blank lines do not count."""
        return len(self.records) + len(self.problems)


def read_records(path: str | Path) -> Records:
    """The file's rows; the suffix selects the format: .csv, .tsv, .json, .jsonl (.ndjson) or
    .parquet.

    Raises:
        DataError: The file is missing, of another kind, not UTF-8, or broken as a whole.
    """
    file = Path(path)
    if not file.is_file():
        raise FileMissingError("file", file)
    reader = READERS.get(file.suffix.lower())
    if reader is None:
        raise DataError(
            f"{file}: expected a file ending in {', '.join(READERS)}, got {file.suffix or 'no ending'!r}"
        )
    return reader(file)


def read_csv(file: Path) -> Records:
    """Rows of a CSV file with a header line.

    The delimiter is the one of comma, semicolon, tab and bar that splits the header into the most
    columns (comma in a tie). Quotes inside quotes are doubled, and a field may contain line breaks.
    """
    text = read_text(file)
    if not text.strip():
        raise DataError(f"{file} is empty; expected a header line and rows")
    columns, rows = read_rows(text)
    records = [Record(row.line, _by_name(columns, row.cells)) for row in rows if not row.problem]
    problems = [Problem(row.line, row.problem, file.name) for row in rows if row.problem]
    return Records(tuple(columns), records, problems)


def _by_name(columns: Sequence[str], cells: Sequence[str]) -> dict[str, Any]:
    """The cells by column; of columns with one name the first counts."""
    fields: dict[str, Any] = {}
    for name, cell in zip(columns, cells, strict=True):
        fields.setdefault(name, cell)
    return fields


def read_json(file: Path) -> Records:
    """Objects of a JSON array; other layouts of a table are those of `nshot.data.json_rows`."""
    text = read_text(file)
    try:
        whole = json_rows.load(text)
    except ValueError as error:
        return _read_several(file, text, error)
    rows = json_rows.rows_of(whole)
    if rows is None:
        raise DataError(f"{file}: expected a JSON array of objects, got {_kind(whole)}")
    return _objects(json_rows.number_values(rows), [], file.name)


def read_jsonl(file: Path) -> Records:
    """One JSON object per line; blank lines are skipped."""
    text = read_text(file)
    if text.lstrip().startswith("["):
        try:
            whole = json_rows.load(text)
        except ValueError:
            whole = None
        if (rows := json_rows.rows_of(whole)) and all(isinstance(row, dict) for row in rows):
            return _objects(json_rows.number_values(rows), [], file.name)
    values: list[tuple[int, Any]] = []
    problems: list[Problem] = []
    for line, one in enumerate(text.split("\n"), start=1):
        if one.strip():
            try:
                values.append((line, json_rows.load(one)))
            except ValueError as error:
                problems.append(Problem(line, f"not JSON: {error}", file.name))
    return _objects(iter(values), problems, file.name)


def _read_several(file: Path, text: str, cause: ValueError) -> Records:
    """Objects one after the other in a file that is no single JSON value."""
    try:
        values = json_rows.load_several(text)
    except ValueError:
        values = []
    if not values or not all(isinstance(value, dict) for value in values):
        raise DataError(
            f"{file} is not JSON: {cause}; correct it, or rename it to .jsonl if each line is an object"
        ) from cause
    return _objects(json_rows.number_values(values), [], file.name)


def read_parquet(file: Path) -> Records:
    """Rows of a Parquet file."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(file)
    except (pa.ArrowException, OSError) as error:
        raise DataError(f"{file} cannot be read as Parquet: {error}; write the file again") from error
    rows = [Record(number, row) for number, row in enumerate(table.to_pylist(), start=1)]
    return Records(tuple(table.column_names), rows, [])


READERS = {
    ".csv": read_csv,
    ".tsv": read_csv,
    ".json": read_json,
    ".jsonl": read_jsonl,
    ".ndjson": read_jsonl,
    ".parquet": read_parquet,
}


def _objects(values: Iterator[tuple[int, Any]], problems: list[Problem], source: str) -> Records:
    records: list[Record] = []
    for line, value in values:
        if isinstance(value, json_rows.DoubledKey):
            problems.append(Problem(line, f"the key {value.key!r} occurs twice", source))
        elif isinstance(value, dict):
            records.append(Record(line, value))
        else:
            problems.append(Problem(line, f"expected a JSON object, got {_kind(value)}", source))
    names = dict.fromkeys(name for record in records for name in record.fields)
    return Records(tuple(names), records, sorted(problems, key=lambda problem: problem.line))


def _kind(value: object) -> str:
    return {dict: "an object", list: "an array", str: "a string", type(None): "null"}.get(
        type(value), repr(value)
    )
