"""Rows of CSV, JSON, JSONL and Parquet files, each with its line, and the rows that could not be read."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from nshot.errors import DataError, FileMissingError
from nshot.types import Problem

DELIMITERS = ",;\t|"


class Record(NamedTuple):
    line: int
    """1-based line of the file on which the row starts; the record's number for JSON arrays and Parquet."""
    fields: dict[str, Any]


class Records(NamedTuple):
    columns: tuple[str, ...]
    """Names in order of appearance."""
    records: list[Record]
    problems: list[Problem]
    """Rows that could not be read at all."""

    @property
    def rows(self) -> int:
        """How many rows the file has, readable or not; blank lines are none."""
        return len(self.records) + len(self.problems)


def read_records(path: str | Path) -> Records:
    """The file's rows; the suffix says the format: .csv, .tsv, .json, .jsonl (.ndjson) or .parquet.

    Raises:
        DataError: the file is missing, of another kind, not UTF-8, or broken as a whole.
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

    The delimiter is the one of comma, semicolon, tab and bar that splits the header into the most columns
    (comma where that is a tie); quotes are doubled inside quotes, and a field may hold line breaks.
    """
    text = _text(file)
    if not text.strip():
        raise DataError(f"{file} is empty; expected a header line and rows")
    if "\n" not in text:
        text = text.replace("\r", "\n")
    delimiter = max(DELIMITERS, key=lambda mark: len(_header(text, mark)))
    with _long_fields():
        return _csv_rows(text, delimiter, file.name)


def read_json(file: Path) -> Records:
    """Objects of a JSON array."""
    try:
        whole = json.loads(_text(file))
    except (ValueError, RecursionError) as error:
        raise DataError(
            f"{file} is not JSON: {error}; one JSON object per line belongs in a file ending in .jsonl"
        ) from error
    if not isinstance(whole, list):
        raise DataError(f"{file}: expected a JSON array of objects, got {_kind(whole)}")
    return _objects(enumerate(whole, start=1), [], file.name)


def read_jsonl(file: Path) -> Records:
    """One JSON object per line; blank lines are passed over."""
    values: list[tuple[int, Any]] = []
    problems: list[Problem] = []
    for line, text in enumerate(_text(file).split("\n"), start=1):
        if text.strip():
            try:
                values.append((line, json.loads(text)))
            except (ValueError, RecursionError) as error:
                problems.append(Problem(line, f"not JSON: {error}", file.name))
    return _objects(iter(values), problems, file.name)


def read_parquet(file: Path) -> Records:
    """Rows of a Parquet file."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(file)
    except (pa.ArrowException, OSError) as error:
        raise DataError(f"{file} cannot be read as Parquet: {error}") from error
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


def _text(file: Path) -> str:
    try:
        return file.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(f"{file} is not UTF-8 (byte {error.start}); save it as UTF-8") from error


def _header(text: str, delimiter: str) -> list[str]:
    with _long_fields():
        try:
            return next(csv.reader(_lines(text), delimiter=delimiter))
        except (csv.Error, StopIteration):
            return []


def _csv_rows(text: str, delimiter: str, source: str) -> Records:
    reader = csv.reader(_lines(text), delimiter=delimiter, strict=True)
    columns: list[str] = []
    records: list[Record] = []
    problems: list[Problem] = []
    while True:
        line = reader.line_num + 1
        try:
            row = next(reader)
        except StopIteration:
            break
        except csv.Error as error:
            problems.append(Problem(line, f"broken CSV: {error} (up to line {reader.line_num})", source))
            continue
        if not row:
            continue
        if not columns:
            columns = [name.strip() for name in row]
        elif len(row) == len(columns):
            records.append(Record(line, dict(zip(columns, row, strict=True))))
        else:
            problems.append(Problem(line, f"expected {len(columns)} fields, got {len(row)}", source))
    return Records(tuple(columns), records, problems)


def _lines(text: str) -> Iterator[str]:
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


def _objects(values: Iterator[tuple[int, Any]], problems: list[Problem], source: str) -> Records:
    records: list[Record] = []
    for line, value in values:
        if isinstance(value, dict):
            records.append(Record(line, value))
        else:
            problems.append(Problem(line, f"expected a JSON object, got {_kind(value)}", source))
    names = dict.fromkeys(name for record in records for name in record.fields)
    return Records(tuple(names), records, sorted(problems, key=lambda problem: problem.line))


def _kind(value: object) -> str:
    return {dict: "an object", list: "an array", str: "a string", type(None): "null"}.get(
        type(value), repr(value)
    )
