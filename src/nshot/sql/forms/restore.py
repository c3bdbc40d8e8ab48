"""Restore the join conditions that FROM-first text leaves out, from the foreign keys of the
schema."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from nshot.foreign_key_graph import equal_columns
from nshot.sql.forms.tree import ColumnRef, FromItem, Node
from nshot.sql.tokens import Token
from nshot.types import Schema

Pairs = list[tuple[str, str]]
"""Pairs of equal columns: one of the earlier table, one of the joined table."""


def restore_condition(joined: FromItem, earlier: Sequence[FromItem], schema: Schema | None) -> list[Node]:
    """ON and the condition for a table joined without one; empty if no foreign key connects it.

    The tables before it are searched from the last to the first; the first one that a foreign key
    connects with the joined table is used. If several foreign keys connect the two, the schema's
    first one is used.
    """
    for source, pairs in _connections(joined, earlier, schema):
        nodes: list[Node] = []
        for one, other in pairs:
            nodes.append(Token("keyword", "and" if nodes else "on", -1))
            nodes.append(ColumnRef(one, source=source))
            nodes.append(Token("op", "=", -1))
            nodes.append(ColumnRef(other, source=joined))
        return nodes
    return []


def is_restored(joined: FromItem, earlier: Sequence[FromItem], schema: Schema | None) -> bool:
    """Whether the source's condition can be left out, because reading restores the same
    condition."""
    restored = restore_condition(joined, earlier, schema)
    return bool(restored) and _equations(restored) == _equations(joined.condition)


def _connections(
    joined: FromItem, earlier: Sequence[FromItem], schema: Schema | None
) -> Iterator[tuple[FromItem, Pairs]]:
    if schema is None or joined.table is None:
        return
    there = joined.table.name.lower()
    for source in reversed(earlier):
        if source.table is None:
            continue
        here = source.table.name.lower()
        for key in schema.foreign_keys:
            if pairs := equal_columns(key, here, there):
                yield source, pairs


def _equations(condition: Sequence[Node]) -> set[frozenset[tuple[int, str]]] | None:
    """The column equations that the condition consists of; None if it contains anything else."""
    found = set()
    for i in range(0, len(condition), 4):
        match condition[i : i + 4]:
            case [
                Token(text="on" | "and" as word),
                ColumnRef() as one,
                Token(text="="),
                ColumnRef() as other,
            ]:
                if word != ("and" if i else "on"):
                    return None
                found.add(frozenset((_place(one), _place(other))))
            case _:
                return None
    return found or None


def _place(column: ColumnRef) -> tuple[int, str]:
    return id(column.source), column.name.lower()
