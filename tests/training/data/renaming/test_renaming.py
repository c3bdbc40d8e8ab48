from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from nshot.data import Catalog, read_pool
from nshot.generation.constrain import recogniser
from nshot.prompting import PromptConfig, answer_form
from nshot.retrieval import IndexConfig, build_index
from nshot.sql import skeleton
from nshot.training.data import RowMaker
from nshot.training.data.finding import contains
from nshot.training.data.renaming.renaming import Lexicon, Renaming
from nshot.types import CellMatch, Column, ForeignKey, Question, Schema, Table

from ..conftest import contexts, keyword, shots

ZOO = Schema(
    "zoo",
    (
        Table(
            "keepers",
            (Column("keeper_id", "int"), Column("FullName", "text"), Column("homeTown", "text")),
            ("keeper_id",),
        ),
        Table("Visit", (Column("keeper_id", "int"), Column("price", "real"), Column("date", "text"))),
    ),
    (ForeignKey("Visit", ("keeper_id",), "keepers", ("keeper_id",)),),
)
RENAMING = Renaming(
    ZOO,
    ZOO,
    {("keeper",): ("song",), ("home", "town"): ("birth", "place"), ("price",): ("top", "speed")},
)


def test_a_renamed_schema_keeps_its_spelling_types_and_keys() -> None:
    lexicon = Lexicon({"table": (("song",), ("tree",)), "text": (("colour",),), "real": (("speed",),)})
    renaming = next(
        drawn
        for seed in range(99)
        if len((drawn := Renaming.draw(ZOO, lexicon, random.Random(seed))).words) == 4
    )
    keepers, visit = renaming.schema.tables
    table = renaming.words["keeper",][0]
    assert keepers.name == f"{table}s"
    assert keepers.primary_key == (f"{table}_id",)
    assert [column.name for column in visit.columns] == [f"{table}_id", "speed", "date"]
    assert visit.name in ("Song", "Tree")
    assert visit.name != table.capitalize()
    assert [column.type for column in keepers.columns] == ["int", "text", "text"]
    assert renaming.schema.foreign_keys == (
        ForeignKey(visit.name, (f"{table}_id",), keepers.name, (f"{table}_id",)),
    )


def test_question_sql_and_matches_follow() -> None:
    text = "Keepers' home towns of the visits priced 'home town'? Which keeper?"
    start = text.index("home town'")
    match = CellMatch("keepers", "homeTown", "home town", start, start + len("home town"))
    renaming = Renaming.draw(ZOO, Lexicon({}), random.Random(0))
    assert (renaming.schema, renaming.words) == (ZOO, {})
    schema = Schema(
        "zoo",
        (Table("songs", (Column("song_id", "int"), Column("FullName"), Column("birthPlace"))), ZOO.tables[1]),
    )
    row = Renaming(Schema("zoo", (ZOO.tables[0],)), Schema("zoo", schema.tables[:1]), RENAMING.words).row(
        text, "from keepers select hometown where fullname = 'keepers'", [match]
    )
    assert row is not None
    assert row.question == "Songs' birth places of the visits priced 'home town'? Which song?"
    assert row.response == "from songs select birthplace where fullname = 'keepers'"
    (moved,) = row.matches
    assert (moved.table, moved.column, moved.value) == ("songs", "birthPlace", "home town")
    assert row.question[moved.start : moved.end] == "home town"


def test_a_question_that_does_not_say_a_name_of_its_sql_is_not_renamed() -> None:
    schema = Schema(
        "zoo", (Table("songs", (Column("song_id"), Column("FullName"), Column("birthPlace"))), ZOO.tables[1])
    )
    renaming = Renaming(ZOO, schema, RENAMING.words)
    assert renaming.row("Where are keepers from?", "from keepers select hometown", []) is None
    assert renaming.row("How many keepers?", "from keepers select count(*)", []) is not None
    assert renaming.row("How many are there?", "from keepers select count(*)", []) is None


def test_a_clash_is_taken_back() -> None:
    pair = Schema("pair", (Table("left_side", (Column("a"),)), Table("right_side", (Column("b"),))))
    for seed in range(50):
        drawn = Renaming.draw(pair, Lexicon({"table": (("cat",), ("dog",))}), random.Random(seed)).schema
        names = [table.name for table in drawn.tables]
        assert len(set(names)) == len(names)
    home = Schema("home", (Table("person", (Column("HomeTown"), Column("Birthplace"))),))
    drawn_all = [
        Renaming.draw(home, Lexicon({"text": (("birth", "place"),)}), random.Random(seed))
        for seed in range(50)
    ]
    assert any(not renaming.words for renaming in drawn_all)
    for renaming in drawn_all:
        names = [column.name.lower() for column in renaming.schema.tables[0].columns]
        assert len(set(names)) == len(names)


def test_a_table_and_a_column_of_one_name_stay_one_name() -> None:
    """In SQL `School` is `school`, so both have one new name."""
    pair = Schema("pair", (Table("school", (Column("id"), Column("School", "text"))),))
    lexicon = Lexicon({"table": (("has", "amenity"),), "text": (("has", "amenity"),)})
    drawn = [Renaming.draw(pair, lexicon, random.Random(seed)) for seed in range(20)]
    assert any(renaming.words for renaming in drawn)
    for renaming in drawn:
        (table,) = renaming.schema.tables
        if renaming.words:
            row = renaming.row("Which schools are there?", "from school select school.school", [])
            assert row is not None
            assert row.response == f"from {table.name} select {table.name}.{table.columns[1].name.lower()}"


