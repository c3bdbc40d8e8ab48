"""Pools of solved examples: read, checked row by row, nothing lost in silence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from nshot.data.catalog import Catalog
from nshot.data.cells import BadField, tags_field, take_id, text_field
from nshot.data.columns import USUAL, ColumnMap
from nshot.data.questions import raise_if
from nshot.data.records import Record, read_records
from nshot.data.shipped import sample_dir
from nshot.data.sql_check import SqlCheck
from nshot.types import Example, Problem


@dataclass(frozen=True, slots=True)
class PoolReport:
    """What came out of a pool's file; `rows == len(examples) + len(problems) + duplicates`."""

    examples: tuple[Example, ...]
    problems: tuple[Problem, ...]
    """Rows that cannot be used and were left out, in the order of lines."""
    rows: int
    """Rows of the file, readable or not."""
    notes: tuple[Problem, ...] = ()
    """Remarks on rows that can be used: SQL that the database rejects, exact duplicates."""
    duplicates: int = 0
    """Rows left out because they repeat an earlier one; 0 unless `dedupe` was asked for."""
    hints: Mapping[str, str] = field(default_factory=dict)
    """Evidence that comes with questions, as in BIRD, by the id of the example."""


class _Row(NamedTuple):
    line: int
    example: Example


def read_pool(
    path: str | Path,
    columns: ColumnMap = USUAL,
    strict: bool = False,
    catalog: Catalog | None = None,
    *,
    dedupe: bool = False,
    db_id: str | None = None,
) -> PoolReport:
    """The pool's examples, and every row that was left out or is worth a remark.

    A row is left out (a problem) when it cannot be read; its question, SQL or db_id is missing, blank or no
    text; its id is taken; its db_id is unknown to the catalog; its SQL does not parse, or is no SELECT. A
    row stays, with a note, when SQLite rejects its SQL for the known schema (no such table, column or
    function), or when it repeats an earlier row's db_id, question and SQL.

    Args:
        path: CSV, JSON, JSONL or Parquet; `"sample"` is the shipped pool.
        columns: the file's own column names where they are not the usual ones.
        strict: raise on any problem or note.
        catalog: the databases that the rows may name.
        dedupe: leave repeated rows out, still with a note.
        db_id: the database of rows that name none.

    Raises:
        PoolError: `strict`, and there are problems or notes.
        DataError: the file as a whole cannot be used.
    """
    file = sample_dir() / "train_spider.json" if str(path) == "sample" else Path(path)
    table = read_records(file)
    required = ["question", "sql"] + ["db_id"] * (db_id is None)
    bound = columns.bind(table.columns, required, str(file)) if table.records else {}
    problems = list(table.problems)
    notes: list[Problem] = []
    kept: list[Example] = []
    check = SqlCheck(catalog)
    ids: dict[str, int] = {}
    seen: dict[tuple[str, str, str], int] = {}
    repeated = 0
    hints: dict[str, str] = {}
    for row, record in enumerate(table.records):
        try:
            example = _example(record, bound, f"{file.stem}-{row}", db_id)
            remark = check(example.sql, example.db_id)
            hint = text_field(record.fields, bound, "evidence", required=False)
            take_id(ids, example.id, record.line)
        except BadField as reason:
            problems.append(Problem(record.line, str(reason), file.name))
            continue
        if remark:
            notes.append(Problem(record.line, remark, file.name))
        first = seen.setdefault((example.db_id, example.question, example.sql), record.line)
        if first != record.line:
            notes.append(Problem(record.line, f"repeats line {first}", file.name))
            repeated += dedupe
            if dedupe:
                continue
        kept.append(example)
        if hint:
            hints[example.id] = hint
    if strict:
        raise_if(problems + notes, table.rows, file)
    problems.sort(key=lambda problem: problem.line)
    return PoolReport(tuple(kept), tuple(problems), table.rows, tuple(notes), repeated, hints)


def _example(record: Record, columns: dict[str, str], id_: str, db_id: str | None) -> Example:
    fields = record.fields
    return Example(
        id=text_field(fields, columns, "id", required=False) or id_,
        question=text_field(fields, columns, "question", required=True),
        sql=text_field(fields, columns, "sql", required=True),
        db_id=text_field(fields, columns, "db_id", required=db_id is None) or db_id or "",
        difficulty=text_field(fields, columns, "difficulty", required=False),
        tags=tags_field(fields, columns),
    )
