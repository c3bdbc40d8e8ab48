"""Spider's gold in the form from-first is accepted; the same with a wrong name is not."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from nshot.data import Catalog
from nshot.sql.forms import find_form, form_name
from nshot.types import Schema

from .conftest import after

SAMPLE = 200
INCIDENTAL = 0.01
"""Share that may be refused: gold with an ON that names a later table, or with LIMIT before
INTERSECT.
"""


@pytest.fixture(scope="module")
def gold(spider: Path) -> list[tuple[Schema, str]]:
    """Schemas and from-first texts of a sample of train and dev."""
    catalog = Catalog(None, spider / "tables.json")
    names = ("train_spider", "train_others", "dev")
    rows = [row for name in names for row in json.loads((spider / f"{name}.json").read_text())]
    found = []
    for row in random.Random(8).sample(rows, SAMPLE):
        schema = catalog.schema(row["db_id"])
        written = find_form(row["query"], "from-first", schema)
        if written.form == "from-first":
            found.append((schema, written.text))
    return found


def whole(schema: Schema, text: str) -> bool:
    state = after(text, schema)
    return state is not None and state.complete


def test_gold_is_accepted(gold: list[tuple[Schema, str]]) -> None:
    refused = [text for schema, text in gold if not whole(schema, text)]
    assert len(gold) > 0.9 * SAMPLE
    assert len(refused) <= INCIDENTAL * len(gold), refused


def names(schema: Schema) -> dict[str, list[str]]:
    """Columns by table, as texts spell them."""
    return {
        form_name(table.name, "sqlite"): [form_name(column.name, "sqlite") for column in table.columns]
        for table in schema.tables
    }


def mutants(schema: Schema, text: str, rng: random.Random) -> Iterator[tuple[str, str]]:
    """The same text with one wrong name: what is wrong, and the text."""
    columns = names(schema)
    everywhere = {column for own in columns.values() for column in own}
    prefixed = [
        (match, columns.get(match[1])) for match in re.finditer(r"(?<![\w.'])([a-z]\w*)\.(\w+)", text)
    ]
    for match, own in rng.sample(prefixed, min(len(prefixed), 3)):
        foreign = sorted(everywhere.difference(own or everywhere))
        if foreign:
            wrong = f"{match[1]}.{rng.choice(foreign)}"
            yield "column of another table", text[: match.start()] + wrong + text[match.end() :]
    table = re.match(r"from (\w+)", text)
    if table:
        yield "unknown table", f"from no_such_table{text[table.end() :]}"
    joins = list(re.finditer(r" join (\w+)(?= join| select)", text))
    for match in joins:
        if f"{match[1]}." in text and text.count(f" {match[1]} ") == 1:
            yield "missing join", text[: match.start()] + text[match.end() :]
    if " join " not in text and text.count("from ") == 1 and table and table[1] in columns:
        foreign = sorted(everywhere - set(columns[table[1]]))
        selected = re.search(r" select (?:distinct )?(\w+)", text)
        if foreign and selected and selected[1] in columns[table[1]]:
            wrong = rng.choice(foreign)
            yield "column of another table", text[: selected.start(1)] + wrong + text[selected.end(1) :]


def test_a_wrong_name_is_refused(gold: list[tuple[Schema, str]]) -> None:
    rng, made, accepted = random.Random(9), dict[str, int](), []
    for schema, text in gold:
        for kind, mutant in mutants(schema, text, rng):
            made[kind] = made.get(kind, 0) + 1
            if whole(schema, mutant):
                accepted.append((schema.db_id, kind, mutant))
    assert accepted == []
    assert min(made.values()) > 10
    assert len(made) == 3


def test_a_gold_text_may_be_cut_anywhere(gold: list[tuple[Schema, str]]) -> None:
    rng = random.Random(10)
    for schema, text in rng.sample(gold, 60):
        if whole(schema, text):
            assert after(text[: rng.randrange(len(text))], schema) is not None
