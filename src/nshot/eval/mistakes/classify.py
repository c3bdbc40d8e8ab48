"""From a wrong prediction to the classes of its mistakes."""

from __future__ import annotations

from nshot.errors import SqlError
from nshot.eval.mistakes.classes import INVALID, OTHER, REASONS
from nshot.sql import parse
from nshot.types import Schema

_RAN = frozenset(("ok", "unscored"))


def mistakes(
    gold: str, predicted: str, schema: Schema | None = None, outcome: str = "ok", reason: str = ""
) -> tuple[str, ...]:
    """Classes of what differs from gold, in the order of CLASSES; the first is the primary one.

    Any two texts are accepted. Names are compared after aliases are resolved; columns that a foreign key
    or the gold's join holds equal are the same column, and so are `count(*)` and `count(primary key)`.
    A prediction that did not run is `invalid SQL: <sub-reason>`, followed by what differs beside.
    `other` where nothing differs that has a class, or where sqlglot cannot read one of the texts.

    Args:
        gold: The right SQL.
        predicted: The wrong one.
        schema: Of the database; without it bare columns of joins are of unknown tables.
        outcome: As in `Verdict`: ok, empty, refused, timeout, too large, error, unscored.
        reason: The database's message, where it rejected the prediction, or a text that holds it; without
            one the schema tells what name is unknown.
    """
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
