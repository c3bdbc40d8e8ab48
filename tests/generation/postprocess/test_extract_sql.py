"""The pairs are in fixtures/completions.txt."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nshot.generation.postprocess.extract_sql import read_sql

FIXTURE = Path(__file__).parent / "fixtures" / "completions.txt"


def pairs() -> Iterator[tuple[str, str, str]]:
    _, *cases = ("\n" + FIXTURE.read_text(encoding="utf-8")).split("\n=== ")
    for case in cases:
        name, _, rest = case.partition("\n")
        completion, _, sql = rest.rpartition("---")
        yield name, completion.removesuffix("\n"), sql.strip("\n")


CASES = list(pairs())


@pytest.mark.parametrize(("completion", "sql"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_the_sql_is_read_from_the_completion(completion: str, sql: str) -> None:
    assert read_sql(completion) == sql


@pytest.mark.parametrize(("completion", "sql"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_windows_line_ends_make_no_difference(completion: str, sql: str) -> None:
    assert read_sql(completion.replace("\n", "\r\n")).replace("\r\n", "\n") == sql


def test_text_from_the_stop_string_on_is_ignored() -> None:
    assert read_sql("SELECT 1 FROM t\nENDE\nWHERE x", stop=("\nENDE",)) == "SELECT 1 FROM t"


@pytest.mark.parametrize(
    ("completion", "sql"),
    [
        ("from singer select name where age > 3", "from singer select name where age > 3"),
        ("from singer select name;\n\nquestion: next", "from singer select name"),
        ("Sure:\n```sql\nFROM singer\nSELECT name\n```\nfrom here on", "FROM singer\nSELECT name"),
        ("SQL: from (from a select b) as t1 select count(*)", "from (from a select b) as t1 select count(*)"),
        ("with a as (from b select c) from a select c", "with a as (from b select c) from a select c"),
        ("SELECT name FROM singer", "SELECT name FROM singer"),
        ("The names are taken from the table.\nSELECT name FROM singer", "SELECT name FROM singer"),
        ("I take it from the table.", ""),
    ],
)
def test_in_the_form_from_first_a_statement_may_begin_with_from(completion: str, sql: str) -> None:
    assert read_sql(completion, form="from-first") == sql
    assert read_sql(sql, form="from-first") == sql


WORDS = """
SELECT select WITH x AS ( ) FROM t WHERE a = 'b ' " ` ; , . : * [ ] { } | ``` ```sql ### -- /* */ UNION is
DROP TABLE </think> <|im_end|> O'Neil 1 {"sql":" Question: This query Here
<sql> </sql> </answer> [SQL] [/SQL] ； 。 “ ” 「 」 Final Answer:
Observation: wrong ```json {'SQL':' "} 这个 ：
"""
PIECES = [*WORDS.split(), "\n", "\n\n"]


@settings(deadline=None)
@given(st.one_of(st.text(max_size=200), st.lists(st.sampled_from(PIECES), max_size=25).map(" ".join)))
def test_any_text_is_read_without_an_error_and_the_result_reads_as_itself(text: str) -> None:
    sql = read_sql(text)
    assert read_sql(sql) == sql
    assert sql == sql.strip()


def test_long_hostile_text_is_read_to_its_end() -> None:
    for part in (
        "SELECT ",
        "(",
        "'",
        "```sql\n",
        "WITH a AS (",
        "-- x\n",
        "\n\n",
        "SELECT a FROM b; ",
        "<sql>",
        "{",
        "[{",
        "{'a':",
        "[",
        "{a=",
        "[SQL]",
        "\\boxed{",
        "/*",
        "from ",
    ):
        for head in ("", "SELECT a FROM b WHERE ", "from b select "):
            text = head + part * (60_000 // len(part))
            assert isinstance(read_sql(text), str)
            assert isinstance(read_sql(text, form="from-first"), str)


@pytest.mark.spider
def test_every_gold_query_of_spider_comes_back_unharmed(spider: Path) -> None:
    rows = [
        row["query"]
        for name in ("train_spider.json", "train_others.json", "dev.json")
        for row in json.loads((spider / name).read_text(encoding="utf-8"))
    ]
    assert len(rows) == 8659 + 1034
    assert [sql for sql in rows if read_sql(sql) != sql.strip().rstrip("; \t\n")] == []


@pytest.mark.spider
def test_predictions_of_other_systems_come_back_unharmed(spider: Path) -> None:
    files = sorted((spider.parent / "predictions").glob("*/pred.txt"))
    if not files:
        pytest.skip("no predictions beside Spider")
    rows = [line for file in files for line in file.read_text(encoding="utf-8").splitlines()]
    plain = [line for line in rows if line.lower().startswith("select ")]
    harmed = [line for line in plain if read_sql(line) != line.strip().rstrip("; \t")]
    assert len(plain) > 0.95 * len(rows)
    assert [line[-12:] for line in harmed] == ["t 1;.030 sec", "pe'). world_"]


def test_a_text_of_statements_that_never_end_takes_no_minute() -> None:
    text = "```sql\nNaNS" + "((SELECT " * 60_000
    start = process_time()
    read_sql(text)
    assert process_time() - start < 10
