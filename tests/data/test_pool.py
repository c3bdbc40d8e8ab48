from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from nshot.data import Catalog, keep_ids_apart, read_pool
from nshot.errors import DataError, OptionError, PoolError
from nshot.types import Example

Write = Callable[[str, str], Path]

BROKEN = """id,question,sql,db_id,difficulty,tags
a,How many pets?,SELECT count(*) FROM Pet,pets,easy,"count, pets"
b,,SELECT 1,pets,,
c,What now?,SELEC 1 FROM (,pets,,
d,"Remove
all!",DELETE FROM Pet,pets,,
e,Who?,SELECT name FROM Owner,pet,,
f,Short row,SELECT 1
a,Again?,SELECT 1,pets,,
h,Which colour?,SELECT colour FROM Pet,pets,,
i,How many pets?,SELECT count(*) FROM Pet,pets,,
"""


@pytest.fixture
def catalog(pets: Path) -> Catalog:
    return Catalog(pets.parent)


def test_each_bad_row_has_its_line_and_reason_and_the_rest_goes_on(write: Write, catalog: Catalog) -> None:
    report = read_pool(write("mine.csv", BROKEN), catalog=catalog)
    assert [example.id for example in report.examples] == ["a", "h", "i"]
    reasons = {problem.line: problem.reason for problem in report.problems}
    assert sorted(reasons) == [3, 4, 5, 7, 8, 9]
    assert reasons[3] == "question is empty"
    assert reasons[4].startswith("SQL does not parse")
    assert reasons[5] == "SQL is not a SELECT but DELETE"
    assert reasons[7].startswith("no database 'pet'")
    assert "similar names: pets" in reasons[7]
    assert reasons[8] == "expected 6 fields, got 3"
    assert reasons[9] == "id 'a' is already that of line 2"
    assert report.rows == 9 == len(report.examples) + len(report.problems)


def test_doubtful_rows_are_kept_with_a_note(write: Write, catalog: Catalog) -> None:
    report = read_pool(write("mine.csv", BROKEN), catalog=catalog)
    assert [(note.line, note.reason.rpartition("SQL: ")[2]) for note in report.notes] == [
        (10, "no such column: colour"),
        (11, "repeats line 2"),
    ]


def test_an_example_keeps_everything_that_the_row_says(write: Write) -> None:
    (example, *_) = read_pool(write("mine.csv", BROKEN)).examples
    assert example == Example(
        "a", "How many pets?", "SELECT count(*) FROM Pet", "pets", "easy", ("count", "pets")
    )


def test_strict_lists_problems_and_notes_and_gives_nothing(write: Write, catalog: Catalog) -> None:
    with pytest.raises(PoolError, match=r"mine\.csv:3: question is empty") as caught:
        read_pool(write("mine.csv", BROKEN), strict=True, catalog=catalog)
    assert [problem.line for problem in caught.value.problems] == [3, 4, 5, 7, 8, 9, 10, 11]


def test_repeated_rows_are_left_out_on_demand(write: Write) -> None:
    report = read_pool(write("mine.csv", BROKEN), dedupe=True)
    assert "i" not in [example.id for example in report.examples]
    assert report.duplicates == 1
    assert report.rows == len(report.examples) + len(report.problems) + report.duplicates


def test_without_a_catalog_any_database_and_any_column_will_do(write: Write) -> None:
    report = read_pool(write("a.csv", "question,sql,db_id\nq,SELECT nothing FROM nowhere,atlantis\n"))
    assert (len(report.examples), report.problems, report.notes) == (1, (), ())


def test_rows_of_the_wrong_type_are_listed(write: Write) -> None:
    rows = [
        {"question": "q", "sql": sql, "db_id": "d", "tags": tags}
        for sql, tags in [(1, []), ("SELECT 1", [2])]
    ]
    report = read_pool(write("a.json", json.dumps(rows)))
    assert [problem.reason for problem in report.problems] == [
        "sql: expected text, got int '1'",
        "tags: expected a list of texts or comma-separated text, got [2]",
    ]


