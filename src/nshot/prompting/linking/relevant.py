"""The part of a schema that a question needs, by a ranking of its tables and columns."""

from __future__ import annotations

from collections import Counter
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from nshot.prompting.linking.narrow import narrow, places
from nshot.prompting.linking.relevance import Relevance, relevance
from nshot.prompting.linking.words import words
from nshot.prompting.serialize.links import Links

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

    from nshot.types import CellMatch, Schema

NEAR_BONUS = 0.3
"""Added to the score of a table that a foreign key joins to a chosen table."""

BRIDGE_COST = 0.3
"""Subtracted from the score for each table that must also be chosen as a bridge."""

MOST_BRIDGES = 3
"""Largest number of bridges that is subtracted; a table that no key joins counts as this far."""

REST_LATER = 1.5
"""Columns that the question does not mention come after the core of this many less relevant tables.
"""


MOST_HOLDERS = 2
"""A value that more tables hold says of none of them that it is needed."""

KEPT_BONUS = 100.0
"""Added to the score of a table that is kept in any case; more than any question's words can give.
"""


class Unit(NamedTuple):
    """Columns of one table, by position, that are kept or dropped together."""

    table: int
    columns: frozenset[int]


def relevant(
    schema: Schema,
    question: str,
    matches: Sequence[CellMatch] = (),
    *,
    max_tables: int = 6,
    max_columns: int | None = None,
    keep: Collection[str] = (),
) -> Schema:
    """The schema with the tables and columns most relevant to the question, in their own order.

    Tables on the shortest foreign-key path between two chosen tables are chosen too, and count as
    tables.

    Args:
        schema: The whole schema.
        question: The question's text.
        matches: Cell values found in the question.
        max_tables: Most tables to keep.
        max_columns: Most columns of each table, keys not counted; None keeps all.
        keep: Names of tables that come before all others, whatever the question says.
    """
    scores = _with_kept(relevance(schema, question, matches), schema, keep)
    links = Links(schema)
    chosen = list(islice(table_order(scores, links), max_tables))
    return narrow(schema, {table: _columns(table, chosen, scores, links, max_columns) for table in chosen})


def relevant_within(
    schema: Schema,
    question: str,
    matches: Sequence[CellMatch],
    *,
    count: Callable[[Schema], int],
    max_tokens: int,
    max_columns: int | None = None,
    keep: Collection[str] = (),
) -> Schema:
    """The whole schema if it is short enough, else its most relevant tables.

    Tables whose whole name the question has, or a value of which it holds, and the tables that join
    these, are kept even if they are too long together.

    Args:
        schema: the whole schema.
        question: the question's text.
        matches: cell values found in it.
        count: the tokens of a schema.
        max_tokens: of the result.
        max_columns: most columns of each table, keys not counted; None keeps all.
        keep: names of tables that are kept like those that the question names.
    """
    if count(schema) <= max_tokens:
        return schema
    scores = relevance(schema, question, matches)
    links = Links(schema)
    needed = _list_needed(schema, question, matches, links, keep)
    least = max(1, len(needed))
    kept = schema
    chosen: list[int] = []
    for table in table_order(scores, links, needed):
        chosen.append(table)
        if len(chosen) < least:
            continue
        part = narrow(schema, {at: _columns(at, chosen, scores, links, max_columns) for at in chosen})
        if len(chosen) > least and count(part) > max_tokens:
            break
        kept = part
    return kept


def _list_needed(
    schema: Schema, question: str, matches: Sequence[CellMatch], links: Links, keep: Collection[str]
) -> list[int]:
    """The tables that are kept, or that the question names or holds values of, with those between
    them.
    """
    asked = set(words(question))
    named = {
        place
        for place, table in enumerate(schema.tables)
        if any(parts and asked.issuperset(parts) for parts in (words(table.name), words(table.natural_name)))
    }
    of_value = Counter((match.start, match.end) for match in matches)
    tables, _ = places(schema)
    named.update(tables[name.lower()] for name in keep if name.lower() in tables)
    for match in matches:
        if of_value[match.start, match.end] <= MOST_HOLDERS and match.table.lower() in tables:
            named.add(tables[match.table.lower()])
    found: list[int] = []
    for table in sorted(named):
        if table not in found:
            found += [one for one in links.path(found, table) if one not in found] if found else [table]
    return found


