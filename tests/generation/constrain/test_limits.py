from __future__ import annotations

from dataclasses import replace

import pytest

from nshot.generation.constrain import FUNCTIONS, GrammarLimits, recogniser
from nshot.types import Column, ForeignKey, Schema, Table

SIMPLE = GrammarLimits(frozenset(("count", "max")))
KEYS = GrammarLimits(joins_by_keys=True)
CITY = Schema(
    "city",
    (
        Table("person", (Column("id", "int"), Column("boss", "int"), Column("town", "text"))),
        Table("lives", (Column("person_id", "int"), Column("house_id", "int"))),
        Table("house", (Column("id", "int"), Column("town", "text"))),
        Table("weather", (Column("town", "text"), Column("rain", "real"))),
        Table("tram", (Column("id", "int"), Column("town", "text"))),
        Table("stop", (Column("tram_id", "int"),)),
    ),
    (
        ForeignKey("lives", ("person_id",), "person", ("id",)),
        ForeignKey("lives", ("house_id",), "house", ("id",)),
        ForeignKey("stop", ("tram_id",), "tram", ("id",)),
    ),
)


def accepted(text: str, limits: GrammarLimits) -> bool:
    state = recogniser(CITY, limits).start().advance(text.encode())
    return state is not None and state.complete


@pytest.mark.parametrize(
    ("text", "simple"),
    [
        ("from person select count(*)", True),
        ("from person select count(distinct town), max(id)", True),
        ("from person select min(id)", False),
        ("from person select town where id = (from person select max(id))", True),
        ("from person select length(town)", False),
        ("from weather select strftime('%Y', town)", False),
        ("from weather select cast(rain as int)", False),
        ("from weather select town where max(rain, 1) > 0", False),
        ("from person select row_number() over (order by id)", False),
        ("from person select case when id > 1 then 2 else 3 end", True),
    ],
)
def test_only_listed_functions_are_called(text: str, simple: bool) -> None:
    assert accepted(text, SIMPLE) is simple
    assert accepted(text, GrammarLimits())


@pytest.mark.parametrize(
    ("text", "by_keys"),
    [
        ("from person join lives select person.town", True),
        ("from person join lives join house select house.town", True),
        ("from person join house on person.town = house.town select house.id", False),
        ("from person, house select house.id where person.town = house.town", False),
        ("from person join lives on person.boss = lives.person_id select lives.house_id", True),
        ("from person as t1 join person as t2 on t1.boss = t2.id select t2.town", True),
        ("from person join weather on person.town = weather.town select weather.rain", True),
        ("from person join tram on person.town = tram.town select tram.id", True),
        ("from person join tram on person.town = tram.town join stop select stop.tram_id", True),
        ("from person select id where id in (from house select id)", True),
    ],
)
def test_tables_that_keys_connect_are_joined_from_key_to_key(text: str, by_keys: bool) -> None:
    assert accepted(text, KEYS) is by_keys
    assert accepted(text, GrammarLimits())


@pytest.mark.parametrize(
    ("text", "tables"),
    [
        ("from person select id where id in (from house select id)", True),
        ("from (from person select id) select id", False),
        ("from person join (from house select id) as t1 on person.id = t1.id select t1.id", False),
        ("with x as (from person select id) from x select id", True),
    ],
)
def test_from_may_name_tables_alone(text: str, tables: bool) -> None:
    assert accepted(text, GrammarLimits(tables_only=True)) is tables
    assert accepted(text, GrammarLimits())


def nested(depth: int, opening: str, inmost: str) -> str:
    return opening * depth + inmost


def test_sub_queries_do_not_open_without_end() -> None:
    start = recogniser(CITY).start()
    value = "from person select id where id in ("
    for opening, most in (("from (", 2), (value, 5)):
        assert start.advance(nested(most, opening, "from person select id)").encode())
        assert start.advance(nested(most + 1, opening, "from").encode()) is None
    mixed = start.advance(nested(2, "from (", nested(3, value, "from person select ")).encode())
    assert mixed is not None
    assert mixed.advance(b"id where id in (1") is not None
    assert mixed.advance(b"id where id in (from") is None


@pytest.mark.parametrize("how", [" join ", " left join ", ", "])
def test_a_table_is_not_joined_with_itself_without_end(how: str) -> None:
    """A small model in want of another table wrote `from track join track as t1 join track ...`."""
    on = "" if how == ", " else " on t{0}.id = person.id"
    text = "from person" + "".join(f"{how}person as t{at}{on.format(at)}" for at in range(1, 4))
    start = recogniser(CITY).start()
    assert start.advance(f"{text}{how}house as t4".encode()) is not None
    assert start.advance(f"{text}{how}person as t4".encode()) is None
    one = replace(CITY, tables=CITY.tables[:1], foreign_keys=())
    alone = recogniser(one, GrammarLimits(tables_only=True)).start()
    assert alone.advance(text.encode()) is not None
    assert alone.advance((text + how).encode()) is None


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_name_that_may_be_listed_is_a_function_of_a_dialect(name: str) -> None:
    """Also where the list holds no other."""
    schemas = [replace(CITY, dialect=one) for one in ("sqlite", "postgres", "duckdb", "mysql")]
    text = f"from person select {name}(".encode()
    for limits in (GrammarLimits(), GrammarLimits(frozenset((name,)))):
        assert any(recogniser(schema, limits).start().advance(text) for schema in schemas)


def test_limits_of_one_schema_do_not_mix() -> None:
    text = "from person select length(town)"
    assert [accepted(text, limits) for limits in (GrammarLimits(), SIMPLE, GrammarLimits(), SIMPLE)] == [
        True, False, True, False,
    ]  # fmt: skip


def test_a_bracket_that_opens_can_be_finished() -> None:
    """However deep a model goes: behind the last bracket that is allowed there is a way to the
    end."""
    state, opened = recogniser(CITY).start().advance(b"from person select id where id = "), 0
    assert state is not None
    while (further := state.advance(b"(")) is not None:
        state, opened = further, opened + 1
    assert opened > 5
    rest = state.advance(b"3" + b")" * opened)
    assert rest is not None
    assert rest.complete
    assert (
        state.advance(b"from") is None or state.advance(b"from person select id" + b")" * opened) is not None
    )
