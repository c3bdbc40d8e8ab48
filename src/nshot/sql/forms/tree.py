"""The query tree that the forms rewrite: SELECTs with their sources; expressions are lists of
nodes.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from nshot.sql.tokens import Token
from nshot.types import Table


@dataclass(slots=True, eq=False)
class ColumnRef:
    """A column, or a star after a prefix, in an expression."""

    name: str
    """`*` for a star."""
    prefix: str = ""
    """Table or alias written before it; empty for none."""
    quoted: bool = False
    prefix_quoted: bool = False
    source: FromItem | None = None
    """The source that the column belongs to; None if the text alone does not tell."""
    bare: bool = False
    """The source is known, but the column is written without a prefix."""


@dataclass(slots=True, eq=False)
class Brackets:
    """The content of round brackets, or everything from CASE to END (both words included)."""

    nodes: list[Node]
    case: bool = False


@dataclass(slots=True, eq=False)
class FromItem:
    """One table, common table expression, function or sub-query of a FROM."""

    words: tuple[str, ...] = ()
    """The connection to the sources before it: `,`, `join`, `left join` ...; empty for the first.
    """
    path: tuple[Token, ...] = ()
    """The name with its prefixes; empty for a sub-query."""
    query: QueryTree | None = None
    arguments: Brackets | None = None
    """The arguments of a function."""
    alias: Token | None = None
    condition: list[Node] = field(default_factory=list)
    """ON or USING with the condition; empty for none."""
    table: Table | None = None
    """The schema's table of that name, if there is one."""
    label: str = ""
    """The alias to write; empty if the source's own name is enough."""


@dataclass(slots=True, eq=False)
class Item:
    """One entry of a select list."""

    nodes: list[Node]
    alias: Token | None = None


@dataclass(slots=True, eq=False)
class Select:
    """One SELECT between set operations, or VALUES (then the only clause is `values`)."""

    sources: list[FromItem] = field(default_factory=list)
    head: list[Node] = field(default_factory=list)
    """DISTINCT or DISTINCT ON (...), before the items."""
    items: list[Item] = field(default_factory=list)
    clauses: dict[str, list[Node]] = field(default_factory=dict)
    """Content by clause word, without that word; SELECT and FROM are not included."""
    from_first: bool = False


@dataclass(slots=True, eq=False)
class Cte:
    """One name defined by WITH."""

    name: Token
    query: QueryTree
    columns: Brackets | None = None


@dataclass(slots=True, eq=False)
class QueryTree:
    """A statement or sub-query."""

    arms: list[Select | QueryTree]
    """A QueryTree among them is written in brackets."""
    operations: list[tuple[str, ...]] = field(default_factory=list)
    """The words of each set operation between two arms."""
    ctes: list[Cte] = field(default_factory=list)
    recursive: bool = False


Node = Token | Brackets | QueryTree | ColumnRef
