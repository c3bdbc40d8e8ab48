"""The tree of a query that the forms rewrite: SELECTs with their sources, expressions as runs of nodes."""

from __future__ import annotations

from dataclasses import dataclass, field

from nshot.sql.tokens import Token
from nshot.types import Table


@dataclass(slots=True, eq=False)
class ColumnRef:
    """A column, or a star behind a prefix, as an expression names it."""

    name: str
    """`*` for a star."""
    prefix: str = ""
    """Table or alias in front of it; empty for none."""
    quoted: bool = False
    prefix_quoted: bool = False
    source: FromItem | None = None
    """Whose column it is; None where the text alone does not tell."""
    bare: bool = False
    """It is written without a prefix although its source is known."""


@dataclass(slots=True, eq=False)
class Brackets:
    """What stands in round brackets, or from CASE to END (both words included)."""

    nodes: list[Node]
    case: bool = False


@dataclass(slots=True, eq=False)
class FromItem:
    """One table, common table expression, function or sub-query of a FROM."""

    words: tuple[str, ...] = ()
    """What connects it with the sources before: `,`, `join`, `left join` ...; empty for the first."""
    path: tuple[Token, ...] = ()
    """Name with its prefixes; empty for a sub-query."""
    query: QueryTree | None = None
    arguments: Brackets | None = None
    """The arguments of a function."""
    alias: Token | None = None
    condition: list[Node] = field(default_factory=list)
    """ON or USING, that word included; empty for none."""
    table: Table | None = None
    """The table of the schema, if it is one."""
    label: str = ""
    """The alias to write; empty where its own name does."""


@dataclass(slots=True, eq=False)
class Item:
    """One entry of a select list."""

    nodes: list[Node]
    alias: Token | None = None


@dataclass(slots=True, eq=False)
class Select:
    """One SELECT between set operations, or VALUES (clause `values`, nothing else)."""

    sources: list[FromItem] = field(default_factory=list)
    head: list[Node] = field(default_factory=list)
    """DISTINCT, perhaps with ON, in front of the items."""
    items: list[Item] = field(default_factory=list)
    clauses: dict[str, list[Node]] = field(default_factory=dict)
    """The clauses without their own words; neither `select` nor `from`."""
    from_first: bool = False


@dataclass(slots=True, eq=False)
class Cte:
    """One name of WITH."""

    name: Token
    query: QueryTree
    columns: Brackets | None = None


@dataclass(slots=True, eq=False)
class QueryTree:
    """A statement or sub-query."""

    arms: list[Select | QueryTree]
    """A query among them stands in brackets."""
    operations: list[tuple[str, ...]] = field(default_factory=list)
    """Words of the set operations between the arms."""
    ctes: list[Cte] = field(default_factory=list)
    recursive: bool = False


Node = Token | Brackets | QueryTree | ColumnRef
