"""Read files of questions."""

from __future__ import annotations

from pathlib import Path

from nshot.data.cells import BadField, take_id, text_field
from nshot.data.columns import USUAL, Bound, ColumnMap
from nshot.data.records import read_records
from nshot.data.shipped import sample_dir
from nshot.errors import PoolError
from nshot.types import Problem, Question

SHOWN = 20
"""Problems that a message lists; further ones are only counted."""


def read_questions(
    path: str | Path, columns: ColumnMap = USUAL, *, db_id: str | None = None
) -> list[Question]:
    """Questions in the file's order, one for each row.

    Reads Spider's JSON (full or slim), BIRD's (`evidence`, `SQL`), CSV, JSONL and Parquet;
    `"sample"` is the shipped dev split. If a row has no id, its id is the file's stem, a hyphen and
    the row's 0-based number.

    Args:
        path: The file, or `"sample"`.
        columns: The file's column names, if they differ from the usual ones.
        db_id: The database of rows without a db_id.

    Raises:
        PoolError: Rows cannot be used; its `problems` lists them all. None is skipped.
        DataError: The file as a whole cannot be used.
    """
    file = sample_dir() / "dev.json" if str(path) == "sample" else Path(path)
    table = read_records(file)
    required = ["question"] + ["db_id"] * (db_id is None)
    bound = columns.bind(table, required, str(file)) if table.records else Bound({})
    problems = list(table.problems)
    questions: list[Question] = []
    lines: dict[str, int] = {}
    for row, (line, fields) in enumerate(table.records):
        try:
            question = Question(
                text=text_field(fields, bound.columns, "question", required=True),
                db_id=bound.read_db_id(fields, db_id, lambda _: False),
                id=text_field(fields, bound.columns, "id", required=False) or f"{file.stem}-{row}",
                sql=text_field(fields, bound.columns, "sql", required=False) or None,
                evidence=text_field(fields, bound.columns, "evidence", required=False),
            )
            take_id(lines, question.id, line)
        except BadField as reason:
            problems.append(Problem(line, str(reason), file.name))
        else:
            questions.append(question)
    raise_if(problems, table.rows, file)
    return questions


def raise_if(problems: list[Problem], rows: int, file: Path) -> None:
    """Raise an error if there are problems.

    Raises:
        PoolError: There are problems; it has all of them, in the order of lines.
    """
    if not problems:
        return
    ordered = sorted(problems, key=lambda problem: problem.line)
    listed = "\n".join(f"  {problem}" for problem in ordered[:SHOWN])
    more = f"\n  ... and {len(ordered) - SHOWN} more" if len(ordered) > SHOWN else ""
    raise PoolError(f"{file}: {len(ordered)} problems in {rows} rows; correct them:\n{listed}{more}", ordered)
