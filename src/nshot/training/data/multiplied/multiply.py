"""Makes further questions of solved ones, by rules drawn at random; each SQL is run."""

from __future__ import annotations

import random
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from nshot.databases import execute
from nshot.errors import DataError, SqlError
from nshot.retrieval import question_key
from nshot.sql import normalise
from nshot.training.data.multiplied.clauses import CLAUSE_RULES, Variant
from nshot.training.data.multiplied.values import SECONDS, ValueExchange
from nshot.types import Question

if TYPE_CHECKING:
    from nshot.data import Catalog

TRIES: Final = 3
"""Draws of other values for each question that is wanted."""


def multiply_questions(
    questions: Sequence[Question],
    catalog: Catalog,
    most: int,
    *,
    seed: int = 0,
    without: Collection[Question] = (),
) -> list[Question]:
    """Up to `most` further questions of each question, all different.

    Args:
        questions: With SQL and ids.
        catalog: Their databases; of those without a file nothing is made.
        most: Further questions of one question, at most.
        seed: Of the draws.
        without: Questions whose text and SQL are never made, such as those that are held out.

    Returns:
        Questions that find rows, with ids such as `q1+2`, in the order of `questions`.
    """
    seen = {(one.db_id, question_key(one.text)) for one in without}
    keys = {(one.db_id, normalise(one.sql or "", catalog.schema(one.db_id))) for one in without}
    exchanges: dict[str, ValueExchange] = {}
    found = []
    for question in questions:
        source, schema = catalog.path(question.db_id), catalog.schema(question.db_id)
        if source is None:
            continue
        exchange = exchanges.setdefault(question.db_id, ValueExchange(source))
        made = 0
        for one in _draw(question, catalog, exchange, most, seed):
            if made == most:
                break
            text = question.db_id, question_key(one.question)
            key = question.db_id, normalise(one.sql, schema)
            if text in seen or key in keys or not _finds_rows(source, one.sql):
                continue
            seen.add(text)
            keys.add(key)
            made += 1
            found.append(replace(question, text=one.question, sql=one.sql, id=f"{question.id}+{made}"))
    return found


def _draw(
    question: Question, catalog: Catalog, exchange: ValueExchange, most: int, seed: int
) -> Iterator[Variant]:
    """Variants of a question, the rules in an order drawn."""
    rng = random.Random(f"multiplied/{seed}/{question.db_id}/{question.id}")
    sql, matches = question.sql or "", catalog.values(question.db_id).matches(question.text)
    clauses = [one for rule in CLAUSE_RULES for one in rule(question.text, sql)]
    values = [one for _ in range(TRIES * most) for one in exchange.vary(question.text, sql, matches, rng)]
    mixed = [*clauses, *values]
    rng.shuffle(mixed)
    yield from mixed


def _finds_rows(source: object, sql: str) -> bool:
    try:
        rows = execute(source, sql, timeout=SECONDS, max_rows=2).rows  # type: ignore[arg-type]
    except (SqlError, DataError):
        return False
    return any(cell not in (None, 0) for row in rows for cell in row)
