"""Parse tokens to a query tree; SELECT or FROM may come first."""

from __future__ import annotations

from typing import Final

from nshot.sql.expression import Unread
from nshot.sql.forms.parts import (
    NAMES,
    cut_alias,
    cut_clauses,
    is_query,
    read_alias,
    stands_for_column,
    tokens,
)
from nshot.sql.forms.tree import Brackets, ColumnRef, Cte, FromItem, Item, Node, QueryTree, Select
from nshot.sql.nest import Group, keyword, nest, split, symbol
from nshot.sql.nest import Node as Part
from nshot.sql.tokens import Token, unquote

_SET_WORDS: Final = frozenset(("union", "intersect", "except"))
_JOIN_WORDS: Final = frozenset(("join", "left", "right", "full", "inner", "outer", "cross", "natural", ","))


def read_tree(words: list[Token]) -> QueryTree:
    """The tree of one query.

    Raises:
        Unread: It is not a query, or it has parts that this reader does not support.
    """
    parts = nest(words)
    if not parts:
        raise Unread
    return _query(parts)


def _query(parts: list[Part]) -> QueryTree:
    query = QueryTree([])
    if parts and keyword(parts[0]) == "with":
        parts = _with(parts, query)
    # Sub-queries are groups by now (`nest`), so a set word here is one of this level. Invariant: one
    # operation between two arms.
    arm: list[Part] = []
    for part in parts:
        word = keyword(part)
        if word in _SET_WORDS:
            query.arms.append(_arm(arm))
            query.operations.append((word,))
            arm = []
        elif word == "all" and not arm and query.operations:
            query.operations[-1] = (*query.operations[-1], word)
        else:
            arm.append(part)
    query.arms.append(_arm(arm))
    return query


def _with(parts: list[Part], query: QueryTree) -> list[Part]:
    """Read WITH into `query` and return the parts after it."""
    words = ("select", "from", "values")
    start = next((i for i, part in enumerate(parts) if keyword(part) in words), 0)
    if not start:
        raise Unread
    query.recursive = isinstance(parts[1], Token) and parts[1].text == "recursive"
    for part in split(parts[2 if query.recursive else 1 : start], (",",)):
        match part:
            case [Token() as name, Token(text="as"), Group() as body]:
                query.ctes.append(Cte(name, _query(body.nodes)))
            case [Token() as name, Group() as columns, Token(text="as"), Group() as body]:
                query.ctes.append(Cte(name, _query(body.nodes), Brackets(list(tokens(columns.nodes)))))
            case _:
                raise Unread
    return parts[start:]


def _arm(parts: list[Part]) -> Select | QueryTree:
    # An arm in brackets is a query of its own: it may have set operations, ORDER BY and LIMIT.
    if len(parts) == 1 and isinstance(parts[0], Group) and not parts[0].case:
        return _query(parts[0].nodes)
    clauses = cut_clauses(parts)
    # The first clause tells the form: SELECT first is SQL as it is written, FROM first that of the form.
    select = Select(from_first=next(iter(clauses)) == "from")
    if "values" in clauses:
        if len(clauses) > 1:
            raise Unread
        select.clauses["values"] = _expression(clauses["values"])
        return select
    if not clauses.get("select"):
        raise Unread
    if "from" in clauses:
        select.sources = _from(clauses.pop("from"))
    _items(clauses.pop("select"), select)
    select.clauses = {name: _expression(body) for name, body in clauses.items()}
    return select


def _items(parts: list[Part], select: Select) -> None:
    if keyword(parts[0]) in ("distinct", "all"):
        head = 3 if len(parts) > 3 and keyword(parts[1]) == "on" and isinstance(parts[2], Group) else 1
        if keyword(parts[0]) == "distinct":
            select.head = _expression(parts[:head])
        parts = parts[head:]
    for item in split(parts, (",",)):
        if not item:
            raise Unread
        body, alias = cut_alias(item)
        select.items.append(Item(_expression(body), alias))


