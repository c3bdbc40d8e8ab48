"""Spider's hardness of a query, by the counting rules of the official evaluator.

https://github.com/taoyds/test-suite-sql-eval (`eval_hardness`); the three counts are described in
docs/sql.md. The official parser rejects much everyday SQL (aliases without AS, LEFT JOIN, IS NULL,
lists in IN). Such texts are read by nshot's own reader here and counted by the same rules.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final, Literal

from nshot.sql.nest import Group, Node, is_select, keyword, nest, split, symbol
from nshot.sql.tokens import AGGREGATES, MAX_CHARACTERS, Token, scan, strip_semicolons

Hardness = Literal["easy", "medium", "hard", "extra"]

_SET_WORDS: Final = frozenset(("union", "intersect", "except"))
_CLAUSES: Final = frozenset(("select", "from", "where", "group", "having", "order", "limit"))
_COMPARISONS: Final = frozenset(("=", "!=", "<", ">", "<=", ">="))


@dataclass(slots=True)
class _Conditions:
    """The counts of a flat condition list, as Spider sees it."""

    count: int = 0
    negated: int = 0
    likes: int = 0
    ors: int = 0
    connectors: int = 0
    nested: int = 0


@dataclass(slots=True)
class _Select:
    """One SELECT with its clauses; `follows` is 1 if a set operation follows, else 0."""

    clauses: dict[str, list[Node]] = field(default_factory=dict)
    follows: int = 0


@lru_cache(maxsize=32_768)
def hardness(sql: str) -> Hardness:
    """Spider's hardness class of `sql`.

    It is `extra` for a text without a SELECT, with unbalanced brackets, or too long to be read.

    >>> hardness("SELECT name FROM singer WHERE age > 1 ORDER BY age LIMIT 1")
    'hard'
    """
    nodes = nest(strip_semicolons(scan(sql))) if len(sql) <= MAX_CHARACTERS else None
    select = _first_select(nodes) if nodes else None
    return "extra" if select is None else _grade(*_counts(select))


def _grade(components: int, nested: int, others: int) -> Hardness:
    if nested == 0:
        if components <= 1 and others == 0:
            return "easy"
        if (components <= 1 and others <= 2) or (components <= 2 and others < 2):
            return "medium"
        if (components <= 2 and others > 2) or (components == 3 and others <= 2):
            return "hard"
    elif nested == 1 and components <= 1 and others == 0:
        return "hard"
    return "extra"


def _first_select(nodes: list[Node]) -> _Select | None:
    """The leftmost SELECT of a statement; WITH and surrounding brackets are skipped."""
    if keyword(nodes[0]) == "with":
        nodes = nodes[next((i for i, node in enumerate(nodes) if keyword(node) == "select"), 0) :]
    arm: list[Node] = []
    follows = 0
    for node in nodes:
        if keyword(node) in _SET_WORDS:
            follows = 1
            break
        arm.append(node)
    if len(arm) == 1 and isinstance(arm[0], Group) and arm[0].nodes:
        inner = _first_select(arm[0].nodes)
        if inner is not None:
            inner.follows += follows
        return inner
    if not arm or keyword(arm[0]) != "select":
        return None
    return _Select(_clauses(arm), follows)


def _clauses(arm: list[Node]) -> dict[str, list[Node]]:
    """Nodes of each clause, by clause word."""
    clauses: dict[str, list[Node]] = {}
    current: list[Node] = []
    for node in arm:
        word = keyword(node)
        if word in _CLAUSES:
            current = clauses.setdefault(word, [])
        elif word != "by":
            current.append(node)
    return clauses


def _counts(select: _Select) -> tuple[int, int, int]:
    """Spider's counts of components, of nested statements and of other constructs."""
    clauses = select.clauses
    units, joins = _from(clauses.get("from", []))
    where = _conditions(clauses.get("where", []))
    having = _conditions(clauses.get("having", []))
    conditions = (joins, where, having)
    components = sum(bool(clauses.get(name)) for name in ("where", "group", "order"))
    components += ("limit" in clauses) + max(units - 1, 0)
    components += sum(part.ors + part.likes for part in conditions)
    nested = select.follows + sum(part.nested for part in conditions)

    items = _items(clauses.get("select", []))
    groups = _items(clauses.get("group", []))
    aggregates = sum(_is_aggregate(item) for item in items) + sum(_aggregates(item) for item in groups)
    aggregates += where.negated + _aggregates(clauses.get("order", [])) + having.negated + having.connectors
    others = (aggregates > 1) + (len(items) > 1) + (where.count > 1) + (len(groups) > 1)
    return components, nested, others


