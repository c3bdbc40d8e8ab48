from __future__ import annotations

import re
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nshot.data import Catalog, read_questions
from nshot.databases import CellValues, read_schema
from nshot.errors import OptionError

Make = Callable[[str, str], Path]

CELLS = [
    ("city", "name", "New York"),
    ("city", "name", "York"),
    ("city", "name", "St. Louis"),
    ("team", "home", "new york"),
    ("pet", "kind", "cat"),
    ("person", "name", "The Who"),
    ("person", "name", "Will"),
    ("person", "sex", "F"),
    ("grade", "letter", "A"),
    ("status", "word", "student"),
    ("level", "word", "high_school"),
    ("place", "name", "東京"),
    ("phone", "number", "2019-05-01"),
]
VALUES = CellValues(CELLS, names=["student", "students"])


def found(question: str) -> list[tuple[str, str]]:
    """The spans' texts and the values."""
    return [(question[match.start : match.end], match.value) for match in VALUES.matches(question)]


@pytest.mark.parametrize(
    ("question", "spans"),
    [
        ("Who lives in NEW  YORK?", [("NEW  YORK", "New York"), ("NEW  YORK", "new york")]),
        ("From York to St Louis", [("York", "York"), ("St Louis", "St. Louis")]),
        ("St. Louis's mayor", [("St. Louis", "St. Louis")]),
        ("How many cats?", [("cat", "cat")]),
        ("the scatter of categories", []),
        ("will the students pay?", []),
        ("Did Will pay?", [("Will", "Will")]),
        ("Will it rain?", []),
        ('Is "will" here?', [("will", "Will")]),
        ("Who sings 'the who'?", [("the who", "The Who")]),
        ("people of sex F or f", [("F", "F")]),
        ("A cat", [("cat", "cat")]),
        ("grades of “a”", [("a", "A")]),
        ("which student is in high school", [("high school", "high_school")]),
        ("東京 の", [("東京", "東京")]),
        ("on 2019-05-01", []),
        ("", []),
    ],
)
def test_values_are_found_by_their_words(question: str, spans: list[tuple[str, str]]) -> None:
    assert found(question) == spans


def test_the_value_written_as_in_the_question_stands_for_its_column() -> None:
    values = CellValues([("t", "c", "FRANCE"), ("t", "c", "France"), ("u", "c", "france")])
    assert [(match.table, match.value) for match in values.matches("in France")] == [
        ("t", "France"),
        ("u", "france"),
    ]


def test_a_quoted_value_wins_over_a_longer_run_of_words() -> None:
    values = CellValues([("t", "c", "big red"), ("t", "c", "red")])
    assert [match.value for match in values.matches('the big "red" house')] == ["red"]
    assert [match.value for match in values.matches("the big red house")] == ["big red"]


@given(
    st.lists(
        st.sampled_from(["new", "york", "York", "will", "'", '"', "cats", "F", "?", ".", "St", "Louis", "é"])
    )
)
def test_spans_never_overlap_and_come_in_order(words: list[str]) -> None:
    question = " ".join(words)
    matches = VALUES.matches(question)
    spans = list(dict.fromkeys((match.start, match.end) for match in matches))
    assert spans == sorted(spans)
    assert all(before[1] <= after[0] for before, after in pairwise(spans))
    assert len({(match.start, match.table, match.column) for match in matches}) == len(matches)


def test_a_question_of_a_hundred_thousand_characters_is_read_to_its_end() -> None:
    question = "word " * 20_000 + "in New York"
    assert [match.end for match in VALUES.matches(question)] == [len(question)] * 2


def test_values_are_read_from_text_columns_only(pets: Path) -> None:
    values = CellValues.read(pets, read_schema(pets))
    assert [
        (m.table, m.column, m.value) for m in values.matches("Is Ann Lee's cat from 2019 in St. Louis?")
    ] == [
        ("Owner", "name", "Ann Lee"),
        ("Pet", "kind", "cat"),
        ("Owner", "city", "St. Louis"),
    ]
    assert values.complete


def test_reading_is_bounded(make_database: Make) -> None:
    file = make_database(
        "d.sqlite",
        "CREATE TABLE t (a TEXT, b TEXT);"
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100)"
        "INSERT INTO t SELECT 'value ' || i, printf('%0*d', i, 0) || 'x' FROM n;",
    )
    schema = read_schema(file)
    assert len(CellValues.read(file, schema, max_values_per_column=10)) == 20
    assert len(CellValues.read(file, schema, max_rows=30)) == 60
    assert len(CellValues.read(file, schema, max_length=11)) == 110
    assert not CellValues.read(file, schema, seconds=1e-9).complete
    with pytest.raises(OptionError, match="values must be above 0"):
        CellValues.read(file, schema, max_values_per_column=0)


def test_odd_cells_do_no_harm(make_database: Make) -> None:
    file = make_database(
        "d.sqlite",
        'CREATE TABLE "a b" ("x ""y""" TEXT, z);'
        """INSERT INTO "a b" VALUES (NULL, x'00ff'), (CAST(x'41ff42' AS TEXT), 3), ('', '  ');"""
        """INSERT INTO "a b" VALUES ('Ölgemälde', 2.5);""",
    )
    values = CellValues.read(file, read_schema(file))
    assert [(m.table, m.column) for m in values.matches("an ölgemälde")] == [("a b", 'x "y"')]


def test_reading_leaves_the_file_as_it_was(pets: Path) -> None:
    before = pets.read_bytes()
    CellValues.read(pets, read_schema(pets))
    assert pets.read_bytes() == before
    assert [entry.name for entry in pets.parent.iterdir()] == ["pets.sqlite"]


@pytest.mark.spider
def test_most_literals_of_spider_dev_are_found(spider: Path) -> None:
    catalog = Catalog(spider)

    def values_in(text: str, db_id: str) -> set[str]:
        return {match.value.strip().lower() for match in catalog.values(db_id).matches(text)}

    asked = found = 0
    for question in read_questions(spider / "dev.json"):
        for one, two in re.findall(r"'([A-Za-z ]{3,})'|\"([A-Za-z ]{3,})\"", question.sql or ""):
            literal = (one or two).strip().lower()
            is_value = literal in values_in(f'"{literal}"', question.db_id)
            if is_value and re.search(rf"\b{re.escape(literal)}\b", question.text.lower()):
                asked += 1
                found += literal in values_in(question.text, question.db_id)
    assert asked > 250
    assert found / asked > 0.95


def test_codes_are_the_values_of_columns_with_few_short_ones() -> None:
    cells = [("t", "sex", "M"), ("t", "sex", "F"), ("t", "name", "Ada"), ("t", "name", "Augusta")]
    cells += [("t", "grade", letter) for letter in "ABCDEF"]
    assert CellValues(cells).codes() == {("t", "sex"): ("F", "M")}
    assert CellValues(cells, complete=False).codes() == {}
