from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from nshot.data import Catalog, read_pool
from nshot.errors import DataError, PoolError
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
    assert reasons[5] == "SQL is no SELECT but DELETE"
    assert reasons[7].startswith("no database 'pet'")
    assert "near names: pets" in reasons[7]
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
        "tags: expected a list of texts or text parted by commas, got [2]",
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