def _from(parts: list[Part]) -> list[FromItem]:
    sources: list[FromItem] = []
    i = 0
    while i < len(parts):
        source = FromItem()
        words: list[str] = []
        while i < len(parts) and (keyword(parts[i]) or symbol(parts[i])) in _JOIN_WORDS:
            words.append(keyword(parts[i]) or symbol(parts[i]))
            i += 1
        # The first source has no words before it, each further one has. Anything else is no FROM that this
        # reader could write back.
        if bool(words) != bool(sources) or i >= len(parts):
            raise Unread
        source.words = _connection(words)
        i = _source(parts, i, source)
        start = i
        while i < len(parts) and (keyword(parts[i]) or symbol(parts[i])) not in _JOIN_WORDS:
            i += 1
        if i > start:
            _condition(parts[start:i], source)
        sources.append(source)
    return sources


def _connection(words: list[str]) -> tuple[str, ...]:
    """The words between two sources without optional words such as INNER and OUTER."""
    kept = tuple(word for word in words if word not in ("inner", "outer"))
    sort = kept[1:] if kept[:1] == ("natural",) else kept
    if sort[:1] in (("left",), ("right",), ("full",), ("cross",)):
        sort = sort[1:]
    if words not in ([], [","]) and sort != ("join",):
        raise Unread
    return kept


def _condition(parts: list[Part], source: FromItem) -> None:
    word = keyword(parts[0])
    if not source.words or word not in ("on", "using") or len(parts) < 2:
        raise Unread
    if word == "on":
        source.condition = _expression(parts)
    elif len(parts) == 2 and isinstance(parts[1], Group):
        source.condition = [*tokens(parts[:1]), Brackets(list(tokens(parts[1].nodes)))]
    else:
        raise Unread


def _source(parts: list[Part], i: int, source: FromItem) -> int:
    """Read one source with its alias and return the position after it."""
    first = parts[i]
    i += 1
    if isinstance(first, Group):
        while len(first.nodes) == 1 and isinstance(first.nodes[0], Group) and not first.case:
            first = first.nodes[0]
        if not is_query(first):
            raise Unread
        source.query = _query(first.nodes)
    elif first.kind in ("name", "quoted", "function"):
        path = [first]
        while i + 1 < len(parts) and symbol(parts[i]) == ".":
            path += tokens(parts[i + 1 : i + 2])
            i += 2
        source.path = tuple(path)
        if any(token.kind not in ("name", "quoted", "function") for token in path):
            raise Unread
        if path[-1].kind == "function" and i < len(parts) and isinstance(parts[i], Group):
            source.arguments = _brackets(parts[i])
            i += 1
    else:
        raise Unread
    source.alias, i = read_alias(parts, i)
    return i


def _brackets(part: Part) -> Brackets:
    if not isinstance(part, Group):
        raise Unread
    return Brackets(_expression(part.nodes), part.case)


def _expression(parts: list[Part]) -> list[Node]:
    out: list[Node] = []
    i = 0
    while i < len(parts):
        part = parts[i]
        if isinstance(part, Group):
            out.append(_query(part.nodes) if is_query(part) else _brackets(part))
        # Four parts are looked at, three are read: a second full stop (`schema.table.column`) is not
        # supported.
        elif part.kind in NAMES and i + 2 < len(parts) and symbol(parts[i + 1]) == ".":
            out.append(_read_prefixed(parts[i : i + 4]))
            i += 2
        elif part.kind in NAMES and stands_for_column(parts, i):
            out.append(ColumnRef(unquote(part), quoted=part.kind == "quoted"))
        else:
            out.append(part)
        i += 1
    return out


def _read_prefixed(parts: list[Part]) -> ColumnRef:
    prefix, _, column = parts[:3]
    if not isinstance(prefix, Token) or not isinstance(column, Token):
        raise Unread
    if len(parts) > 3 and symbol(parts[3]) == ".":
        raise Unread
    if column.kind not in ("name", "quoted", "function") and column.text != "*":
        raise Unread
    return ColumnRef(unquote(column), unquote(prefix), column.kind == "quoted", prefix.kind == "quoted")
