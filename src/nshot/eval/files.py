"""Read files of gold and of predictions for an evaluation."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from nshot.artifacts import check_seal, decode_text, parse_json
from nshot.data import READERS, USUAL, ColumnMap, read_questions
from nshot.errors import DataError, FileMissingError
from nshot.eval.predicted_records import in_order, json_records, table_records, with_sql
from nshot.sql import first_word
from nshot.types import Question

_LINE_END: Final = re.compile(r"\r\n|\r|\n")
_QUERIES: Final = ("select", "with", "values")
_TABLES: Final = (".csv", ".tsv", ".parquet")
_JSON_LINES: Final = (".jsonl", ".ndjson")
_SHOWN: Final = 5


def read_gold(path: Path, columns: ColumnMap = USUAL) -> list[Question]:
    """Questions with their gold SQL, in the file's order.

    Args:
        path: Lines of `SQL<TAB>db_id` (`-` for stdin); or a file that `nshot.data.read_questions`
            reads (Spider's dev.json, BIRD's, CSV, JSONL, Parquet); or the word sample. Questions
            from lines have no text.
        columns: The file's column names, if they differ from the usual ones.

    Raises:
        DataError: A line is not `SQL<TAB>db_id`, there are no lines, or the file cannot be read.
    """
    questions = _read_gold_lines(path) if _has_sql_lines(path) else read_questions(path, columns)
    if not questions:
        raise DataError(f"{path}: expected gold, got a file without rows")
    return questions


def _has_sql_lines(path: Path) -> bool:
    """Whether the lines are `SQL<TAB>db_id`; a .tsv file may also be a table with a header."""
    if path.suffix.lower() == ".tsv" and path.is_file():
        with path.open(encoding="utf-8-sig", errors="replace") as file:
            return first_word(file.readline()) in _QUERIES
    return str(path) != "sample" and path.suffix.lower() not in READERS


def _read_gold_lines(path: Path) -> list[Question]:
    lines = _split(_text(path, "gold file"))
    while lines and not lines[-1]:
        lines.pop()
    questions = []
    wrong = []
    for row, line in enumerate(lines):
        sql, tab, db_id = line.rpartition("\t")
        if tab and sql.strip() and db_id.strip():
            questions.append(Question("", db_id.strip(), f"{path.stem}-{row}", sql))
        else:
            wrong.append(row + 1)
    if wrong:
        listed = ", ".join(map(str, wrong[:_SHOWN])) + (" ..." if len(wrong) > _SHOWN else "")
        raise DataError(f"{path}: expected SQL<TAB>db_id on every line, got something else on line {listed}")
    return questions


class PredictedAnswer(NamedTuple):
    """What a predictions file says of one question."""

    sql: str
    """Empty if there is no answer."""
    confidence: float | None = None
    """Probability of being right, if the file states one."""
    withheld: str = ""
    """The SQL that would have been the answer, had it been sure enough."""

    @property
    def written(self) -> str:
        """The SQL that the model wrote, whether or not it is the answer."""
        return self.sql or self.withheld


def read_predicted(path: Path, questions: Sequence[Question]) -> list[str]:
    """The predicted SQL for each question, as `read_answers` reads it."""
    return [answer.sql for answer in read_answers(path, questions)]


def read_answers(path: Path, questions: Sequence[Question]) -> list[PredictedAnswer]:
    """The predicted SQL for each question, empty if the file's line is blank, with its confidence.

    Args:
        path: One SQL per line, where a tab and everything after it is ignored (`SQL<TAB>db_id`); or
            JSONL as `nshot predict` writes it (`index`, `id`, `question`, `db_id`, `sql`),
            recognised by file name or content; or what other tools write, see
            `nshot.eval.predicted_records`; `-` for stdin.
        questions: The questions. Other fields of the file must agree with them.

    Raises:
        DataError: The numbers of predictions and questions differ, or a prediction belongs to
            another question.
    """
    if path.suffix.lower() in _TABLES and path.is_file() and not _has_sql_lines(path):
        return _answers(path, table_records(path, questions), questions)
    text = _text(path, "predictions file")
    whole = json_records(path, text, questions) if text.lstrip()[:1] in ("{", "[") else None
    if whole is not None:
        return _answers(path, whole, questions)
    lines = _split(text)
    if path.suffix.lower() in _JSON_LINES or next((line for line in lines if line), "").startswith('{"'):
        records = [_from_json(path, number, line) for number, line in enumerate(lines, 1) if line]
        return _answers(path, in_order(records, questions), questions)
    while len(lines) > len(questions) and not lines[-1]:
        lines.pop()
    _must_be_as_many(path, len(lines), questions, "a question without SQL needs a blank line")
    known = {question.db_id for question in questions}
    for number, (line, question) in enumerate(zip(lines, questions, strict=True), 1):
        db_id = line.rpartition("\t")[2].strip() if "\t" in line else question.db_id
        if db_id in known and db_id != question.db_id:
            raise DataError(
                f"{path}:{number}: the line is for {db_id!r}, but gold's is {question.db_id!r}; "
                "put the lines in gold's order"
            )
    return [PredictedAnswer(line.partition("\t")[0]) for line in lines]


def _answers(
    path: Path, records: Sequence[dict[str, Any]], questions: Sequence[Question]
) -> list[PredictedAnswer]:
    """The answers of records that must belong to the questions."""
    _must_be_as_many(
        path,
        len(records),
        questions,
        "let nshot predict finish, give gold of the same questions, or the `limit` of nshot predict",
    )
    return [_of_question(path, row, record, questions[row]) for row, record in enumerate(records)]


def _text(path: Path, noun: str) -> str:
    if path.is_dir():
        raise DataError(f"expected a {noun}, got a folder: {path}")
    if str(path) != "-" and not path.exists():
        raise FileMissingError(noun, path)
    return decode_text(sys.stdin.buffer.read() if str(path) == "-" else path.read_bytes(), path)


def _split(text: str) -> list[str]:
    """Stripped lines; only LF, CR LF and CR end a line."""
    lines = [line.strip() for line in _LINE_END.split(text)]
    return lines[:-1] if not lines[-1] else lines


def _must_be_as_many(path: Path, found: int, questions: Sequence[Question], cure: str) -> None:
    if found != len(questions):
        raise DataError(
            f"{path}: expected {len(questions)} predictions, one for each row of gold, got {found}; {cure}"
        )


def _from_json(path: Path, number: int, line: str) -> dict[str, Any]:
    try:
        record = parse_json(line)
    except ValueError as error:
        raise DataError(f"{path}:{number}: not JSON: {error}; predict again, or correct the line") from error
    if isinstance(record, dict) and not check_seal(record):
        raise DataError(
            f"{path}:{number}: changed since nshot wrote it, as its checksum differs; predict again, or "
            "remove the key sha256 where the change is meant"
        )
    return with_sql(record, f"{path}:{number}")


def _of_question(path: Path, row: int, record: dict[str, Any], question: Question) -> PredictedAnswer:
    """The answer of a record, after checking that the record belongs to the question."""
    expected = {"index": row, "db_id": question.db_id, "question": question.text or None}
    for name, value in expected.items():
        found = record.get(name)
        if value is not None and found is not None and found != value:
            raise DataError(
                f"{path}: prediction {row + 1} has {name} {found!r}, but gold's is {value!r}; "
                "give the gold of the questions that were predicted"
            )
    confidence, withheld = record.get("confidence"), record.get("withheld")
    sure = confidence if isinstance(confidence, int | float) and 0 <= confidence <= 1 else None
    return PredictedAnswer(
        (record["sql"] or "").strip(),
        None if sure is None else float(sure),
        withheld.strip() if isinstance(withheld, str) else "",
    )
