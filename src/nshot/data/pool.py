"""Read pools of solved examples; every row is checked, and every row that is left out is
reported."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple

from nshot.data.catalog import Catalog
from nshot.data.cells import BadField, tags_field, take_id, text_field
from nshot.data.columns import USUAL, Bound, ColumnMap
from nshot.data.ids import free_id, make_ids
from nshot.data.questions import raise_if
from nshot.data.records import Record, read_records
from nshot.data.shipped import sample_dir
from nshot.data.sql_check import SqlCheck
from nshot.errors import OptionError
from nshot.types import Example, Problem


@dataclass(frozen=True, slots=True)
class PoolReport:
    """The result of reading a pool; `rows == len(examples) + len(problems) + duplicates`."""

    examples: tuple[Example, ...]
    problems: tuple[Problem, ...]
    """Rows that cannot be used and were left out, in the order of lines."""
    rows: int
    """Number of rows in the file, readable or not."""
    notes: tuple[Problem, ...] = ()
    """Remarks on rows that are used: SQL that the database rejects, exact duplicates."""
    duplicates: int = 0
    """Rows left out because they repeat an earlier one; 0 unless `dedupe` was set."""
    hints: Mapping[str, str] = field(default_factory=dict)
    """Evidence that comes with questions, as in BIRD, by the id of the example."""
    remarks: tuple[str, ...] = ()
    """Remarks on the file as a whole."""
    made_ids: frozenset[str] = frozenset()
    """Ids of rows that have none of their own."""


class _Row(NamedTuple):
    number: int
    """Of the row in its file, from 0."""
    example: Example
    """Its id is empty where the row has none."""
    hint: str


def read_pool(
    path: str | Path,
    columns: ColumnMap = USUAL,
    strict: bool = False,
    catalog: Catalog | None = None,
    *,
    dedupe: bool = False,
    db_id: str | None = None,
    dialect: str | None = None,
) -> PoolReport:
    """Read the pool's examples, and report every row that is left out or deserves a remark.

    A row is left out (a problem) if it cannot be read; if its question, SQL or db_id is missing,
    blank or not text; if its id is taken; if its db_id is not in the catalog; or if its SQL does
    not parse or is not a SELECT. A row is used, with a note, if SQLite rejects its SQL for the
    known schema (no such table, column or function), or if it repeats an earlier row's db_id,
    question and SQL.

    Args:
        path: CSV, JSON, JSONL or Parquet; `"sample"` is the shipped pool.
        columns: The file's column names, if they differ from the usual ones.
        strict: Raise on any problem or note.
        catalog: The databases that the rows may refer to.
        dedupe: Leave out repeated rows; there is still a note.
        db_id: The database of rows without a db_id.
        dialect: sqlglot's name of the SQL's dialect, or several, comma-separated; None for that of
            each row's database. Examples keep the one that their SQL was read in.

    Raises:
        PoolError: `strict` is set, and there are problems or notes.
        DataError: The file as a whole cannot be used.
    """
    file = sample_dir() / "train_spider.json" if str(path) == "sample" else Path(path)
    table = read_records(file)
    required = ["question", "sql"] + ["db_id"] * (db_id is None)
    known = (lambda _: False) if catalog is None else catalog.knows
    bound = columns.bind(table, required, str(file), known) if table.records else Bound({})
    problems = list(table.problems)
    notes: list[Problem] = []
    rows: list[_Row] = []
    check = SqlCheck(catalog, dialect)
    ids: dict[str, int] = {}
    seen: dict[tuple[str, str, str], int] = {}
    repeated = 0
    for number, record in enumerate(table.records):
        try:
            example = _example(record, bound, db_id, known)
            remark, dialect = check(example.sql, example.db_id)
            hint = text_field(record.fields, bound.columns, "evidence", required=False)
            if example.id:
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
        rows.append(_Row(number, replace(example, dialect=dialect), hint))
    if strict:
        raise_if(problems + notes, table.rows, file)
    problems.sort(key=lambda problem: problem.line)
    examples = make_ids([row.example for row in rows], [row.number for row in rows], file)
    return PoolReport(
        examples,
        tuple(problems),
        table.rows,
        tuple(notes),
        repeated,
        {one.id: row.hint for one, row in zip(examples, rows, strict=True) if row.hint},
        bound.remarks,
        frozenset(one.id for one, row in zip(examples, rows, strict=True) if not row.example.id),
    )


def keep_ids_apart(reports: Sequence[PoolReport], names: Sequence[str]) -> list[PoolReport]:
    """The reports of several files, in which no two examples have one id.

    Made ids that another file has, too, get a number after them.

    Args:
        reports: One for each file.
        names: The files as they were named, for the message.

    Raises:
        OptionError: Rows of two files have one id of their own, or a file was named twice.
    """
    taken: set[str] = set()
    apart = []
    for report, name in zip(reports, names, strict=True):
        shared = sorted({one.id for one in report.examples} & taken)
        if shared and (len(shared) == len(report.examples) or not report.made_ids.issuperset(shared)):
            own = next((one for one in shared if one not in report.made_ids), shared[0])
            raise OptionError(
                f"{name}: the id {own!r} is in another file, too; give each row an id of "
                "its own, or name each file once"
            )
        apart.append(_rename_ids(report, {one: free_id(one, taken) for one in shared}))
        taken |= {one.id for one in apart[-1].examples}
    return apart


def _rename_ids(report: PoolReport, names: Mapping[str, str]) -> PoolReport:
    if not names:
        return report
    return replace(
        report,
        examples=tuple(replace(one, id=names.get(one.id, one.id)) for one in report.examples),
        hints={names.get(one, one): hint for one, hint in report.hints.items()},
        made_ids=frozenset(names.get(one, one) for one in report.made_ids),
    )


def _example(record: Record, bound: Bound, db_id: str | None, known: Callable[[str], bool]) -> Example:
    fields, columns = record.fields, bound.columns
    return Example(
        id=id_ if (id_ := text_field(fields, columns, "id", required=False)).strip() else "",
        question=text_field(fields, columns, "question", required=True),
        sql=text_field(fields, columns, "sql", required=True),
        db_id=bound.read_db_id(fields, db_id, known),
        difficulty=text_field(fields, columns, "difficulty", required=False),
        tags=tags_field(fields, columns),
    )
