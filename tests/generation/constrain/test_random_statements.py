"""What the recogniser lets pass is SQL that SQLite runs: random statements over the sample's
databases.
"""

from __future__ import annotations

import random
import re
import string
from collections.abc import Iterator, Sequence
from dataclasses import replace

import pytest

from nshot.data import Catalog
from nshot.databases import execute
from nshot.errors import SqlError, SqlTimeoutError, SqlTooLargeError
from nshot.generation.constrain import GrammarLimits, RecogniserState, recogniser
from nshot.sql import read_form
from nshot.sql.forms import form_name
from nshot.types import Schema

WORDS = """
from select select select where where group by having order limit join left cross on as t1 t2 t3 t4 distinct
and or not in is null like between exists union intersect except desc
count( sum( avg( min( max( round( upper( case when then else
end over partition rank( ( ) ) ) , , * = < != + 'a' '%b' 3 10 n
"""
CLOSING = [b" )", b" end", b" select", b" then", b" 3", b" null", b" as", b" t1", b" t2", b" t3"]
RUNTIME = re.compile(r"term out of range|argument of ntile")
"""What depends on numbers, which the recogniser does not read."""
LETTERS = string.ascii_lowercase.encode() + b"  ((,.1'"
"""Bytes that lead far: into functions, brackets and joins."""
LIMITED = GrammarLimits(
    frozenset(("count", "sum", "avg", "min", "max")), joins_by_keys=True, tables_only=True
)
JOINS = [b"cross join ", b"join ", b"as ", b"on ", b"1 ", b"t1 ", b"t2 ", b"t3 ", b"t4 ", b"left join "]
NESTS = [
    b"(",
    b"case ",
    b"when ",
    b"exists ",
    b"not ",
    b"in ",
    b"over ",
    b"between ",
    b"abs(",
    b"max(",
    b"1 ",
]


def pieces(schema: Schema) -> list[bytes]:
    names = [form_name(table.name, "sqlite") for table in schema.tables]
    for table in schema.tables:
        columns = [form_name(column.name, "sqlite") for column in table.columns]
        names += columns
        names += [f"{prefix}.{column}" for prefix in (names[0], "t1", "t2") for column in columns]
        names += [f"{form_name(table.name, 'sqlite')}.{column}" for column in columns]
    return [f" {piece}".encode() for piece in (*WORDS.split(), *names)]


def statement(schema: Schema, rng: random.Random, longest: int = 15) -> str | None:
    """A random statement of allowed words; None if these words lead to no end."""
    state: RecogniserState = recogniser(schema).start()
    known, text = pieces(schema), b""
    for step in range(6 * longest):
        if state.complete and rng.random() < (0.3 if step < longest else 1.0):
            return text.decode()
        late = CLOSING if step > longest and rng.random() < 0.9 else []
        order = [*late, *rng.sample(known, len(known))]
        ways = ((piece, further) for piece in order if (further := state.advance(piece)) is not None)
        piece, further = next(ways, (b"", None))
        if further is None:
            return None
        state, text = further, text + piece
    return None


def statements(schemas: Sequence[Schema], count: int) -> Iterator[tuple[Schema, str]]:
    rng = random.Random(20)
    while count:
        schema = rng.choice(schemas)
        text = statement(schema, rng)
        if text is not None:
            count -= 1
            yield schema, text


def test_random_statements_run() -> None:
    catalog = Catalog.sample()
    schemas = [catalog.schema(name) for name in catalog.ids()]
    failed, ran = [], 0
    for schema, text in statements(schemas, 60):
        database = catalog.path(schema.db_id)
        assert database is not None
        try:
            execute(database, read_form(text, schema), timeout=1)
            ran += 1
        except (SqlTimeoutError, SqlTooLargeError):
            continue
        except SqlError as error:
            if not RUNTIME.search(str(error)):
                failed.append((schema.db_id, text, str(error)))
    assert failed == []
    assert ran > 50


def way_on(state: RecogniserState, rng: random.Random, wanted: Sequence[bytes]) -> bytes | None:
    """Something that may come next, a wanted piece where one may; None for nothing."""
    every = [bytes((byte,)) for byte in range(256)]
    letters = [bytes((byte,)) for byte in rng.sample(LETTERS, len(LETTERS))]
    order = [*rng.sample(wanted, len(wanted)), *letters, *every]
    return next((piece for piece in order if state.advance(piece) is not None), None)


@pytest.mark.parametrize("wanted", [[], JOINS, NESTS], ids=["letters", "joins", "nests"])
@pytest.mark.parametrize("limits", [GrammarLimits(), LIMITED], ids=["any", "limited"])
@pytest.mark.parametrize("dialect", ["sqlite", "postgres"])
def test_whatever_is_begun_can_go_on(dialect: str, limits: GrammarLimits, wanted: list[bytes]) -> None:
    """A text without an end and without a next byte is where a constrained model would be left
    alone.
    """
    schema = replace(Catalog.sample().schema("observatory"), dialect=dialect)
    for seed in range(12):
        rng, text = random.Random(seed), b""
        state: RecogniserState | None = recogniser(schema, limits).start()
        for _ in range(250):
            assert state is not None
            piece = way_on(state, rng, wanted if rng.random() < 0.8 else [])
            if piece is None:
                assert state.complete, text
                break
            state, text = state.advance(piece), text + piece
