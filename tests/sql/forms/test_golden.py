"""Every statement of fixtures/forms.sql in each form, and back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from nshot.sql import normalise, read_form, write_form
from nshot.types import Form

from .random_sql import SCHEMA

TABLES = [
    table._replace(columns=tuple(c for c in table.columns if c.name != "t1")) for table in SCHEMA.tables
]
MUSIC = replace(SCHEMA, tables=tuple(TABLES))
"""Without the column whose name shifts the numbers of aliases."""


@pytest.fixture(scope="module")
def quadruples(groups: Callable[[str], list[list[str]]]) -> list[list[str]]:
    found = groups("forms.sql")
    assert len(found) > 25
    assert {len(group) for group in found} == {4}
    return found


def test_statements_are_written_as_the_fixture_says(quadruples: list[list[str]]) -> None:
    for sql, named, from_first, _ in quadruples:
        assert write_form(sql, "named", MUSIC) == named
        assert write_form(sql, "from-first", MUSIC) == from_first


def test_from_first_is_read_as_the_fixture_says(quadruples: list[list[str]]) -> None:
    for _, _, from_first, read in quadruples:
        assert read_form(from_first, MUSIC) == read


@pytest.mark.parametrize("form", ["written", "tidy", "named", "from-first"])
def test_what_is_written_reads_back_as_the_same_sql(quadruples: list[list[str]], form: Form) -> None:
    for sql, *_ in quadruples:
        assert normalise(read_form(write_form(sql, form, MUSIC), MUSIC), MUSIC) == normalise(sql, MUSIC)


def test_sql_that_was_read_is_read_as_it_is(quadruples: list[list[str]]) -> None:
    assert [read_form(read, MUSIC) for *_, read in quadruples] == [read for *_, read in quadruples]
