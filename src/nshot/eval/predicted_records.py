"""Predictions in the layouts that other tools write, as one record for each question.

BIRD's programs write `{"0": "SELECT ...\\t----- bird -----\\tdb"}`; others a list of SQL texts or
of objects, a table (CSV, Parquet), or an object by question id.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from nshot.artifacts import parse_json
from nshot.data import read_records, rows_of
from nshot.errors import DataError
from nshot.types import Question

SQL_NAMES: Final = (
    "predicted_sql",
    "pred_sql",
    "predict_sql",
    "predicted_query",
    "pred_query",
    "generated_sql",
    "gen_sql",
    "prediction",
    "predicted",
    "pred",
    "sql",
    "sql_query",
    "query",
    "output",
    "response",
)
"""Names under which a record holds its SQL; the first one that it has counts. Letter case is
ignored, and blanks and hyphens stand for underscores."""
ID_NAMES: Final = ("id", "question_id", "instance_id", "qid")
_NUMBER: Final = re.compile(r"(\d{1,18})(?:\.0*)?")
_BIRD: Final = re.compile(r"\s*\t-+ bird -+\t\s*")

Record = dict[str, Any]


def table_records(path: Path, questions: Sequence[Question]) -> list[Record]:
    """The records of a CSV, TSV or Parquet file, in the order of the questions.

    Raises:
        DataError: The file cannot be read, or a row has no SQL.
    """
    table = read_records(path)
    if table.problems:
        raise DataError(f"{table.problems[0]} ({len(table.problems)} rows cannot be read); correct them")
    return in_order([with_sql(record.fields, f"{path}:{record.line}") for record in table.records], questions)


def json_records(path: Path, text: str, questions: Sequence[Question]) -> list[Record] | None:
    """The records of a file that is one JSON value, in the order of the questions; None if it is
    none.

    Raises:
        DataError: The value holds no predictions.
    """
    try:
        whole = parse_json(text)
    except ValueError:
        return None
    if isinstance(whole, dict) and (by_key := _by_key(whole, questions)) is not None:
        return by_key
    rows = rows_of(whole)
    if rows is None and "\n" not in text.strip():  # the one line of a file of lines
        return None
    if rows is None:
        raise DataError(f"{path}: expected SQL by question, or a list of it, got {text[:60]!r}")
    return in_order(
        [with_sql(row, f"{path}: prediction {number}") for number, row in enumerate(rows, 1)], questions
    )


def with_sql(row: object, place: str) -> Record:
    """The row as a record whose `sql` is text or None.

    Args:
        row: A SQL text, or an object.
        place: Where it stands, for the error.

    Raises:
        DataError: It holds no SQL.
    """
    if isinstance(row, str | None):
        return _of_text(row)
    if not isinstance(row, dict):
        raise DataError(
            f"{place}: expected an object with the key sql and text as its value, got {str(row)[:60]}"
        )
    names: dict[str, str] = {}
    for name in row:
        names.setdefault(re.sub(r"[\s-]+", "_", str(name).strip()).lower(), name)
    name = next((names[one] for one in SQL_NAMES if one in names), None)
    if name is None:
        raise DataError(
            f"{place}: expected an object with the key sql and text as its value, "
            f"got {', '.join(map(str, row))}"
        )
    value = row[name]
    if value != value:  # NaN is not itself: an empty cell of a table
        value = None
    if not isinstance(value, str | None):
        raise DataError(
            f"{place}: expected an object with the key sql and text as its value, got {str(row)[:60]}"
        )
    number = next((row[names[one]] for one in ("index", "idx") if one in names), None)
    id_ = next((row[names[one]] for one in ID_NAMES if one in names), None)
    known = {"index": _whole(number), "id": id_}
    known |= {name: row.get(name) for name in ("db_id", "question", "confidence", "withheld")}
    return {**known, **{key: one for key, one in _of_text(value).items() if one is not None or key == "sql"}}


def in_order(records: list[Record], questions: Sequence[Question]) -> list[Record]:
    """The records in the order of the questions, where their ids are those of the questions."""
    ids = [_id(record.get("id")) for record in records]
    if None in ids or len(set(ids)) < len(ids) or set(ids) != {question.id for question in questions}:
        return records
    if ids == [question.id for question in questions]:
        return records
    by_id = dict(zip(ids, records, strict=True))
    return [{**by_id[question.id], "index": row} for row, question in enumerate(questions)]


def _by_key(whole: Mapping[str, Any], questions: Sequence[Question]) -> list[Record] | None:
    """An object of SQL by question: by id where the keys are all ids, else by number."""
    if not whole or not all(isinstance(value, str | dict | None) for value in whole.values()):
        return None
    ids = {question.id for question in questions}
    if set(whole) == ids:
        order = [question.id for question in questions]
    elif all(key.isdecimal() for key in whole):
        order = sorted(whole, key=int)
        numbers = [int(key) for key in order]
        if len(order) == len(questions) and numbers != list(range(numbers[0], numbers[0] + len(order))):
            return None
    else:
        return None
    return [{**with_sql(whole[key], f"prediction {key!r}"), "index": None} for key in order]


def _of_text(text: str | None) -> Record:
    """A SQL text, perhaps with BIRD's mark and the database behind it."""
    sql, *rest = _BIRD.split(text or "", 1)
    return {"sql": sql, "db_id": rest[0].strip() if rest else None}


def _id(value: object) -> str | None:
    whole = _whole(value)
    return str(whole) if whole is not None else value if isinstance(value, str) else None


def _whole(value: object) -> int | None:
    """A whole number, also one that a table holds as text or with a decimal point."""
    if isinstance(value, str) and (found := _NUMBER.fullmatch(value.strip())):
        return int(found[1])
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None
