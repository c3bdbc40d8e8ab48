"""The leakage report on written rows, by code that does not share anything with the code that made
them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import NamedTuple

from nshot.data import Catalog
from nshot.sql import normalise
from nshot.training.data.holdout import NOTHING_HELD_OUT, HeldOutPart
from nshot.training.data.row import SftRow
from nshot.types import Example


class Leaks(NamedTuple):
    """Numbers of rows with a leak; all of them should be 0."""

    rows: int
    """Rows checked."""
    same_database: int
    """Rows with a demonstration of their own database."""
    same_sql: int
    """Rows with a demonstration whose normalised SQL equals their own."""
    same_question: int
    """Rows with a demonstration of the same question text."""
    gold_in_prompt: int
    """Rows whose prompt contains their answer, apart from blanks and letter case."""
    held_out: int
    """Rows with a demonstration of a held-out database, or with the text or SQL of a held-out
    question.
    """
    unknown: int
    """Rows with a demonstration that is not in the index."""


def find_leaks(
    rows: Iterable[SftRow],
    pool: Mapping[str, Example],
    questions: Mapping[str, str],
    catalog: Catalog,
    held_out: HeldOutPart = NOTHING_HELD_OUT,
) -> Leaks:
    """The report on rows that were read from their files.

    Args:
        rows: Rows, with the ids of their demonstrations.
        pool: The examples of the index by id.
        questions: Texts of the rows' questions by id.
        catalog: Schemas, with which SQL is normalised, too.
        held_out: Databases and questions that no row may show.
    """
    schemas = _Schemas(catalog)
    hidden = {_plain(one.text) for one in held_out.questions}
    hidden |= {key for one in held_out.questions for key in schemas.keys(one.sql or "", one.db_id)}
    counts = [0] * len(Leaks._fields)
    for row in rows:
        shown = [pool[id_] for id_ in row.demonstrations if id_ in pool]
        own = schemas.keys(row.sql, row.db_id)
        prompt = _plain(row.prompt)
        found = (
            True,
            any(one.db_id == row.db_id for one in shown),
            any(own & schemas.keys(one.sql, one.db_id) for one in shown),
            any(_plain(one.question) == _plain(questions[row.id]) for one in shown),
            _plain(row.response) in prompt or _plain(row.sql) in prompt,
            any(
                one.db_id in held_out.databases
                or _plain(one.question) in hidden
                or not hidden.isdisjoint(schemas.keys(one.sql, one.db_id))
                for one in shown
            ),
            len(shown) < len(row.demonstrations),
        )
        counts = [count + one for count, one in zip(counts, found, strict=True)]
    return Leaks(*counts)


class _Schemas:
    """Normal forms of SQL with and without the schema of its database."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self.keys = lru_cache(maxsize=None)(self._keys)
        self._schema = lru_cache(maxsize=None)(catalog.find_schema)

    def _keys(self, sql: str, db_id: str) -> frozenset[str]:
        return frozenset((normalise(sql), normalise(sql, self._schema(db_id))))


def _plain(text: str) -> str:
    return "".join(text.casefold().split())
