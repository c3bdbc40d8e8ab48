"""Write expressions as texts that are equal for the same expression, whatever its aliases or
brackets.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from sqlglot import exp

from nshot.eval.mistakes.names import StatementNames
from nshot.eval.mistakes.same_columns import SameColumns

VALUE: Final = "?"
_LONG: Final = 300
_COMMUTE: Final = frozenset(("eq", "neq", "add", "mul", "and", "or"))
_MIRRORED: Final = {"gt": "lt", "lt": "gt", "gte": "lte", "lte": "gte"}


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes the expressions of one statement."""

    names: StatementNames
    same: SameColumns
    keys: frozenset[str]
    """Primary keys of a single column, as `SameColumns.first` names them."""
    values: list[str] = field(default_factory=list)
    """The literals that were masked so far."""
    derived: dict[int, str] = field(default_factory=dict)
    """Texts of expressions that derived tables compute, by the expression's id; each is written
    once.
    """

    def __call__(self, node: exp.Expr, mask: bool = False) -> str:
        """The text of `node`; a sub-query is written as `(select)`.

        Args:
            node: Any expression.
            mask: Write `?` for literals, and add them to `values`.
        """
        special = _SPECIAL.get(node.key)
        if special is not None:
            return special(self, node, mask)
        if isinstance(node, exp.Query):
            return "(select)"
        key = node.name.lower() if isinstance(node, exp.Anonymous) else node.key
        parts = [
            self(child, mask) for child in node.iter_expressions() if not isinstance(child, exp.Identifier)
        ]
        if key in _MIRRORED and isinstance(node.args.get("this"), exp.Literal):
            key, parts = _MIRRORED[key], parts[::-1]
        if key in _COMMUTE:
            parts.sort()
        return f"{key}({', '.join(parts)})"

    def first_columns(self, node: exp.Expr) -> list[str]:
        """Columns in `node` outside sub-queries and outside `count(...)`, in order."""
        return [
            self(column)
            for column in node.find_all(exp.Column)
            if not _between(column, node, (exp.Query, exp.Count)) and not isinstance(column.this, exp.Star)
        ]


def _column(write: Writer, node: exp.Expr, mask: bool) -> str:
    del mask
    if not isinstance(node, exp.Column) or isinstance(node.this, exp.Star):
        return "*"
    found = write.names.column(node)
    return write.same.first(found) if isinstance(found, str) else _write_derived(write, found)


def _write_derived(write: Writer, node: exp.Expr) -> str:
    """Write a derived table's expression; a long one is hashed, because nesting may multiply it."""
    if id(node) not in write.derived:
        write.derived[id(node)] = VALUE
        text = write(node)
        write.derived[id(node)] = text if len(text) <= _LONG else hashlib.sha256(text.encode()).hexdigest()
    return write.derived[id(node)]


def _literal(write: Writer, node: exp.Expr, mask: bool) -> str:
    text = node.sql() if isinstance(node, exp.Neg) else node.name
    if mask:
        write.values.append(text)
        return VALUE
    return f"'{text}'"


def _negative(write: Writer, node: exp.Expr, mask: bool) -> str:
    if isinstance(node.this, exp.Literal):
        return _literal(write, node, mask)
    return f"neg({write(node.this, mask)})"


def _inside(write: Writer, node: exp.Expr, mask: bool) -> str:
    return write(node.this, mask)


def _not(write: Writer, node: exp.Expr, mask: bool) -> str:
    inner = write(node.this, mask)
    return f"neq{inner[2:]}" if inner.startswith("eq(") else f"not {inner}"


def _in(write: Writer, node: exp.Expr, mask: bool) -> str:
    inside = node.args.get("query")
    if inside is not None:
        return f"in({write(node.this, mask)}, (select))"
    listed = sorted({write(item, mask) for item in node.expressions})
    return f"in({write(node.this, mask)}, {', '.join(listed)})"


def _count(write: Writer, node: exp.Expr, mask: bool) -> str:
    counted = node.this
    if isinstance(counted, exp.Distinct):
        return f"count(distinct {', '.join(write(item, mask) for item in counted.expressions)})"
    text = write(counted, mask) if counted is not None else "*"
    return "count(*)" if text in write.keys or text in ("'1'", VALUE) else f"count({text})"


_SPECIAL: Final[dict[str, Callable[[Writer, exp.Expr, bool], str]]] = {
    "column": _column,
    "star": _column,
    "literal": _literal,
    "neg": _negative,
    "paren": _inside,
    "alias": _inside,
    "not": _not,
    "in": _in,
    "count": _count,
}


def _between(node: exp.Expr, top: exp.Expr, kinds: tuple[type[exp.Expr], ...]) -> bool:
    """Whether a node of one of these kinds is on the path from `node` up to `top`, including
    `top`."""
    at: exp.Expr | None = node
    while at is not None:
        if isinstance(at, kinds):
            return True
        if at is top:
            return False
        at = at.parent
    return False
