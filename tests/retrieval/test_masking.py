"""Masked questions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nshot.retrieval.masking import MASKS, Masker
from nshot.types import CellMatch, Column, Schema, Table

SCHEMA = Schema(
    "shows",
    (
        Table(
            "singer",
            (
                Column("Singer_ID"),
                Column("Name"),
                Column("HomeTown"),
                Column("net_worth", natural_name="fortune"),
            ),
        ),
        Table("concert_hall", (Column("hall id"), Column("Capacity"))),
    ),
)


@pytest.mark.parametrize(
    ("question", "masked"),
    [
        ("How many singers are there?", "how many [table] are there ?"),
        ("What is the home town of each singer?", "what is the [column] of each [table] ?"),
        ("Show the fortune of all singers.", "show the [column] of all [table] ."),
        (
            "Name the concert halls with a capacity above 1,500.",
            "name the [table] with a [column] above [value] .",
        ),
        ("Which singers live in 'New York'?", "which [table] live in [value] ?"),
        ("Which singers come from Oslo?", "which [table] come from [value] ?"),
        ("What are the singer ids?", "what are the [column] ?"),
        ("List the top three halls.", "list the top [value] [column] ."),
        ("Find each singer's name", "find each [table] [column]"),
    ],
)
def test_schema_words_and_values_are_masked(question: str, masked: str) -> None:
    assert Masker(SCHEMA).mask(question) == masked


def test_a_cell_value_is_masked_though_it_looks_like_a_word() -> None:
    question = "Who sings jazz fusion in small halls?"
    match = CellMatch("singer", "Name", "Jazz Fusion", 10, 21)
    assert Masker(SCHEMA).mask(question, [match]) == "who sings [value] in small [column] ?"


def test_without_a_schema_only_literals_are_masked() -> None:
    assert Masker(None).mask('How many singers from Peru are over 20 and called "Ana"?') == (
        "how many singers from [value] are over [value] and called [value] ?"
    )


def test_function_words_are_never_masked() -> None:
    schema = Schema("x", (Table("of", (Column("the"), Column("more"))),))
    assert Masker(schema).mask("more of the same") == "more of the same"


@given(st.text(max_size=200), st.lists(st.tuples(st.integers(0, 200), st.integers(0, 200)), max_size=4))
def test_any_text_is_masked_without_equal_masks_in_a_row(text: str, spans: list[tuple[int, int]]) -> None:
    matches = [CellMatch("t", "c", "v", start, end) for start, end in spans]
    tokens = Masker(SCHEMA).tokens(text, matches)
    assert not any(a == b and a in MASKS for a, b in pairwise(tokens))
    assert all(tokens)


@pytest.mark.parametrize("text", ["“" * 20_000, "'a " * 20_000, "singers of Oslo " * 3_000])
def test_long_questions_are_masked(text: str) -> None:
    matches = [CellMatch("t", "c", "Oslo", at, at + 4) for at in range(11, len(text), 16)]
    assert Masker(SCHEMA).mask(text, matches)


def test_a_question_may_name_very_many_values() -> None:
    text = "Oslo " * 50_000
    matches = [CellMatch("t", "c", "Oslo", at, at + 4) for at in range(0, len(text), 5)]
    assert Masker(SCHEMA).mask(text, matches) == "[value]"


@pytest.mark.parametrize(
    ("question", "shape"),
    [
        ("How many singers are there?", "how many [table] are there ? [one-table]"),
        (
            "Capacity of each hall where a singer sang?",
            "[column] of each [column] where a [table] sang ? [two-tables]",
        ),
    ],
)
def test_a_question_is_read_once_for_its_mask_and_its_tables(
    question: str, shape: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    masker, reads = Masker(SCHEMA), list[str]()
    read = masker._read

    def count(text: str, matches: Sequence[CellMatch]) -> Iterator[Any]:
        reads.append(text)
        return read(text, matches)

    monkeypatch.setattr(masker, "_read", count)
    assert masker.shape(question) == shape
    assert reads == [question]