def test_words_that_no_name_in_sql_has_are_left_alone() -> None:
    """Spider's tables.json calls `apt_number` the apartment number: SQL cannot say apartment."""
    flats = Schema(
        "flats", (Table("apts", (Column("apt_number", "text", natural_name="apartment number"),)),)
    )
    lexicon = Lexicon({"text": (("creation",),), "table": (("creation",),)})
    for seed in range(50):
        words = Renaming.draw(flats, lexicon, random.Random(seed)).words
        assert ("apartment", "number") not in words


def test_a_hint_is_renamed_with_its_question() -> None:
    schema = Schema(
        "zoo", (Table("songs", (Column("song_id"), Column("FullName"), Column("birthPlace"))), ZOO.tables[1])
    )
    renaming = Renaming(ZOO, schema, RENAMING.words)
    row = renaming.row("How many?", "from keepers select count(*)", [], "one means a keeper of keepers")
    assert row is not None
    assert (row.question, row.evidence) == ("How many?", "one means a song of songs")
    hint = "where means keepers.homeTown"
    assert renaming.row("Where are keepers?", "from keepers select hometown", [], hint) is None


def test_names_to_exchange_for_are_words() -> None:
    words = ("status", "courses", "teaches", "classes", "boxes", "cities", "addresses", "singers", "analysis")
    schema = Schema("x", (Table("t", tuple(Column(word, "text") for word in words)),))
    assert [name[0] for name in Lexicon.of([schema]).names["text"]] == [
        "status", "course", "teach", "class", "box", "city", "address", "singer", "analysis",
    ]  # fmt: skip


def test_rows_of_a_renamed_database_are_valid_in_it(catalog: Catalog, questions: list[Question]) -> None:
    config = keyword(contexts=contexts("renamed"), prompt=PromptConfig(form="from-first", show_values=True))
    rows = RowMaker(catalog, config).make(questions, seed=3).rows
    counts = Counter(row.context for row in rows)
    assert counts["renamed"] > len(rows) / 4
    assert set(counts) <= {"renamed", "shuffled"}
    check(catalog, config, questions, rows)


def check(catalog: Catalog, config: object, questions: list[Question], rows: object) -> None:
    """Under the new names the SQL is valid and has the structure that it had; one prefix for a
    database.
    """
    plain = RowMaker(catalog, keyword(prompt=PromptConfig(form="from-first"))).make(questions).rows
    before = {row.id: row.response for row in plain}
    heads: dict[tuple[str, str], str] = {}
    changed = 0
    for row in rows:  # type: ignore[attr-defined]
        head = row.prompt.split("\n\n")[0]
        assert heads.setdefault((row.db_id, row.context), head) == head
        assert skeleton(row.response) == skeleton(before[row.id])
        if row.context == "renamed" and row.form == "from-first":
            schema = read_back(head, row.db_id)
            state = recogniser(schema).start().advance(row.response.encode())
            assert state is not None, (row.response, head)
            assert state.complete
            changed += row.response != before[row.id]
    assert changed > 5


def read_back(head: str, db_id: str) -> Schema:
    """The schema that a prompt shows."""
    tables, keys = [], []
    for line in head.split("\n"):
        if line.endswith(")") and " = " not in line:
            name, _, columns = line[:-1].partition("(")
            parts = [one.rpartition(" ") for one in columns.split(", ") if one]
            own = (Column(own, kind) if own else Column(kind) for own, _, kind in parts)
            tables.append(Table(name, tuple(own)))
        elif " = " in line:
            sides = [side.split(".") for side in line.split(" = ")]
            keys.append(ForeignKey(sides[0][0], (sides[0][1],), sides[1][0], (sides[1][1],)))
    return Schema(db_id, tuple(tables), tuple(keys))


@pytest.mark.parametrize("seed", [0, 1])
def test_the_same_seed_renames_alike(catalog: Catalog, questions: list[Question], seed: int) -> None:
    config = keyword(contexts=contexts("renamed"), prompt=PromptConfig(form="from-first"))
    first, again = (RowMaker(catalog, config).make(questions, seed).rows for _ in range(2))
    other = RowMaker(catalog, config).make(questions, seed + 2).rows
    assert first == again
    assert [row.prompt for row in first] != [row.prompt for row in other]


def test_no_example_holds_the_answer_under_its_new_names(catalog: Catalog, tmp_path: Path) -> None:
    """New names come from the databases that examples come from: a count is soon that of an
    example.
    """
    model = read_pool("sample").examples[0]
    solved = {
        f"{db_id}.{table.name}": replace(
            model,
            id=f"{db_id}.{table.name}",
            db_id=db_id,
            question=f"How many entries of {table.name.replace('_', ' ')} are there?",
            sql=f"SELECT count(*) FROM {table.name}",
        )
        for db_id in catalog.ids()
        for table in catalog.schema(db_id).tables
    }
    build_index(tmp_path / "counts", list(solved.values()), catalog, IndexConfig(encoder="none"))
    questions = [Question(one.question, one.db_id, one.id, one.sql) for one in solved.values()]
    form = PromptConfig(form="from-first")
    config = keyword(shots=shots(5), contexts=contexts("renamed"), prompt=form, repeats=3)
    made = RowMaker(catalog, config, index=tmp_path / "counts").make(questions)
    assert made.contained > 0
    for row in made.rows:
        for name in row.demonstrations:
            shown, _ = answer_form(solved[name].sql, "from-first", catalog.schema(solved[name].db_id))
            assert not contains(shown, row.response), (row.id, shown)
    assert sum(bool(row.demonstrations) for row in made.rows if row.context == "renamed") > 50
