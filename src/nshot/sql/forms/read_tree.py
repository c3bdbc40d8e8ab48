"""Tokens to the tree, whichever of SELECT and FROM comes first."""

from __future__ import annotations

from typing import Final

from nshot.sql.expression import Unread
from nshot.sql.forms.tree import Brackets, Column, Cte, Item, Node, Query, Select, Source
from nshot.sql.nest import Group, keyword, nest, split, symbol
from nshot.sql.nest import Node as Part
from nshot.sql.tokens import Token, unquoted

_SET_WORDS: Final = frozenset(("union", "intersect", "except"))
_CLAUSES: Final = frozenset(
    ("select", "from", "where", "group", "having", "window", "order", "limit", "offset", "values")
)
_JOIN_WORDS: Final = frozenset(("join", "left", "right", "full", "inner", "outer", "cross", "natural", ","))
_TYPES_OF_TWO_WORDS: Final = frozenset((("double", "precision"), ("character", "varying")))
"""In PostgreSQL, behind `::`."""
_NAMES: Final = frozenset(("name", "quoted"))


def read_tree(tokens: list[Token]) -> Query:
    """The tree of one query.

    Raises:
        Unread: It is no query, or has parts that this reader does not know.
    """
    parts = nest(tokens)
    if not parts:
        raise Unread
    return _query(parts)


def _is_query(part: Part) -> bool:
    """Whether it is a bracketed SELECT, FROM, WITH or VALUES."""
    if not isinstance(part, Group) or part.case or not part.nodes:
        return False
    return keyword(part.nodes[0]) in ("select", "from", "with", "values")


def _query(parts: list[Part]) -> Query:
    query = Query([])
    if parts and keyword(parts[0]) == "with":
        parts = _with(parts, query)
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


def _with(parts: list[Part], query: Query) -> list[Part]:
    """Reads WITH into `query`; the parts behind it."""
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
                query.ctes.append(Cte(name, _query(body.nodes), Brackets(list(_tokens(columns.nodes)))))
            case _:
                raise Unread
    return parts[start:]


def _tokens(parts: list[Part]) -> list[Token]:
    if not all(isinstance(part, Token) for part in parts):
        raise Unread
    return [part for part in parts if isinstance(part, Token)]


def _arm(parts: list[Part]) -> Select | Query:
    if len(parts) == 1 and isinstance(parts[0], Group) and not parts[0].case:
        return _query(parts[0].nodes)
    clauses = _cut(parts)
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


def _cut(parts: list[Part]) -> dict[str, list[Part]]:
    clauses: dict[str, list[Part]] = {}
    current: list[Part] | None = None
    wants_by = False
    for part in parts:
        name = keyword(part)
        if wants_by:
            if name != "by":
                raise Unread
            wants_by = False
        elif name in _CLAUSES:
            if name in clauses:
                raise Unread
            current = clauses[name] = []
            wants_by = name in ("group", "order")
        elif current is None:
            raise Unread
        else:
            current.append(part)
    if not clauses or not all(clauses.values()):
        raise Unread
    return clauses


def _items(parts: list[Part], select: Select) -> None:
    if keyword(parts[0]) in ("distinct", "all"):
        head = 3 if len(parts) > 3 and keyword(parts[1]) == "on" and isinstance(parts[2], Group) else 1
        if keyword(parts[0]) == "distinct":
            select.head = _expression(parts[:head])
        parts = parts[head:]
    for item in split(parts, (",",)):
        if not item:
            raise Unread
        body, alias = _cut_alias(item)
        select.items.append(Item(_expression(body), alias))


def _cut_alias(parts: list[Part]) -> tuple[list[Part], Token | None]:
    last = parts[-1]
    if len(parts) < 2 or not isinstance(last, Token):
        return parts, None
    before = parts[-2]
    if keyword(before) == "as" and last.kind in ("name", "quoted", "string"):
        return parts[:-2], last
    operand = isinstance(before, Group) or before.kind in ("name", "quoted", "number", "string")
    if not operand or last.kind not in _NAMES:
        return parts, None
    of_two_words = isinstance(before, Token) and (before.text, last.text) in _TYPES_OF_TWO_WORDS
    return (parts, None) if of_two_words else (parts[:-1], last)


