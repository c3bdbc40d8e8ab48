from __future__ import annotations

import pytest

from nshot.data import ColumnMap
from nshot.data.cells import BadField
from nshot.data.records import Record, Records
from nshot.errors import DataError, OptionError


def table(*columns: str, **cells: object) -> Records:
    return Records(columns, [Record(2, dict(cells))] if cells else [], [])


def test_usual_names_are_found_in_any_letter_case() -> None:
    bound = ColumnMap().bind(table("Question", "SQL", "db", "Hardness"), ["question", "sql", "db_id"], "f")
    assert bound.columns == {"question": "Question", "sql": "SQL", "db_id": "db", "difficulty": "Hardness"}


@pytest.mark.parametrize("spelled", ["Gold SQL", "gold-sql", " gold_sql ", "\u200bGOLD_SQL"])
def test_blanks_and_hyphens_stand_for_underscores(spelled: str) -> None:
    assert ColumnMap().bind(table(spelled), ["sql"], "f").columns == {"sql": spelled}


def test_query_is_taken_before_sql_for_spiders_records() -> None:
    assert ColumnMap().bind(table("sql", "query"), ["sql"], "f").columns == {"sql": "query"}


def test_two_columns_that_may_hold_the_sql_are_refused_where_they_differ() -> None:
    both = table("question", "query", "sql", query="how many?", sql="SELECT count(*) FROM a")
    with pytest.raises(DataError, match=r"'query' and 'sql' may both hold the SQL.*`columns` sql=COLUMN"):
        ColumnMap().bind(both, ["question", "sql"], "f")
    assert ColumnMap(sql="sql").bind(both, ["question", "sql"], "f").columns["sql"] == "sql"
    assert ColumnMap(question="query").bind(both, ["question", "sql"], "f").columns["sql"] == "sql"


@pytest.mark.parametrize(
    ("query", "sql", "chosen"),
    [
        ("SELECT 1", "SELECT 1 ", "query"),
        ("SELECT 1", {"select": [False, []]}, "query"),  # Spider's parse tree
        ("SELECT 1", None, "query"),
        (" ", "SELECT 1", "sql"),
        (float("nan"), "SELECT 1", "sql"),
    ],
)
def test_columns_that_may_hold_the_sql_and_do_not_differ_are_no_riddle(
    query: object, sql: object, chosen: str
) -> None:
    assert ColumnMap().bind(table("query", "sql", query=query, sql=sql), ["sql"], "f").columns == {
        "sql": chosen
    }


def test_a_column_of_a_roles_very_name_leaves_no_doubt() -> None:
    cells = {"question": "a", "text": "b", "db_id": "shop", "schema": "public"}
    bound = ColumnMap().bind(table(*cells, **cells), ["question", "db_id"], "f")
    assert bound.columns == {"question": "question", "db_id": "db_id"}
    with pytest.raises(DataError, match="may both hold the database's name"):
        ColumnMap().bind(table("schema", "database", schema="public", database="shop"), ["db_id"], "f")


def test_named_columns_win_over_usual_names() -> None:
    assert ColumnMap(question="ask").bind(table("question", "ask"), [], "f").columns["question"] == "ask"


def test_a_column_that_is_given_to_one_role_is_not_taken_for_another() -> None:
    bound = ColumnMap(question="query").bind(table("query", "sql", "db_id"), ["question", "sql"], "f")
    assert (bound.columns["question"], bound.columns["sql"]) == ("query", "sql")


def test_one_column_for_two_roles_is_refused() -> None:
    with pytest.raises(DataError, match="to two roles"):
        ColumnMap(question="a", sql="a").bind(table("a"), [], "f")


def test_two_columns_of_one_name_are_refused_where_a_role_needs_them() -> None:
    doubled = table("question", "sql", "note", "question", "note")
    with pytest.raises(DataError, match="2 columns are called 'question'"):
        ColumnMap().bind(doubled, ["question"], "f.csv")
    assert ColumnMap(question="sql").bind(doubled, [], "f.csv").columns["question"] == "sql"


def test_two_columns_that_differ_in_case_alone_are_told_with_the_option_that_chooses() -> None:
    both = table("question", "SQL", "sql")
    with pytest.raises(DataError, match="'SQL' and 'sql' may both be the SQL; name one with `columns` sql="):
        ColumnMap().bind(both, ["sql"], "f.csv")
    assert ColumnMap(sql="SQL").bind(both, ["sql"], "f.csv").columns["sql"] == "SQL"


def test_a_row_whose_schema_column_holds_a_schema_has_the_database_that_is_given() -> None:
    records = [Record(2, {"schema": "shop"}), Record(3, {"schema": "CREATE TABLE a (b INT)"})]
    bound = ColumnMap().bind(Records(("schema",), records, []), [], "f")
    assert [bound.read_db_id(one.fields, "inn", lambda _: False) for one in records] == ["shop", "inn"]
    with pytest.raises(BadField, match="holds no name of a database: 'CREATE TABLE"):
        bound.read_db_id(records[1].fields, None, lambda _: False)
    named = ColumnMap(db_id="schema").bind(Records(("schema",), records, []), [], "f")
    assert named.read_db_id(records[1].fields, "inn", lambda _: False) == "CREATE TABLE a (b INT)"


def test_a_hyphen_stands_for_no_column() -> None:
    assert ColumnMap.parse("id=-,db_id=-").bind(table("id", "db_id", "sql"), [], "f").columns == {
        "sql": "sql"
    }


@pytest.mark.parametrize(
    "text", ["CREATE TABLE a (b INT);", "a: b, c | d: e", "Tables such as a", [{"t": "a"}]]
)
@pytest.mark.parametrize("name", ["schema", "database", "DB"])
def test_a_column_that_holds_schemas_does_not_name_the_database(name: str, text: object) -> None:
    bound = ColumnMap().bind(table(name, "question", **{name: text}), ["question"], "f")
    assert "db_id" not in bound.columns
    assert f"{name!r} holds no names of databases" in bound.remarks[0]
    with pytest.raises(DataError, match="or give `db_id` for all rows; the column"):
        ColumnMap().bind(table(name, "question", **{name: text}), ["question", "db_id"], "f")


def test_a_name_with_blanks_names_the_database_where_that_is_known_or_said() -> None:
    one = table("schema", schema="Human Resources")
    assert ColumnMap().bind(one, [], "f", {"Human Resources"}.__contains__).columns == {"db_id": "schema"}
    assert ColumnMap(db_id="schema").bind(one, [], "f").columns == {"db_id": "schema"}
    assert ColumnMap().bind(table("schema", schema="shop_1"), [], "f").columns == {"db_id": "schema"}


def test_missing_columns_are_told_with_those_found_and_the_option() -> None:
    with pytest.raises(DataError, match=r"no column for sql .*columns found: frage, db_id; .*`columns` sql="):
        ColumnMap(question="frage").bind(table("frage", "db_id"), ["question", "sql", "db_id"], "f.csv")


def test_a_named_column_that_is_not_there_is_refused() -> None:
    with pytest.raises(DataError, match=r"no column 'ask' for question; columns found: none"):
        ColumnMap(question="ask").bind(table(), [], "f.csv")


def test_a_map_is_parsed_from_the_command_line() -> None:
    assert ColumnMap.parse(" question=ask , sql=my answer,") == ColumnMap(question="ask", sql="my answer")


@pytest.mark.parametrize("text", ["ask", "colour=red", "sql="])
def test_a_malformed_map_is_refused(text: str) -> None:
    with pytest.raises(OptionError, match="ROLE=COLUMN"):
        ColumnMap.parse(text)
