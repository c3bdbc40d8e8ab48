"""The number of tables that a question speaks of."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nshot.retrieval.linking import MOST, TableCounter
from nshot.retrieval.masking import Masker
from nshot.types import CellMatch, Column, ForeignKey, Schema, Table

SCHEMA = Schema(
    "music",
    (
        Table("singer", (Column("singer_id"), Column("name"), Column("country"))),
        Table("song", (Column("song_id"), Column("title"), Column("genre_id"))),
        Table("genre", (Column("genre_id"), Column("label"))),
        Table("sings", (Column("singer_id"), Column("song_id"))),
        Table("Hall", (Column("name"), Column("capacity"))),
    ),
    (
        ForeignKey("song", ("genre_id",), "genre", ("genre_id",)),
        ForeignKey("sings", ("singer_id",), "singer", ("singer_id",)),
        ForeignKey("sings", ("song_id",), "song", ("song_id",)),
    ),
)


@pytest.mark.parametrize(
    ("question", "hint"),
    [
        ("How many singers are there?", "[one-table]"),
        ("What are the names of singers?", "[one-table]"),
        ("What is the capacity of each hall?", "[one-table]"),
        ("List the title and the label of every song.", "[two-tables]"),
        ("Which titles does each country sing?", "[three-tables]"),
        ("Who is tall?", "[one-table]"),
    ],
)
def test_the_fewest_tables_with_all_names_are_counted(question: str, hint: str) -> None:
    assert Masker(SCHEMA).shape(question).split()[-1] == hint


def test_a_cell_value_needs_its_table() -> None:
    question = "What are the titles of rock songs?"
    assert Masker(SCHEMA).shape(question).endswith("[one-table]")
    match = CellMatch("genre", "label", "Rock", 23, 27)
    assert (
        Masker(SCHEMA).shape(question, [match]) == "what are the [column] of [value] [table] ? [two-tables]"
    )


def test_without_a_schema_no_number_is_claimed() -> None:
    assert Masker(None).shape("How many singers are there?") == "how many singers are there ?"


def test_tables_that_no_foreign_key_joins_are_counted_alone() -> None:
    counter = TableCounter(SCHEMA)
    assert counter.count([frozenset({"hall"}), frozenset({"genre"})]) == 2
    assert counter.count([frozenset({"singer"}), frozenset({"genre"})]) == 4


def test_no_more_than_the_most_are_counted() -> None:
    assert TableCounter(SCHEMA).count(frozenset({name}) for name in "abcdefg") == MOST
    assert TableCounter(SCHEMA).count([]) == 1


@given(st.lists(st.frozensets(st.sampled_from("abcdef"), min_size=1), min_size=1, max_size=6))
def test_without_foreign_keys_it_is_the_size_of_the_smallest_hitting_set(
    mentions: list[frozenset[str]],
) -> None:
    size = next(
        size
        for size in range(1, 7)
        if any(all(m & set(chosen) for m in mentions) for chosen in combinations("abcdef", size))
    )
    assert TableCounter(Schema("bare", ())).count(mentions) == min(MOST, size)


def test_a_schema_of_very_many_tables_is_answered_without_trying_all_sets() -> None:
    names = [f"t{number}" for number in range(200)]
    mentions = [frozenset(names[start::7]) for start in range(7)]
    assert TableCounter(Schema("wide", ())).count(mentions) == 3
