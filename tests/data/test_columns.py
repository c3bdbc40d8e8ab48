from __future__ import annotations

import pytest

from nshot.data import ColumnMap
from nshot.errors import DataError, OptionError


def test_usual_names_are_found_in_any_letter_case() -> None:
    bound = ColumnMap().bind(["Question", "SQL", "db", "Hardness"], ["question", "sql", "db_id"], "f")
    assert bound == {"question": "Question", "sql": "SQL", "db_id": "db", "difficulty": "Hardness"}


def test_query_is_taken_before_sql_for_spiders_records() -> None:
    assert ColumnMap().bind(["sql", "query"], ["sql"], "f") == {"sql": "query"}


def test_named_columns_win_over_usual_names() -> None:
    assert ColumnMap(question="ask").bind(["question", "ask"], [], "f")["question"] == "ask"


def test_missing_columns_are_told_with_those_found_and_the_option() -> None:
    with pytest.raises(DataError, match=r"no column for sql .*columns found: frage, db_id; .*`columns` sql="):
        ColumnMap(question="frage").bind(["frage", "db_id"], ["question", "sql", "db_id"], "f.csv")


def test_a_named_column_that_is_not_there_is_refused() -> None:
    with pytest.raises(DataError, match=r"no column 'ask' for question; columns found: none"):
        ColumnMap(question="ask").bind([], [], "f.csv")


def test_a_map_is_parsed_from_the_command_line() -> None:
    assert ColumnMap.parse(" question=ask , sql=my answer,") == ColumnMap(question="ask", sql="my answer")


@pytest.mark.parametrize("text", ["ask", "colour=red", "sql="])
def test_a_malformed_map_is_refused(text: str) -> None:
    with pytest.raises(OptionError, match="ROLE=COLUMN"):
        ColumnMap.parse(text)
