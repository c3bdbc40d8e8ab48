from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nshot.prompting import compact, relevant
from nshot.prompting.linking.relevant import part, relevant_within, units
from nshot.prompting.serialize.links import Links
from nshot.types import CellMatch, Column, ForeignKey, Schema, Table


def table(name: str, *names: str, key: str = "") -> Table:
    return Table(name, tuple(Column(one, "text") for one in names), (key,) if key else ())


MUSIC = Schema(
    "music",
    (
        table("stadium", "stadium_id", "location", "capacity", key="stadium_id"),
        table("singer", "singer_id", "country", "songName", key="singer_id"),
        table("concert", "concert_id", "theme", "stadium_id", key="concert_id"),
        table("singer_in_concert", "concert_id", "singer_id"),
        table("staff", "name", "salary"),
    ),
    (
        ForeignKey("concert", ("stadium_id",), "stadium", ("stadium_id",)),
        ForeignKey("singer_in_concert", ("concert_id",), "concert", ("concert_id",)),
        ForeignKey("singer_in_concert", ("singer_id",), "singer", ("singer_id",)),
    ),
)


def names(schema: Schema) -> list[str]:
    return [table.name for table in schema.tables]


def test_tables_named_in_the_question_are_kept() -> None:
    assert names(relevant(MUSIC, "What is the salary of the staff?", max_tables=1)) == ["staff"]


def test_names_are_found_in_other_forms() -> None:
    assert names(relevant(MUSIC, "List all song names and countries", max_tables=1)) == ["singer"]


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ("ग्राहकों की संख्या", "ग्राहक"),
        ("Сколько клиентов у нас?", "клиенты"),
        ("müşterilerin sayısı", "müşteri"),
        ("Combien de régions?", "région"),
    ],
)
def test_names_beyond_ascii_are_found_with_other_endings(question: str, found: str) -> None:
    others = [table(one, "id") for one in ("заказы", "ürün", "département", "उत्पाद")]
    assert names(relevant(Schema("s", (*others, table(found, "id"))), question, max_tables=1)) == [found]


def test_a_cell_value_speaks_for_its_table() -> None:
    match = CellMatch("staff", "name", "Ada", 4, 7)
    assert names(relevant(MUSIC, "Who Ada knows", [match], max_tables=1)) == ["staff"]


def test_natural_names_count() -> None:
    odd = MUSIC.tables[4]._replace(columns=(Column("a2", "text", "monthly income"),))
    schema = Schema("d", (*MUSIC.tables[:4], odd), MUSIC.foreign_keys)
    assert names(relevant(schema, "Which income is highest?", max_tables=1)) == ["staff"]


def test_the_tables_between_two_chosen_ones_are_kept() -> None:
    kept = relevant(MUSIC, "Which singer sang in which stadium location?", max_tables=4)
    assert names(kept) == ["stadium", "singer", "concert", "singer_in_concert"]
    assert kept.foreign_keys == MUSIC.foreign_keys


def test_a_limit_on_columns_keeps_the_keys_and_the_columns_spoken_of() -> None:
    kept = relevant(MUSIC, "country of each singer", max_tables=1, max_columns=1)
    assert [column.name for column in kept.tables[0].columns] == ["singer_id", "country"]


def test_limits_beyond_the_schema_keep_it_whole() -> None:
    assert relevant(MUSIC, "anything", max_tables=99, max_columns=99) == MUSIC


@given(st.text(), st.integers(1, 6))
def test_any_question_gives_a_part_that_is_stable_and_nested(question: str, limit: int) -> None:
    kept = relevant(MUSIC, question, max_tables=limit)
    assert kept == relevant(MUSIC, question, max_tables=limit)
    assert len(kept.tables) == min(limit, 5)
    assert set(names(kept)) <= set(names(relevant(MUSIC, question, max_tables=limit + 1)))
    assert names(kept) == [name for name in names(MUSIC) if name in names(kept)]


@given(st.text())
def test_the_pieces_of_a_schema_make_it_whole(question: str) -> None:
    pieces = units(MUSIC, question)
    assert part(MUSIC, pieces) == MUSIC
    assert len({(unit.table, column) for unit in pieces for column in unit.columns}) == sum(
        len(unit.columns) for unit in pieces
    )


def test_a_schema_that_is_short_enough_is_whole() -> None:
    kept = relevant_within(MUSIC, "What is the salary?", (), count=characters, max_tokens=10_000)
    assert kept is MUSIC


def test_a_budget_keeps_the_most_relevant_tables() -> None:
    kept = relevant_within(MUSIC, "What is the salary of the staff?", (), count=characters, max_tokens=30)
    assert names(kept) == ["staff"]


def test_no_budget_drops_a_table_that_is_named_or_holds_a_value() -> None:
    match = CellMatch("stadium", "location", "Ayr", 0, 3)
    kept = relevant_within(MUSIC, "Ayr saw which singer?", [match], count=characters, max_tokens=1)
    assert names(kept) == ["stadium", "singer", "concert", "singer_in_concert"]


def test_a_value_that_many_tables_hold_keeps_none_of_them() -> None:
    matches = [CellMatch(table.name, table.columns[0].name, "Ayr", 0, 3) for table in MUSIC.tables]
    assert len(names(relevant_within(MUSIC, "Ayr?", matches, count=characters, max_tokens=1))) == 1


def characters(schema: Schema) -> int:
    return len(compact(schema))


def test_kept_tables_come_before_those_of_the_question() -> None:
    schema = Schema("d", tuple(Table(name, (Column("id"),)) for name in ("singer", "song", "stadium")))
    found = [table.name for table in relevant(schema, "songs", max_tables=1).tables]
    kept = [table.name for table in relevant(schema, "songs", max_tables=1, keep=("Stadium",)).tables]
    assert (found, kept) == (["song"], ["stadium"])
    assert units(schema, "songs", keep=("stadium",))[0].table == 2
    assert relevant(schema, "songs", max_tables=3, keep=("stadium",)) == schema
    within = relevant_within(schema, "songs", (), count=characters, max_tokens=1, keep=("stadium",))
    assert names(within)[0] == "song"
    assert "stadium" in names(within)


def test_of_thousands_of_tables_only_the_chosen_ones_are_walked_from(monkeypatch: pytest.MonkeyPatch) -> None:
    names = [f"t{number}" for number in range(3_000)]
    tables = tuple(Table(name, (Column("id"), Column("other"))) for name in names)
    keys = tuple(ForeignKey(one, ("other",), other, ("id",)) for one, other in pairwise(names))
    reached: list[int] = []
    spread = Links.spread

    def counted(self: Links, steps: dict[int, int], start: int, most: int) -> list[int]:
        found = spread(self, steps, start, most)
        reached.extend(found)
        return found

    monkeypatch.setattr(Links, "spread", counted)
    found = relevant(Schema("big", tables, keys), "what is in t17?", max_tables=3)
    assert [table.name for table in found.tables] == ["t15", "t16", "t17"]
    assert len(reached) < 100