def test_a_pool_of_nothing_is_empty(write: Write) -> None:
    assert read_pool(write("a.csv", "question,query,schema\n")).rows == 0


def test_a_pool_without_sql_is_refused_with_the_columns_found(write: Write) -> None:
    with pytest.raises(DataError, match=r"no column for sql .* columns found: question, schema"):
        read_pool(write("a.csv", "question,schema\nq,d\n"))


def test_rows_without_a_database_get_the_given_one(write: Write, catalog: Catalog) -> None:
    file = write("a.csv", "question,sql\nq,SELECT name FROM Owner\n")
    assert read_pool(file, catalog=catalog, db_id="pets").examples[0].db_id == "pets"


@pytest.mark.spider
def test_nothing_of_spider_is_lost(spider: Path) -> None:
    catalog = Catalog(spider)
    reports = [
        read_pool(spider / name, catalog=catalog) for name in ("train_spider.json", "train_others.json")
    ]
    assert [len(report.examples) for report in reports] == [7_000, 1_659]
    assert [report.problems for report in reports] == [(), ()]
    notes = [note.reason for report in reports for note in report.notes]
    assert len([reason for reason in notes if reason.startswith("repeats")]) == 8
    assert len([reason for reason in notes if reason.startswith("kept, but")]) == 3


@pytest.mark.spider
def test_nothing_of_spider_is_lost_without_schemas(spider: Path) -> None:
    report = read_pool(spider / "dev.json")
    assert (len(report.examples), report.problems) == (1_034, ())


def test_hints_are_kept_by_the_id_of_their_example(write: Write) -> None:
    text = "id,question,sql,db_id,evidence\na,Old ones?,SELECT 1,pets,old means 9\nb,All?,SELECT 2,pets,\n"
    assert read_pool(write("bird.csv", text)).hints == {"a": "old means 9"}


PAIR = "question,sql,db_id\nHow many {0}?,SELECT count(*) FROM {0},shop\n"


def test_files_of_one_name_have_ids_of_their_own(tmp_path: Path) -> None:
    ids = []
    for what in ("orders", "farms"):
        (tmp_path / what).mkdir()
        (tmp_path / what / "pairs.csv").write_text(PAIR.format(what))
        ids.append(read_pool(tmp_path / what / "pairs.csv").examples[0].id)
    assert len(set(ids)) == 2
    assert all(one.startswith("pairs-") for one in ids)


def test_an_id_stays_when_rows_are_put_before_it(write: Write) -> None:
    before = read_pool(write("a.csv", PAIR.format("orders"))).examples[0]
    rows = PAIR.format("farms") + PAIR.format("orders").partition("\n")[2]
    assert read_pool(write("a.csv", rows)).examples[1] == before


def test_equal_rows_have_different_ids(write: Write) -> None:
    row = PAIR.format("orders")
    first, second = read_pool(write("a.csv", row + row.partition("\n")[2])).examples
    assert second.id == f"{first.id}-2"


def test_rows_of_the_sample_are_numbered() -> None:
    assert [one.id for one in read_pool("sample").examples[:2]] == ["train_spider-0", "train_spider-1"]


def test_reports_of_several_files_share_no_id(write: Write, tmp_path: Path) -> None:
    row = PAIR.format("orders")
    one = read_pool(write("pairs.csv", row))
    (tmp_path / "more").mkdir()
    both = PAIR.format("farms") + row.partition("\n")[2]
    (tmp_path / "more" / "pairs.csv").write_text(both)
    other = read_pool(tmp_path / "more" / "pairs.csv")
    apart = keep_ids_apart([one, other], ["a", "b"])
    assert [example.id for example in apart[1].examples] == [other.examples[0].id, f"{one.examples[0].id}-2"]
    with pytest.raises(OptionError, match="or name each file once"):
        keep_ids_apart([one, one], ["a", "a"])


