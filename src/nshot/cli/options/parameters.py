"""Parameters and options that several commands share, and the check of a typed question."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, ClassVar

import typer

from nshot.errors import DataError, OptionError
from nshot.options import option

if TYPE_CHECKING:
    from nshot.data import ColumnMap
    from nshot.types import Question

Db = Annotated[
    str,
    typer.Option(
        help="The database to query: a file, a db_id of --databases, a SQLAlchemy URL, or tables in files: a "
        "CSV, TSV, Parquet or JSON file, or a folder of them."
    ),
]
ServedDb = Annotated[
    str | None,
    typer.Option(
        help="The database of requests that name none: a file, a db_id of --databases, or a SQLAlchemy URL. "
        "A file or URL without --databases is the only one that is served. By default all are served: those "
        "of --databases, or of the sample."
    ),
]


@dataclass(frozen=True)
class JsonOptions:
    """Whether a program reads the output."""

    EXPLICIT: ClassVar = True

    as_json: bool = option(False, name="json", only_on=True)
    """Print JSON, for programs, in place of text."""


@dataclass(frozen=True)
class ColumnOptions:
    """How a file of questions names its columns."""

    EXPLICIT: ClassVar = True

    columns: str = option("", common=True)
    """The file's column names, if they are unusual: question=ask,sql=answer,db_id=base."""

    def column_map(self) -> ColumnMap:
        """The columns by their roles.

        Raises:
            OptionError: They are not written so.
        """
        from nshot.data import ColumnMap

        return ColumnMap.parse(self.columns)


@dataclass(frozen=True, kw_only=True)
class QuestionFileOptions(ColumnOptions):
    """A file of questions."""

    questions: Path = option()
    """File of questions (question, db_id; for compare sql, too): CSV, JSON (Spider's, too), JSONL
    or Parquet; or the word sample."""

    def read(self) -> list[Question]:
        """The questions of the file.

        Raises:
            DataError: The file is missing, or has no questions.
        """
        from nshot.data import read_questions

        questions = read_questions(self.questions, self.column_map())
        if not questions:
            raise DataError(f"{self.questions} has no questions; give another file")
        return questions


def check_question_text(text: str) -> str:
    """The text of a question as typed by the user.

    Raises:
        OptionError: It is empty or not valid Unicode.
    """
    if not text.strip():
        raise OptionError("the question is empty; write what you want to know")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise OptionError(
            f"the question is not valid UTF-8 at character {error.start}; check its encoding"
        ) from error
    return text
