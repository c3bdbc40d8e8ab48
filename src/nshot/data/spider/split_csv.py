"""The CSV files of prepared splits: `question,schema,query`."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

from nshot.types import Question

HEADER = ("question", "schema", "query")


def split_csv(questions: Iterable[Question]) -> str:
    """The CSV text of solved questions; the column `schema` is the db_id.

    Rows end in a line feed, and reading the text back gives exactly the same strings. A row with a
    carriage return is quoted throughout, because not every version of Python's csv module quotes
    it.
    """
    text = io.StringIO()
    plain = csv.writer(text, lineterminator="\n")
    quoted = csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_ALL)
    plain.writerow(HEADER)
    for question in questions:
        row = (question.text, question.db_id, question.sql or "")
        (quoted if any("\r" in field for field in row) else plain).writerow(row)
    return text.getvalue()
