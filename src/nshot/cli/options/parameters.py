"""Single parameters that several commands share, and the check of a typed question."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from nshot.errors import OptionError

Columns = Annotated[
    str, typer.Option(help="The file's own column names, where unusual: question=ask,sql=answer,db_id=base.")
]
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
Evidence = Annotated[str, typer.Option(help="A hint for the model, such as what a word means here.")]
IndexOrSample = Annotated[Path | None, typer.Option(help="The index folder. Default: one over the sample.")]
QUESTIONS = (
    "File of questions (question, db_id): CSV, JSON (Spider's, too), JSONL or Parquet; or the word sample."
)


def asked_text(text: str) -> str:
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
