"""Split runs of tokens and brackets at clauses, aliases and columns."""

from __future__ import annotations

from typing import Final

from nshot.sql.expression import Unread
from nshot.sql.nest import Group, keyword
from nshot.sql.nest import Node as Part
from nshot.sql.tokens import Token

_CLAUSES: Final = frozenset(
    ("select", "from", "where", "group", "having", "window", "order", "limit", "offset", "values")
)
_TYPES_OF_TWO_WORDS: Final = frozenset((("double", "precision"), ("character", "varying")))
"""PostgreSQL type names of two words, which may follow `::`."""
NAMES: Final = frozenset(("name", "quoted"))
"""Kinds of tokens that are names."""


def is_query(part: Part) -> bool:
    """Whether the part is a bracketed SELECT, FROM, WITH or VALUES."""
    if not isinstance(part, Group) or part.case or not part.nodes:
        return False
    return keyword(part.nodes[0]) in ("select", "from", "with", "values")


def tokens(parts: list[Part]) -> list[Token]:
    """The parts as tokens.

    Raises:
        Unread: There are brackets among them.
    """
    if not all(isinstance(part, Token) for part in parts):
        raise Unread
    return [part for part in parts if isinstance(part, Token)]


def cut_clauses(parts: list[Part]) -> dict[str, list[Part]]:
    """The content of each clause (SELECT, FROM, WHERE ...), in the order of the text, without BY.

    Raises:
        Unread: A clause is empty or occurs twice, or something stands before the first clause.
    """
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


def cut_alias(parts: list[Part]) -> tuple[list[Part], Token | None]:
    """Split a select item into its expression and its alias; None if it has no alias."""
    last = parts[-1]
    if len(parts) < 2 or not isinstance(last, Token):
        return parts, None
    before = parts[-2]
    if keyword(before) == "as" and last.kind in ("name", "quoted", "string"):
        return parts[:-2], last
    operand = isinstance(before, Group) or before.kind in ("name", "quoted", "number", "string")
    if not operand or last.kind not in NAMES:
        return parts, None
    of_two_words = isinstance(before, Token) and (before.text, last.text) in _TYPES_OF_TWO_WORDS
    return (parts, None) if of_two_words else (parts[:-1], last)


def read_alias(parts: list[Part], i: int) -> tuple[Token | None, int]:
    """The alias at position `i`, or None, and the position after it."""
    match parts[i : i + 2]:
        case [Token(kind="keyword", text="as"), Token(kind="name" | "quoted" | "string") as alias]:
            return alias, i + 2
        case [Token(kind="name" | "quoted") as alias, *_]:
            return alias, i + 1
        case [Token(kind="keyword", text="as"), *_]:
            raise Unread
    return None, i


def stands_for_column(parts: list[Part], i: int) -> bool:
    """Whether a bare name is a column, not a type, a collation, a typed literal or a field of
    EXTRACT.
    """
    before = parts[i - 1] if i else None
    after = parts[i + 1] if i + 1 < len(parts) else None
    if isinstance(before, Token) and (
        before.kind in NAMES or before.text == "::" or keyword(before) in ("as", "collate")
    ):
        return False
    if isinstance(after, Group):
        return after.case
    return not isinstance(after, Token) or not (after.kind == "string" or keyword(after) == "from")