def _items(nodes: list[Node]) -> list[list[Node]]:
    return [item for item in split(nodes, (",",)) if item]


def _is_aggregate(item: list[Node]) -> bool:
    """Whether a select item begins with an aggregate, ignoring DISTINCT."""
    first = item[1] if keyword(item[0]) == "distinct" and len(item) > 1 else item[0]
    return isinstance(first, Token) and first.kind == "function" and first.text in AGGREGATES


def _aggregates(nodes: list[Node]) -> int:
    """Number of aggregates in `nodes`, excluding nested statements."""
    return sum(
        (0 if is_select(node) else _aggregates(node.nodes))
        if isinstance(node, Group)
        else node.kind == "function" and node.text in AGGREGATES
        for node in nodes
    )


def _from(nodes: list[Node]) -> tuple[int, _Conditions]:
    """Number of tables and sub-queries, and the counts of all join conditions."""
    units = 0
    total = _Conditions()
    for part in split(nodes, ("join", ",")):
        if len(part) == 1 and isinstance(part[0], Group) and not is_select(part[0]):
            inner, conditions = _from(part[0].nodes)
            units += inner
        else:
            _, *on = split(part, ("on",))
            units += bool(part)
            conditions = _conditions(on[0] if on else [])
        _add(total, conditions)
    return units, total


def _add(total: _Conditions, part: _Conditions) -> None:
    total.count += part.count
    total.negated += part.negated
    total.likes += part.likes
    total.ors += part.ors
    total.connectors += part.connectors
    total.nested += part.nested


def _conditions(nodes: list[Node]) -> _Conditions:
    """Counts of a condition list; brackets around conditions are ignored."""
    total = _Conditions()
    condition: list[Node] = []
    between = False
    for node in nodes:
        word = keyword(node)
        if (word == "and" and not between) or (word == "or" and not _ends_in_column(condition)):
            _close(total, condition)
            condition = []
            total.connectors += 1
            total.ors += word == "or"
        else:
            between = word == "between" or (between and word != "and")
            condition.append(node)
    _close(total, condition)
    return total


def _close(total: _Conditions, condition: list[Node]) -> None:
    """Add one condition to the counts."""
    if not condition:
        return
    negations = sum(keyword(node) == "not" for node in condition)
    rest = [node for node in condition if keyword(node) != "not"]
    if len(rest) == 1 and isinstance(rest[0], Group) and not is_select(rest[0]):
        inner = _conditions(rest[0].nodes)
        inner.negated += negations
        _add(total, inner)
        return
    total.count += 1
    total.negated += negations > 0
    total.likes += any(keyword(node) == "like" for node in condition)
    total.nested += sum(is_select(node) for node in condition)


def _ends_in_column(condition: list[Node]) -> bool:
    """Whether the condition ends in a bare column: the official parser then ignores an OR after
    it."""
    if len(condition) < 3:
        return False
    last = condition[-1]
    if not isinstance(last, Token) or last.kind not in ("name", "quoted"):
        return False
    at = -4 if symbol(condition[-2]) == "." and len(condition) > 3 else -2
    return symbol(condition[at]) in _COMPARISONS or keyword(condition[at]) in ("like", "or")
