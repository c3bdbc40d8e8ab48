"""Hints that tell right SQL from wrong: what a candidate has in common with the question, and what
it returned.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from nshot.errors import SqlError
from nshot.pipeline.unsaid import find_unsaid
from nshot.prompting import words

if TYPE_CHECKING:
    from sqlglot import exp

    from nshot.types import Schema

LEAST_LOGPROB: Final = math.log(1e-6)
"""Below, log-probabilities are not told apart."""
LEAST_SHARE: Final = 0.01
"""The same of the agreement."""
_DISTINCT: Final = re.compile(r"\b(distinct|different|unique|various)\b")
_IDS: Final = re.compile(r"\bids?\b|identif|number|code")
_ID: Final = re.compile(r"(?:^|_|[a-z])id$", re.IGNORECASE)


class Hints(NamedTuple):
    """What is known of one candidate; each is weighed, see `Reranker`.

    The first three speak for a candidate, all others against it.
    """

    logprob: float
    """Log-probability of the completion, in nats."""
    agreement: float
    """Logarithm of the share of the candidates' probability that falls to those with its
    result."""
    unsaid: float
    """-log(1 + n) of the words of the question that the SQL leaves unsaid, see `find_unsaid`."""
    unsaid_names: float
    """How many different ones of them are words of the schema's names."""
    unsaid_others: float
    """How many are not."""
    unused_names: float
    """Columns whose name has several words and stands as such in the question, but not in the
    SQL."""
    empty: float
    """1 if the result has no row."""
    distinct_unasked: float
    """1 for DISTINCT in the SQL if the question asks for no different ones."""
    id_unasked: float
    """1 if an id is selected, and the question asks for no id, number or code."""
    selected_and_fixed: float
    """Columns that are selected and stand in WHERE, too: their value is often known."""
    ands: float
    """How many times the SQL says AND."""


def read_hints(
    question: str,
    sql: str,
    schema: Schema | None,
    *,
    rows: int | None,
    logprob: float | None,
    agreement: float | None,
) -> Hints:
    """The hints of one candidate.

    Args:
        question: What was asked; English for the words that ask.
        sql: The candidate, in the dialect of the schema.
        schema: Of the database; None if it is not known.
        rows: Rows of its result.
        logprob: Of its completion, in nats; None if the engine reports none.
        agreement: See `measure_agreements`.
    """
    asked, tree = question.lower(), _parse(sql, schema)
    unsaid = find_unsaid(question, sql)
    names = count_names(unsaid, schema)
    selected, fixed, ands, distinct = _read(tree)
    return Hints(
        logprob=max(logprob, LEAST_LOGPROB) if logprob is not None and logprob == logprob else LEAST_LOGPROB,
        agreement=0.0 if agreement is None else math.log(max(agreement, LEAST_SHARE)),
        unsaid=-math.log1p(len(unsaid)),
        unsaid_names=float(names),
        unsaid_others=float(len(set(unsaid)) - names),
        unused_names=float(_count_unused(question, tree, schema)),
        empty=float(rows == 0),
        distinct_unasked=float(distinct and not _DISTINCT.search(asked)),
        id_unasked=float(any(_ID.search(name) for name in selected) and not _IDS.search(asked)),
        selected_and_fixed=float(len(set(selected) & set(fixed))),
        ands=float(ands),
    )


def count_names(unsaid: Iterable[str], schema: Schema | None) -> int:
    """How many different words, given as stems, are words of a schema's names; 0 without a
    schema."""
    return 0 if schema is None else len(_name_words(schema).intersection(unsaid))


def _parse(sql: str, schema: Schema | None) -> exp.Expression | None:
    from nshot.sql import parse

    try:
        return parse(sql, schema, schema.dialect if schema else "sqlite")
    except SqlError:
        return None


class _Read(NamedTuple):
    """What `read_hints` wants to know of a statement."""

    selected: tuple[str, ...] = ()
    fixed: tuple[str, ...] = ()
    ands: int = 0
    distinct: bool = False


def _read(tree: exp.Expression | None) -> _Read:
    from sqlglot import exp

    if tree is None:
        return _Read()
    first: exp.Expr = tree
    while isinstance(first, exp.SetOperation):
        first = first.left
    selected = first.expressions if isinstance(first, exp.Select) else []
    return _Read(
        _columns(selected),
        _columns(tree.find_all(exp.Where)),
        sum(1 for _ in tree.find_all(exp.And)),
        tree.find(exp.Distinct) is not None,
    )


def _columns(trees: Iterable[exp.Expression]) -> tuple[str, ...]:
    """Names of the columns in some expressions, as they are written, in lower case."""
    from sqlglot import exp

    return tuple(column.name.lower() for tree in trees for column in tree.find_all(exp.Column))


@lru_cache(maxsize=256)
def _name_words(schema: Schema) -> frozenset[str]:
    """The words of the names of a schema."""
    names = [table.name for table in schema.tables]
    names += [column.name for table in schema.tables for column in table.columns]
    return frozenset(word for name in names for word in words(name))


@lru_cache(maxsize=256)
def _long_names(schema: Schema) -> dict[str, str]:
    """The words of each column name of several words, by the name in lower case."""
    found = {column.name.lower(): words(column.name) for table in schema.tables for column in table.columns}
    return {name: f" {' '.join(parts)} " for name, parts in found.items() if len(parts) > 1}


def _count_unused(question: str, tree: exp.Expression | None, schema: Schema | None) -> int:
    """Columns of several words that the question names and the SQL does not."""
    if tree is None or schema is None:
        return 0
    used, said = set(_columns([tree])), f" {' '.join(words(question))} "
    return sum(name not in used and text in said for name, text in _long_names(schema).items())
