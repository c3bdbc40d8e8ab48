"""The functions of SQL, by dialect."""

from __future__ import annotations

from collections import defaultdict
from functools import cache
from typing import Final

from nshot.generation.constrain.items import OneOf
from nshot.generation.constrain.limits import Calls

MANY: Final = 9
"""Maximum number of arguments of a function without an upper limit."""

Arity = tuple[int, int]
"""Least and most arguments."""

_COMMON: Final[dict[str, Arity]] = {
    "abs": (1, 1),
    "coalesce": (2, MANY),
    "length": (1, 1),
    "lower": (1, 1),
    "ltrim": (1, 2),
    "nullif": (2, 2),
    "replace": (3, 3),
    "round": (1, 2),
    "rtrim": (1, 2),
    "substr": (2, 3),
    "substring": (2, 3),
    "trim": (1, 2),
    "upper": (1, 1),
    "ceil": (1, 1),
    "floor": (1, 1),
    "power": (2, 2),
    "sqrt": (1, 1),
    "mod": (2, 2),
    "sign": (1, 1),
}
_SCALAR: Final[dict[str, dict[str, Arity]]] = {
    "sqlite": {
        **_COMMON,
        "date": (0, MANY),
        "datetime": (0, MANY),
        "hex": (1, 1),
        "ifnull": (2, 2),
        "iif": (3, 3),
        "instr": (2, 2),
        "julianday": (0, MANY),
        "time": (0, MANY),
        "typeof": (1, 1),
        "unixepoch": (0, MANY),
        "json_extract": (2, MANY),
    },
    "postgres": {
        **_COMMON,
        "age": (1, 2),
        "concat": (1, MANY),
        "date": (1, 1),
        "date_part": (2, 2),
        "date_trunc": (2, 2),
        "greatest": (2, MANY),
        "least": (2, MANY),
        "left": (2, 2),
        "now": (0, 0),
        "right": (2, 2),
        "split_part": (3, 3),
        "strpos": (2, 2),
        "to_char": (2, 2),
        "to_date": (2, 2),
    },
    "duckdb": {
        **_COMMON,
        "age": (1, 2),
        "concat": (1, MANY),
        "date": (1, 1),
        "date_diff": (3, 3),
        "date_part": (2, 2),
        "date_trunc": (2, 2),
        "greatest": (2, MANY),
        "ifnull": (2, 2),
        "instr": (2, 2),
        "least": (2, MANY),
        "left": (2, 2),
        "now": (0, 0),
        "right": (2, 2),
        "split_part": (3, 3),
        "strftime": (2, 2),
        "today": (0, 0),
    },
    "mysql": {
        **_COMMON,
        "concat": (1, MANY),
        "concat_ws": (2, MANY),
        "curdate": (0, 0),
        "date": (1, 1),
        "date_format": (2, 2),
        "datediff": (2, 2),
        "day": (1, 1),
        "greatest": (2, MANY),
        "if": (3, 3),
        "ifnull": (2, 2),
        "instr": (2, 2),
        "least": (2, MANY),
        "left": (2, 2),
        "month": (1, 1),
        "now": (0, 0),
        "right": (2, 2),
        "year": (1, 1),
    },
}
_AGGREGATES: Final[dict[str, dict[str, Arity]]] = {
    "sqlite": {"group_concat": (1, 2), "total": (1, 1)},
    "postgres": {"string_agg": (2, 2), "array_agg": (1, 1), "bool_and": (1, 1), "bool_or": (1, 1)},
    "duckdb": {
        "string_agg": (2, 2),
        "list": (1, 1),
        "any_value": (1, 1),
        "arg_max": (2, 2),
        "arg_min": (2, 2),
    },
    "mysql": {"group_concat": (1, 1)},
}
_SIMPLE: Final = dict.fromkeys(("count", "sum", "avg", "min", "max"), (1, 1))
_RANKING: Final[dict[str, Arity]] = {
    "row_number": (0, 0),
    "rank": (0, 0),
    "dense_rank": (0, 0),
    "ntile": (1, 1),
    "lag": (1, 3),
    "lead": (1, 3),
    "first_value": (1, 1),
    "last_value": (1, 1),
}


_OWN_SYNTAX: Final = ("cast", "strftime", "printf", "extract")
"""Functions with syntax, and therefore rules, of their own."""

FUNCTIONS: Final = tuple(
    sorted({*_OWN_SYNTAX, *_SIMPLE, *_RANKING}.union(*_SCALAR.values(), *_AGGREGATES.values()))
)
"""Every function of any dialect, in alphabetical order."""


@cache
def scalar(dialect: str) -> Calls:
    """Scalar functions: their arguments are values of one row."""
    return _group_by_arity(_SCALAR.get(dialect, _COMMON))


@cache
def aggregate(dialect: str) -> Calls:
    """Aggregate functions: their arguments are values of many rows."""
    return _group_by_arity(_SIMPLE | _AGGREGATES.get(dialect, {}))


@cache
def ranking() -> Calls:
    """Ranking functions, which need OVER."""
    return _group_by_arity(_RANKING)


def _group_by_arity(functions: dict[str, Arity]) -> Calls:
    by_arity: dict[Arity, list[str]] = defaultdict(list)
    for name, arity in functions.items():
        by_arity[arity].append(f"{name}(")
    return tuple((OneOf(names), least, most) for (least, most), names in by_arity.items())
