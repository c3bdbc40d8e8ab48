"""Score how relevant each table and column of a schema is for a question."""

from __future__ import annotations

import math
from collections import Counter
from itertools import takewhile
from typing import TYPE_CHECKING, NamedTuple

from nshot.prompting.linking.narrow import places
from nshot.prompting.linking.words import words

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from nshot.types import CellMatch, Schema

VALUE_BONUS = 1.0
"""Added to the score of a column if the question contains one of its cell values."""

NOTE_BONUS = 0.5
"""Added to the score of a table or column for each word of its note that the question has, up to
two.
"""

_SHORTEST_STEM = 4
"""Letters that two forms of one word have in common, at least."""

COLUMN_WEIGHT = 0.6
"""Weight of a table's best column scores in the table's own score."""


class Relevance(NamedTuple):
    """Scores by position; higher is more relevant, 0 means no sign of relevance."""

    tables: list[float]
    columns: list[list[float]]


def relevance(schema: Schema, question: str, matches: Sequence[CellMatch] = ()) -> Relevance:
    """Score every table and column by the words that its name shares with the question.

    Args:
        schema: Names and natural names are compared; each word is weighted by its rarity in the
            schema.
        question: The question, with its evidence if there is any.
        matches: Cell values found in the question; they raise the scores of their column and its
            table.
    """
    asked = set(words(question))
    names = [_words_of(table.name, table.natural_name) for table in schema.tables]
    inner = [[_words_of(col.name, col.natural_name) for col in table.columns] for table in schema.tables]
    rarity = _rarity(names, inner)
    asked |= _find_inflected(asked, rarity)
    columns = [[_overlap(name, asked, rarity) for name in table] for table in inner]
    for table, column in _hits(schema, matches):
        columns[table][column] += VALUE_BONUS
    for one, scores in zip(schema.tables, columns, strict=True):
        for place, inside in enumerate(one.columns):
            scores[place] += _note_bonus(inside.note, asked)
    tables = [
        _overlap(name, asked, rarity) + _note_bonus(one.note, asked) + COLUMN_WEIGHT * _best(own)
        for name, one, own in zip(names, schema.tables, columns, strict=True)
    ]
    return Relevance(tables, columns)


def _words_of(name: str, natural_name: str) -> frozenset[str]:
    return frozenset(words(name)) | frozenset(words(natural_name))


def _find_inflected(asked: Collection[str], known: Collection[str]) -> set[str]:
    """Words of the schema that the question has with another ending: `клиентов` for `клиенты`.

    Only words with letters beyond ASCII: `words` knows the endings of English.
    """
    others = [word for word in asked if not word.isascii()]
    return {word for word in known if not word.isascii() and any(_is_inflected(word, one) for one in others)}


def _is_inflected(word: str, asked: str) -> bool:
    """Whether two words have the same beginning, and short endings."""
    same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(word, asked, strict=False)))
    longest_ending = 6 if same == len(word) else 3
    return same >= max(_SHORTEST_STEM, len(word) - 2) and len(asked) - same <= longest_ending


def _rarity(names: Sequence[frozenset[str]], inner: Sequence[Sequence[frozenset[str]]]) -> dict[str, float]:
    seen = Counter(word for table, own in zip(names, inner, strict=True) for word in table.union(*own))
    return {word: math.log(1 + len(names) / count) for word, count in seen.items()}


def _overlap(name: Collection[str], asked: Collection[str], rarity: dict[str, float]) -> float:
    whole = sum(rarity[word] for word in sorted(name))
    shared = sum(rarity[word] for word in sorted(name) if word in asked)
    return shared * shared / whole if whole else 0.0


def _note_bonus(note: str, asked: Collection[str]) -> float:
    return NOTE_BONUS * min(2, len(set(words(note)) & set(asked))) if note else 0.0


def _hits(schema: Schema, matches: Sequence[CellMatch]) -> set[tuple[int, int]]:
    tables, columns = places(schema)
    hits = set()
    for match in matches:
        table = tables.get(match.table.lower())
        if table is not None and match.column.lower() in columns[table]:
            hits.add((table, columns[table][match.column.lower()]))
    return hits


def _best(scores: Sequence[float]) -> float:
    return sum(score * 0.5**place for place, score in enumerate(sorted(scores, reverse=True)[:3]))
