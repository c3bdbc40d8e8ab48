"""The grammar for other engines: it accepts what the recogniser accepts, and no other names."""

from __future__ import annotations

import json
import random
import re
from pathlib import Path

import pytest

from nshot.data import Catalog
from nshot.generation.constrain import GrammarLimits, recogniser, to_gbnf, write_context_free
from nshot.sql.forms import find_form
from nshot.types import Column, Schema, Table

from .conftest import MUSIC, after, lines
from .gbnf_reader import Gbnf

SAMPLE = 60
OWN_NAMES = re.compile(r"\bwith | as (?!t[1-4]\b)(?!\w+\))")
"""A statement that introduces a name."""


@pytest.fixture(scope="module")
def music() -> Gbnf:
    return Gbnf(to_gbnf(write_context_free(MUSIC)))


def is_canonical(text: str) -> bool:
    """Whether blanks stand as `write_form` writes them."""
    bare = re.sub(r"'(?:[^']|'')*'", "''", text)
    return not re.search(r"\( | [),]|  |^ | $|[^ ]\(\(|\w[=<>+*/|]|[=<>+/|]\w|[,(] - |,\S", bare)


ACCEPTED = [text for text in lines("accepted.txt") if is_canonical(text) and not OWN_NAMES.search(text)]


@pytest.mark.parametrize("text", ACCEPTED)
def test_what_the_recogniser_accepts_is_accepted(text: str, music: Gbnf) -> None:
    state = after(text)
    assert state is not None
    assert state.complete
    assert music.accepts(text)


def test_enough_statements_are_compared() -> None:
    assert len(ACCEPTED) > 30


@pytest.mark.parametrize(
    "text",
    [
        "",
        "select name from singer",
        "from song select name",
        "from singer select nickname",
        "from singer select singer.year",
        "from singer select name where",
        "from singer select count(name",
        "from singer select 'open",
        "from singer select name; drop table singer",
        "from singer select frobnicate(name)",
        "from singer  select name",
        "fromsinger select name",
    ],
)
def test_other_text_is_refused(text: str, music: Gbnf) -> None:
    assert not music.accepts(text)


def test_names_may_be_introduced_but_not_referred_to(music: Gbnf) -> None:
    assert music.accepts("from singer select count(*) as n")
    assert not music.accepts("from singer select count(*) as n order by n")


def test_limits_hold() -> None:
    grammar = Gbnf(to_gbnf(write_context_free(MUSIC, GrammarLimits(frozenset(("count",)), tables_only=True))))
    assert grammar.accepts("from singer select count(*)")
    assert not grammar.accepts("from singer select avg(age)")
    assert not grammar.accepts("from (from singer select age) select age")


def test_names_with_quotes_blanks_and_other_scripts_are_written_so_that_they_are_read() -> None:
    schema = Schema("odd", (Table('a "b" \\ c', (Column("größe"), Column("x\ty"), Column("select"))),))
    grammar = Gbnf(to_gbnf(write_context_free(schema)))
    start = recogniser(schema).start()
    for column in ("größe", '"x\ty"', '"select"'):
        written = f'from "a ""b"" \\ c" select {column}'
        state = start
        for byte in written.encode():
            found = state.step(byte)
            assert found is not None, written
            state = found
        assert grammar.accepts(written)


@pytest.mark.parametrize("dialect", ["sqlite", "postgres", "mysql", "duckdb"])
def test_every_dialect_has_its_own_functions(dialect: str) -> None:
    schema = Schema("one", (Table("t", (Column("d"),)),), dialect=dialect)
    text = to_gbnf(write_context_free(schema))
    assert ('"strftime("' in text) == (dialect in ("sqlite", "duckdb"))
    assert Gbnf(text).accepts("from t select count(*) where d is not null")


def test_gold_of_spider_is_accepted_where_the_recogniser_accepts_it(spider: Path) -> None:
    catalog = Catalog(None, spider / "tables.json")
    rows = json.loads((spider / "dev.json").read_text())
    grammars: dict[str, Gbnf] = {}
    compared = 0
    for row in random.Random(5).sample(rows, SAMPLE):
        schema = catalog.schema(row["db_id"])
        written = find_form(row["query"], "from-first", schema)
        state = after(written.text, schema)
        if written.form == "from-first" and state is not None and state.complete:
            grammar = grammars.get(row["db_id"]) or Gbnf(to_gbnf(write_context_free(schema)))
            grammars[row["db_id"]] = grammar
            assert grammar.accepts(written.text), written.text
            compared += 1
    assert compared > 0.9 * SAMPLE