def _from(parts: list[Part]) -> list[Source]:
    sources: list[Source] = []
    i = 0
    while i < len(parts):
        source = Source()
        words: list[str] = []
        while i < len(parts) and (keyword(parts[i]) or symbol(parts[i])) in _JOIN_WORDS:
            words.append(keyword(parts[i]) or symbol(parts[i]))
            i += 1
        if bool(words) != bool(sources) or i >= len(parts) or (words[:1] == [","] and len(words) > 1):
            raise Unread
        source.words = tuple(word for word in words if word not in ("inner", "outer"))
        i = _source(parts, i, source)
        start = i
        while i < len(parts) and (keyword(parts[i]) or symbol(parts[i])) not in _JOIN_WORDS:
            i += 1
        if i > start:
            _condition(parts[start:i], source)
        sources.append(source)
    return sources


def _condition(parts: list[Part], source: Source) -> None:
    word = keyword(parts[0])
    if not source.words or word not in ("on", "using") or len(parts) < 2:
        raise Unread
    if word == "on":
        source.condition = _expression(parts)
    elif len(parts) == 2 and isinstance(parts[1], Group):
        source.condition = [*_tokens(parts[:1]), Brackets(list(_tokens(parts[1].nodes)))]
    else:
        raise Unread


def _source(parts: list[Part], i: int, source: Source) -> int:
    """Reads one source with its alias; the position behind it."""
    first = parts[i]
    i += 1
    if isinstance(first, Group):
        while len(first.nodes) == 1 and isinstance(first.nodes[0], Group) and not first.case:
            first = first.nodes[0]
        if not _is_query(first):
            raise Unread
        source.query = _query(first.nodes)
    elif first.kind in ("name", "quoted", "function"):
        path = [first]
        while i + 1 < len(parts) and symbol(parts[i]) == ".":
            path += _tokens(parts[i + 1 : i + 2])
            i += 2
        source.path = tuple(path)
        if any(token.kind not in ("name", "quoted", "function") for token in path):
            raise Unread
        if path[-1].kind == "function" and i < len(parts) and isinstance(parts[i], Group):
            source.arguments = _brackets(parts[i])
            i += 1
    else:
        raise Unread
    source.alias, i = _alias(parts, i)
    return i


def _alias(parts: list[Part], i: int) -> tuple[Token | None, int]:
    """The alias that may stand at `i`, and the position behind it."""
    match parts[i : i + 2]:
        case [Token(kind="keyword", text="as"), Token(kind="name" | "quoted" | "string") as alias]:
            return alias, i + 2
        case [Token(kind="name" | "quoted") as alias, *_]:
            return alias, i + 1
        case [Token(kind="keyword", text="as"), *_]:
            raise Unread
    return None, i


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
            out.append(_query(part.nodes) if _is_query(part) else _brackets(part))
        elif part.kind in _NAMES and i + 2 < len(parts) and symbol(parts[i + 1]) == ".":
            out.append(_prefixed(parts[i : i + 4]))
            i += 2
        elif part.kind in _NAMES and _stands_for_column(parts, i):
            out.append(Column(unquoted(part), quoted=part.kind == "quoted"))
        else:
            out.append(part)
        i += 1
    return out


def _prefixed(parts: list[Part]) -> Column:
    prefix, _, column = parts[:3]
    if not isinstance(prefix, Token) or not isinstance(column, Token):
        raise Unread
    if len(parts) > 3 and symbol(parts[3]) == ".":
        raise Unread
    if column.kind not in ("name", "quoted", "function") and column.text != "*":
        raise Unread
    return Column(unquoted(column), unquoted(prefix), column.kind == "quoted", prefix.kind == "quoted")


def _stands_for_column(parts: list[Part], i: int) -> bool:
    """Whether a bare name is a column: no type, collation, typed literal or field of EXTRACT."""
    before = parts[i - 1] if i else None
    after = parts[i + 1] if i + 1 < len(parts) else None
    if isinstance(before, Token) and (
        before.kind in _NAMES or before.text == "::" or keyword(before) in ("as", "collate")
    ):
        return False
    if isinstance(after, Group):
        return after.case
    return not isinstance(after, Token) or not (after.kind == "string" or keyword(after) == "from")
