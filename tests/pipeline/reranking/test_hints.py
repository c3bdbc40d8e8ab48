"""What a candidate has in common with its question."""

from __future__ import annotations

import math

import pytest

from nshot.pipeline.reranking import Hints, read_hints
from nshot.pipeline.reranking.hints import LEAST_LOGPROB
from nshot.types import Column, Schema, Table


def table(name: str, *columns: str) -> Table:
    return Table(name, tuple(Column(column, "text") for column in columns))


SCHEMA = Schema(
    "trips",
    (
        table("driver", "driver_id", "name", "home town"),
        table("trip", "trip_id", "driver_id", "DepartureTime", "miles"),
    ),
)


def read(question: str, sql: str, rows: int | None = 1) -> Hints:
    return read_hints(question, sql, SCHEMA, rows=rows, logprob=-1.0, agreement=0.5)


@pytest.mark.parametrize(
    ("hint", "question", "yes", "no"),
    [
        (
            "distinct_unasked",
            "names of drivers",
            "SELECT DISTINCT name FROM driver",
            "SELECT name FROM driver",
        ),
        ("id_unasked", "Which drivers are there?", "SELECT driver_id FROM driver", "SELECT name FROM driver"),
        (
            "selected_and_fixed",
            "the name of Ann",
            "SELECT name FROM driver WHERE name = 'Ann'",
            "SELECT driver_id FROM driver WHERE name = 'Ann'",
        ),
        (
            "unused_names",
            "departure times of all trips",
            "SELECT miles FROM trip",
            "SELECT DepartureTime FROM trip",
        ),
        ("unused_names", "home town of Ann", "SELECT name FROM driver", 'SELECT "home town" FROM driver'),
        (
            "ands",
            "trips",
            "SELECT * FROM trip WHERE miles = 1 AND trip_id = 2",
            "SELECT * FROM trip WHERE miles BETWEEN 1 AND 2",
        ),
        (
            "unsaid_names",
            "drivers and miles",
            "SELECT count(*) FROM driver",
            "SELECT driver_id, miles FROM trip",
        ),
        (
            "unsaid_others",
            "the driver Ann",
            "SELECT name FROM driver",
            "SELECT name FROM driver WHERE name = 'Ann'",
        ),
    ],
)
def test_each_hint_is_there_and_is_not(hint: str, question: str, yes: str, no: str) -> None:
    assert getattr(read(question, yes), hint) == 1
    assert getattr(read(question, no), hint) == 0


@pytest.mark.parametrize("question", ["the ids of drivers", "the identifier", "their number", "codes"])
def test_an_id_may_be_asked_for(question: str) -> None:
    assert read(question, "SELECT driver_id FROM driver").id_unasked == 0


def test_an_empty_result_is_told_from_one_that_is_not_known() -> None:
    assert [read("trips", "SELECT * FROM trip", rows).empty for rows in (0, 3, None)] == [1, 0, 0]


def test_probabilities_are_logarithms_within_bounds() -> None:
    def probable(logprob: float | None, agreement: float | None) -> tuple[float, float]:
        found = read_hints("trips", "SELECT 1", SCHEMA, rows=1, logprob=logprob, agreement=agreement)
        return found.logprob, found.agreement

    assert probable(-2.0, 0.5) == (-2.0, math.log(0.5))
    assert probable(-200.0, 0.0) == (LEAST_LOGPROB, math.log(0.01))
    assert probable(None, None) == (LEAST_LOGPROB, 0.0)
    assert probable(math.nan, 1.0) == (LEAST_LOGPROB, 0.0)


def test_sql_that_cannot_be_parsed_and_unknown_schemas_give_the_other_hints() -> None:
    broken = read("the longest trips", "SELECT (( FROM trip", 0)
    assert (broken.empty, broken.unused_names, broken.ands) == (1, 0, 0)
    found = read_hints("home towns", "SELECT name FROM driver", None, rows=1, logprob=None, agreement=None)
    assert (found.unused_names, found.unsaid_names, found.unsaid_others) == (0, 0, 2)


def test_the_first_select_of_a_set_operation_is_what_is_selected() -> None:
    sql = "SELECT driver_id FROM driver EXCEPT SELECT name FROM driver"
    assert read("drivers", sql).id_unasked == 1
    assert read("drivers", "SELECT name FROM driver EXCEPT SELECT driver_id FROM trip").id_unasked == 0
