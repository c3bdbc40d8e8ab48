"""The statements are in fixtures/accepted.txt and fixtures/refused.txt."""

from __future__ import annotations

import random
import sys

import pytest

from nshot.generation.constrain import Recogniser, RecogniserState, recogniser
from nshot.types import Column, Schema, Table

from .conftest import MUSIC, after, lines

ACCEPTED = lines("accepted.txt")


@pytest.mark.parametrize("text", ACCEPTED)
def test_a_statement_is_accepted_to_its_end(text: str) -> None:
    state = after(text)
    assert state is not None
    assert state.complete


@pytest.mark.parametrize("line", lines("refused.txt"))
def test_what_cannot_become_a_statement_is_refused_at_once(line: str) -> None:
    viable, _, rest = line.partition("⟂")
    assert after(viable) is not None
    assert after(viable + rest[0]) is None


def test_the_cut_into_pieces_makes_no_difference() -> None:
    rng = random.Random(4)
    for text in ACCEPTED:
        data, state = text.encode(), Recogniser(MUSIC).start()
        while data:
            size = rng.randint(1, 9)
            further = state.advance(data[:size])
            assert further is not None
            state, data = further, data[size:]
        assert state.complete


def test_a_state_is_not_changed_by_what_follows() -> None:
    state = after("from singer select name where age > ")
    assert state is not None
    ways = [state.advance(piece) for piece in (b"3", b"(from", b"song", b"'x", b"3")]
    assert ways[0] is ways[4]
    assert ways[2] is None
    assert [way is not None and way.complete for way in ways] == [True, False, False, False, True]


@pytest.mark.parametrize("part", ["from singer", "from singer select", "from singer select name where age"])
def test_a_part_of_a_statement_is_not_complete(part: str) -> None:
    state = after(part)
    assert state is not None
    assert not state.complete


def test_names_of_other_scripts_may_be_cut_within_a_character() -> None:
    schema = Schema("s", (Table("größe", (Column("höhe"), Column("名前 2"))),))
    for text in ("from größe select höhe", "from größe select \"名前 2\" where höhe = 'é'"):
        state = after(text, schema)
        assert state is not None
        assert state.complete
    assert after("from größe select h\u0151he", schema) is None


@pytest.mark.parametrize(
    ("data", "viable"),
    [
        (b"'\xe0\xa4\xb9 \xf0\x9f\x8e\xb5\xc2\xa0'", True),
        (b"'\xe0\xa4", True),
        (b"'\xe0\x80", False),
        (b"'\xa4", False),
        (b"'\xc3'", False),
        (b"'\n", False),
        (b"'a\x00", False),
    ],
)
def test_a_string_is_printable_text(data: bytes, viable: bool) -> None:
    state = recogniser(MUSIC).start().advance(b"from singer select name where name = " + data)
    assert (state is not None) == viable


def test_new_names_are_short_and_not_reserved() -> None:
    assert after("from singer select age as n" + "o" * 62) is not None
    assert after("from singer select age as n" + "o" * 63) is None
    for name, viable in (("order", False), ("orders", True), ('"Total Age"', True), ("Total", False)):
        assert (after(f"from singer select age as {name} where") is not None) == viable
    assert after('from singer select age as "Total Age" order by "Total Age" desc') is not None


def test_reserved_words_and_capitals_are_names_in_quotes() -> None:
    schema = Schema("s", (Table("Order", (Column("Group"), Column("id"))),), dialect="postgres")
    assert after('from "Order" select "Group", id where "Group" ilike \'a%\'', schema) is not None
    assert after('from "Order" select group', schema) is None
    assert after("from order", schema) is None


def test_each_dialect_has_its_own_functions() -> None:
    tables = (Table("t", (Column("a"),)),)
    postgres, sqlite = Schema("s", tables, dialect="postgres"), Schema("s", tables)
    assert after("from t select extract(year from a), date_trunc('month', a)", postgres) is not None
    assert after("from t select ext", sqlite) is None
    assert after("from t select iif(a = 1, 'x', 'y')", sqlite) is not None
    assert after("from t select ii", postgres) is None
    duckdb, mysql = Schema("s", tables, dialect="duckdb"), Schema("s", tables, dialect="mysql")
    assert after("from t select arg_max(a, a), date_diff('day', a, a) where a ilike 'x'", duckdb) is not None
    assert after("from t select date_format(a, '%Y') where a regexp 'x'", mysql) is not None
    assert after("from t select a where a ili", mysql) is None


def test_a_schema_has_one_recogniser() -> None:
    assert recogniser(MUSIC) is recogniser(MUSIC)


def test_a_full_memory_is_emptied_and_old_states_stay_valid(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules[Recogniser.__module__], "_MOST_NODES", 10)
    reader = Recogniser(MUSIC)
    first = reader.start().advance(b"from singer select name, age, country where ")
    assert first is not None
    again: RecogniserState | None = reader.start()
    for state in (first, again and again.advance(b"from singer select name, age, country where ")):
        further = state and state.advance(b"age = 3")
        assert further is not None
        assert further.complete


@pytest.mark.parametrize("opening", ["max(", "abs(", "coalesce(abs("])
def test_brackets_without_end_are_refused_before_they_cost_anything(opening: str) -> None:
    start = "from singer select name where "
    assert after(start + 4 * opening) is not None
    assert after(start + 60 * opening) is None
