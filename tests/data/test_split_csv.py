from __future__ import annotations

import csv
import io

from hypothesis import given
from hypothesis import strategies as st

from nshot.data.csv_rows import read_rows
from nshot.data.spider.split_csv import split_csv
from nshot.types import Question

text = st.text(
    st.characters(exclude_categories=["Cs"]) | st.sampled_from('",\r\n; \t\ufeff\u2028\x00'), max_size=20
)
rows = st.lists(
    st.tuples(text, text, text).filter(
        # many lines that look like rows are taken for rows, and blank rows for none
        lambda row: sum(cell.count("\n") for cell in row) < 3 and any(cell.strip() for cell in row)
    ),
    max_size=5,
)


@given(rows)
def test_strings_come_back_exactly(rows: list[tuple[str, str, str]]) -> None:
    written = split_csv(Question(question, db_id, sql=sql) for question, db_id, sql in rows)
    assert [tuple(row) for row in csv.reader(io.StringIO(written, newline=""))][1:] == rows
    read = read_rows(written)
    assert [(*row.cells, row.problem) for row in read.rows] == [(*row, "") for row in rows]


def test_the_head_names_question_schema_and_query() -> None:
    assert (
        split_csv([Question("Who, then?", "d", sql="SELECT 1")])
        == 'question,schema,query\n"Who, then?",d,SELECT 1\n'
    )
