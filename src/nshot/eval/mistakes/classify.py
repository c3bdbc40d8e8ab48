"""Classify the mistakes of a wrong prediction."""

from __future__ import annotations

from nshot.errors import SqlError
from nshot.eval.mistakes.classes import INVALID, OTHER, REASONS
from nshot.sql import parse
from nshot.types import Schema

LONGEST = 5_000
"""Characters of SQL that is compared; the time grows faster than the length."""
_RAN = frozenset(("ok", "unscored"))


def mistakes(
    gold: str, predicted: str, schema: Schema | None = None, outcome: str = "ok", reason: str = ""
) -> tuple[str, ...]:
    """Classes of the differences from gold, in the order of CLASSES; the first is the primary one.

    Any two texts are accepted. Aliases are resolved before names are compared. Columns that a
    foreign key or the gold's join sets equal count as the same column; `count(*)` equals
    `count(primary key)`. A prediction that did not run is `invalid SQL: <sub-reason>`, followed by
    its other differences. The class is `other` if no class fits, if sqlglot cannot read one of the
    texts, or if one is longer than `LONGEST`.

    Args:
        gold: The correct SQL.
        predicted: The wrong SQL.
        schema: Schema of the database; without it, the table of a bare column in a join is unknown.
        outcome: As in `Verdict`: ok, empty, refused, timeout, too large, error, unscored.
        reason: A text that contains the database's message, if the database rejected the
            prediction. Without it, the schema tells which name is unknown.
    """
    if max(len(gold), len(predicted)) > LONGEST:
        return (OTHER,)
    if not predicted.strip():
        return (f"{INVALID}: empty",)
    invalid = () if outcome in _RAN else (f"{INVALID}: {_sub_reason(predicted, schema, outcome, reason)}",)
    return (*invalid, *_differences(gold, predicted, schema)) or (OTHER,)


def _differences(gold: str, predicted: str, schema: Schema | None) -> tuple[str, ...]:
    from nshot.eval.mistakes.differences import differences

    try:
        return differences(parse(gold, schema), parse(predicted, schema), schema)
    except (SqlError, RecursionError):
        return ()


def _sub_reason(predicted: str, schema: Schema | None, outcome: str, reason: str) -> str:
    if outcome != "error":
        return outcome
    said = reason.lower()
    for part, name in REASONS:
        if part in said:
            return name
    from nshot.eval.mistakes.unknown import unknown_name

    try:
        tree = parse(predicted, schema)
        return (unknown_name(tree, schema) if schema else "") or "error"
    except SqlError:
        return "syntax"
    except RecursionError:
        return "error"