def test_ids_of_two_files_are_never_changed(write: Write) -> None:
    text = "id,question,sql,db_id\n{},q,SELECT 1,d\n{},q2,SELECT 1,d\n"
    one = read_pool(write("a.csv", text.format("x", "y")))
    other = read_pool(write("b.csv", text.format("x", "z")))
    with pytest.raises(OptionError, match="the id 'x' is in another file"):
        keep_ids_apart([one, other], ["a.csv", "b.csv"])


def test_numbers_and_nothing_are_read_as_they_are_meant(write: Write) -> None:
    text = """[{"id": 7.0, "question": "a", "sql": "SELECT 1", "db_id": "d", "difficulty": NaN, "tags": NaN},
               {"id": 8, "question": "b", "sql": "SELECT 1", "db_id": NaN, "evidence": NaN, "difficulty": 3},
               {"id": NaN, "question": NaN, "sql": "SELECT 1", "db_id": "d"},
               {"id": 7.5, "question": "c", "sql": "SELECT 1", "db_id": "d"},
               {"id": 1e999, "question": "c", "sql": "SELECT 1", "db_id": "d"},
               {"id": 1%s, "question": "e", "sql": "SELECT 1", "db_id": "d"}]""" % ("0" * 400)
    report = read_pool(write("a.json", text), db_id="other")
    assert [(one.id, one.db_id, one.difficulty) for one in report.examples] == [
        ("7", "d", ""),
        ("8", "other", "3"),
        ("1" + "0" * 400, "d", ""),
    ]
    assert [problem.reason for problem in report.problems] == [
        "question is empty",
        "id: expected text, got float '7.5'",
        "id: expected text, got float 'inf'",
    ]


def test_a_column_of_schemas_gives_way_to_the_given_database(write: Write) -> None:
    row = '{"schema": "CREATE TABLE t (a INT);", "question": "q", "query": "SELECT a FROM t"}\n'
    report = read_pool(write("a.jsonl", row), db_id="coffee_roastery")
    assert report.examples[0].db_id == "coffee_roastery"
    assert report.remarks[0].startswith("the column 'schema' holds no names of databases")


DIALECTS = {
    "tsql": "SELECT TOP 10 c.[Customer Name], SUM(o.Total) AS t FROM dbo.[Orders] o",
    "mysql": "SELECT GROUP_CONCAT(name ORDER BY name SEPARATOR '; ') FROM customers",
    "postgres": "SELECT name FROM customers WHERE tags @> ARRAY['vip']",
}


@pytest.mark.parametrize("name", DIALECTS)
def test_the_dialect_of_the_sql_can_be_said(write: Write, name: str) -> None:
    file = write("a.json", json.dumps([{"question": "q", "sql": DIALECTS[name], "db_id": "d"}]))
    for given in (name, f"sqlite, {name}"):
        (example,) = read_pool(file, dialect=given).examples
        assert (example.sql, example.dialect) == (DIALECTS[name], name)
    reason = read_pool(file).problems[0].reason
    assert reason.startswith("SQL does not parse as sqlite: ")
    assert reason.endswith("if it is in another dialect, give `dialect`")


def test_sql_in_the_dialect_of_its_database_needs_no_name(write: Write) -> None:
    rows = [{"question": "q", "sql": "SELECT name FROM roaster", "db_id": "coffee_roastery"}]
    file = write("a.json", json.dumps(rows))
    for dialect in (None, "sqlite", "sqlite,tsql"):
        assert read_pool(file, catalog=Catalog.sample(), dialect=dialect).examples[0].dialect == ""


def test_an_unknown_dialect_is_refused_with_those_that_are_known(write: Write) -> None:
    with pytest.raises(OptionError, match=r"unknown SQL dialect 'mssql'; choose one of: .*tsql"):
        read_pool(write("a.csv", PAIR.format("t")), dialect="mssql")