def table_order(scores: Relevance, links: Links, first: Sequence[int] = ()) -> Iterator[int]:
    """All tables, most relevant first; the tables that join a table to earlier ones come before it.

    Any prefix of the list is a good choice of tables. A table next to a chosen one gets a bonus,
    and a table that needs bridges loses score. Ties go to the table that is earlier in the schema.

    Args:
        scores: Scores of the tables.
        links: The foreign keys that join them.
        first: Tables that come before all others.
    """
    steps: dict[int, int] = {}
    worth = list(scores.tables)
    order: list[int] = []
    given = set(first)
    left = [table for table in range(len(worth)) if table not in given]

    def take(table: int) -> int:
        if not order:  # from now on, what no key joins is far
            worth[:] = [score - BRIDGE_COST * MOST_BRIDGES for score in scores.tables]
        order.append(table)
        for near in links.spread(steps, table, MOST_BRIDGES):
            bridges = steps[near] - 1
            worth[near] = scores.tables[near] + (NEAR_BONUS if bridges == 0 else -BRIDGE_COST * bridges)
        return table

    for table in first:
        yield take(table)
    while left:
        best = max(left, key=worth.__getitem__)  # the first of equals: a schema may have thousands of tables
        for table in links.path(set(order), best):
            left.remove(table)
            yield take(table)


def units(
    schema: Schema, question: str, matches: Sequence[CellMatch] = (), keep: Collection[str] = ()
) -> list[Unit]:
    """The whole schema in pieces, most relevant first; any prefix of the list is a good choice.

    A table's first piece has its keys, the columns that join it to earlier tables, and the columns
    that the question mentions; every other column is a piece of its own. Tables in `keep` come
    first.
    """
    scores = _with_kept(relevance(schema, question, matches), schema, keep)
    links = Links(schema)
    order = list(table_order(scores, links))
    pieces: list[tuple[float, Unit]] = []
    for rank, table in enumerate(order):
        spoken = {place for place, score in enumerate(scores.columns[table]) if score > 0}
        core = links.keys(table, order[:rank]) | spoken
        every = range(len(schema.tables[table].columns))
        rest = [place for place in every if place not in core]
        if not core and rest:
            core, rest = {rest[0]}, rest[1:]
        pieces.append((rank, Unit(table, frozenset(core))))
        pieces += [(rank + REST_LATER, Unit(table, frozenset([place]))) for place in rest]
    return [unit for _, unit in sorted(pieces, key=lambda piece: piece[0])]


def part(schema: Schema, pieces: Iterable[Unit]) -> Schema:
    """The schema with only these pieces."""
    keep: dict[int, set[int]] = {}
    for unit in pieces:
        keep.setdefault(unit.table, set()).update(unit.columns)
    return narrow(schema, keep)


def _with_kept(scores: Relevance, schema: Schema, keep: Collection[str]) -> Relevance:
    """The scores with the kept tables above all others."""
    if not keep:
        return scores
    kept = {name.lower() for name in keep}
    tables = [
        score + KEPT_BONUS * (table.name.lower() in kept)
        for score, table in zip(scores.tables, schema.tables, strict=True)
    ]
    return scores._replace(tables=tables)


def _columns(
    table: int, chosen: Sequence[int], scores: Relevance, links: Links, max_columns: int | None
) -> set[int]:
    own = scores.columns[table]
    if max_columns is None:
        return set(range(len(own)))
    keys = links.keys(table, chosen)
    others = sorted(
        (place for place in range(len(own)) if place not in keys), key=lambda one: (-own[one], one)
    )
    return keys | set(others[:max_columns])
