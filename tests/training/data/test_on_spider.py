"""Rows of real Spider, searched for leaks by code of this test's own."""

from __future__ import annotations

import random
import re
import sqlite3
from pathlib import Path

import pytest

from nshot.data import Catalog, read_pool
from nshot.prompting import PromptConfig, answer_form
from nshot.retrieval import IndexConfig, build_index
from nshot.sql import read_form
from nshot.training.data import RowMaker
from nshot.training.data.renaming.renaming import Lexicon, Renaming
from nshot.types import Question, Schema

from .conftest import contexts, keyword, shots

STEP = 25


def plain(text: str) -> str:
    return re.sub(r"\s+", "", text.lower()).rstrip(";.?!")


@pytest.mark.spider
def test_rows_of_spider_show_nothing_of_their_own_database_question_or_answer(
    spider: Path, tmp_path: Path
) -> None:
    catalog = Catalog(spider)
    pool = read_pool(spider / "train_spider.json").examples[::STEP]
    build_index(tmp_path / "index", pool, catalog, IndexConfig("allow", encoder="none"))
    config = keyword(
        shots=shots(0, 1, 3, 5),
        contexts=contexts("full", "gold", "gold+distractors", "relevant"),
        prompt=PromptConfig(show_values=True, form="from-first"),
    )
    questions = [Question(one.question, one.db_id, one.id, one.sql) for one in pool]
    made = RowMaker(catalog, config, index=tmp_path / "index").make(questions)
    by_id = {one.id: one for one in pool}
    assert len(made.rows) == len(pool)
    assert sum(row.form == "from-first" for row in made.rows) > 0.98 * len(pool)
    for row in made.rows:
        own = by_id[row.id]
        assert plain(own.sql) not in plain(row.prompt)
        assert plain(row.response) not in plain(row.prompt)
        for shown in (by_id[id_] for id_ in row.demonstrations):
            assert shown.db_id != own.db_id
            assert plain(shown.question) != plain(own.question)
    assert any("\nvalues: " in row.prompt for row in made.rows)


@pytest.mark.spider
def test_renamed_answers_of_spider_compile_in_their_renamed_databases(spider: Path) -> None:
    catalog = Catalog(spider)
    pool = read_pool(spider / "train_spider.json").examples
    names = sorted({one.db_id for one in pool})
    lexicon = Lexicon.of(map(catalog.schema, names))
    drawn = {name: Renaming.draw(catalog.schema(name), lexicon, random.Random(name)) for name in names}
    databases = {name: empty(renaming.schema) for name, renaming in drawn.items()}
    renamed = 0
    for one in pool[::4]:
        response, form = answer_form(one.sql, "from-first", catalog.schema(one.db_id))
        new = drawn[one.db_id].row(one.question, response, ()) if form == "from-first" else None
        if new is not None and new.response != response:
            renamed += 1
            sql = read_form(new.response, drawn[one.db_id].schema)
            databases[one.db_id].execute(f"EXPLAIN {sql}")
    for database in databases.values():
        database.close()
    assert renamed > 500


def empty(schema: Schema) -> sqlite3.Connection:
    """A database of the schema without rows."""
    found = sqlite3.connect(":memory:")
    for table in schema.tables:
        columns = ", ".join(f'"{column.name}"' for column in table.columns)
        if not table.name.startswith("sqlite_"):
            found.execute(f'CREATE TABLE "{table.name}" ({columns})')
    return found
