"""Exchanges names in a schema, a question and its SQL: a model learns to read names, not databases.

Spider's training set has 146 databases, which a model soon memorises. `Renaming` draws words of a
schema (`singer`) and exchanges them for words of other databases (`stadium`) wherever they stand:
in tables, in columns (`singer_id` becomes `stadium_id`), and, row by row, in the question
(`singers` becomes `stadiums`) and the SQL. A row whose question does not mention a name that its
SQL needs keeps its own schema.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final, NamedTuple

from nshot.prompting import kind
from nshot.retrieval import FUNCTION_WORDS, NAME_PART
from nshot.sql import form_name, scan
from nshot.stemming import strip_plural
from nshot.training.data.renaming.exchange import LONGEST, Words, exchange_words, in_number, longest_key
from nshot.types import CellMatch, Column, Schema, Table

SHARE: Final = 0.6
"""Probability with which a name is exchanged, if it can be."""
KEPT: Final = frozenset(
    "id ids name names code codes number numbers date time year month day type types description details "
    "first last key value values count order group index text other".split()
) | frozenset(FUNCTION_WORDS)
"""Words that are never exchanged on their own: half of all databases share them."""
_WORD = re.compile(r"[^\W\d_]+")


class Lexicon(NamedTuple):
    """Replacement names, in words, by what they name: `table`, or the kind of a column."""

    names: dict[str, tuple[Words, ...]]

    @classmethod
    def of(cls, schemas: Iterable[Schema]) -> Lexicon:
        """All names of the schemas that can be exchanged, each once."""
        found: dict[str, dict[Words, None]] = {}
        for schema in schemas:
            for sort, words in _names(schema):
                found.setdefault(sort, {})[(*words[:-1], _singular(words[-1]))] = None
        return cls({sort: tuple(names) for sort, names in found.items()})


class Renamed(NamedTuple):
    """A row with exchanged names."""

    question: str
    response: str
    matches: tuple[CellMatch, ...]
    """Matches with exchanged names, at their places in the new question."""
    evidence: str = ""


@dataclass(frozen=True)
class Renaming:
    """One draw of exchanged names for one schema."""

    original: Schema
    schema: Schema
    """The schema with the new names."""
    words: dict[Words, Words]
    """Stems of the exchanged words, and their replacements."""

    @classmethod
    def draw(cls, schema: Schema, lexicon: Lexicon, rng: random.Random) -> Renaming:
        """Exchanges a random part of the schema's names, except those that would be ambiguous."""
        own = {word for words in _all_words(schema) for word in words}
        chosen: dict[Words, Words] = {}
        taken = set(own)
        for sort, words in dict.fromkeys(_names(schema)):
            key = tuple(map(strip_plural, words))
            choices = lexicon.names.get(sort, ())
            if key in chosen or not choices or rng.random() >= SHARE:
                continue
            for new in rng.sample(choices, min(8, len(choices))):
                stems = {strip_plural(word) for word in new}
                if stems.isdisjoint(taken):
                    chosen[key] = new
                    taken |= stems
                    break
        for key in chosen.keys() - _said_by_identifiers(schema, chosen):  # people's names alone have it
            del chosen[key]
        return cls(schema, _apply(schema, chosen), chosen)

    def row(
        self, question: str, response: str, matches: Sequence[CellMatch], evidence: str = ""
    ) -> Renamed | None:
        """The row with the new names; None if the question does not mention a name that the SQL
        needs.

        Args:
            question: The original question.
            response: SQL in one of the forms without aliases, over the original schema.
            matches: Cell values in the question; their text is not changed.
            evidence: The question's hint. Names in it count as mentioned; the result is None if it
                spells one in a way that cannot be exchanged.
        """
        text, said, places = self._question(question, matches)
        hint, hinted, _ = self._question(evidence, ())
        sql = self._response(response, said | hinted)
        if sql is None or not self._spellings.keys().isdisjoint(token.text.lower() for token in scan(hint)):
            return None
        found = [
            match._replace(
                table=self._new_names[match.table.lower()],
                column=self._new_names[match.column.lower()],
                start=places(match.start),
                end=places(match.end),
            )
            for match in matches
        ]
        return Renamed(text, sql, tuple(found), hint)

    def _question(
        self, question: str, matches: Sequence[CellMatch]
    ) -> tuple[str, set[Words], Callable[[int], int]]:
        """The new question, the names that it mentions, and a function from old places to new
        ones."""
        covered = [(match.start, match.end) for match in matches]
        found = [one for one in _WORD.finditer(question) if not _inside(one.span(), covered)]
        stems = [strip_plural(one.group().lower()) for one in found]
        said: set[Words] = set()
        edits: list[tuple[int, int, str]] = []
        i = 0
        while i < len(found):
            key = longest_key(self.words, stems, i)
            if key and all(
                _between(question, found[j].end(), found[j + 1].start()) for j in range(i, i + len(key) - 1)
            ):
                last = found[i + len(key) - 1]
                new = in_number(self.words[key], last.group(), stems[i + len(key) - 1])
                start, end = found[i].start(), last.end()
                edits.append((start, end, new.capitalize() if found[i].group()[0].isupper() else new))
                said.add(key)
                i += len(key)
            else:
                i += 1
        out, at = [], 0
        for start, end, new in edits:
            out += [question[at:start], new]
            at = end

        def place(old: int) -> int:
            return old + sum(len(new) - (end - start) for start, end, new in edits if end <= old)

        return "".join([*out, question[at:]]), said, place

    def _response(self, response: str, said: set[Words]) -> str | None:
        """The SQL with the new names; None if the question does not mention one of them."""
        names, out, at = self._spellings, [], 0
        for token in scan(response):
            if token.kind not in ("name", "quoted", "dquoted"):
                continue
            change = names.get(token.text.lower())
            if change is None:
                continue
            new, needed = change
            if not needed <= said:
                return None
            out += [response[at : token.start], new]
            at = token.start + len(token.text)
        return "".join([*out, response[at:]])

    @cached_property
    def _new_names(self) -> dict[str, str]:
        """New names of tables and columns, by the old name in lower case."""
        pairs = zip(self.original.identifiers(), self.schema.identifiers(), strict=True)
        return {old.lower(): new for old, new in pairs}

    @cached_property
    def _spellings(self) -> dict[str, tuple[str, frozenset[Words]]]:
        """The new spelling of each old one in SQL, and the names that a question must mention for
        it.
        """
        found: dict[str, tuple[str, frozenset[Words]]] = {}
        dialect = self.original.dialect
        for old, new in zip(self.original.identifiers(), self.schema.identifiers(), strict=True):
            if old != new:
                found[form_name(old, dialect).lower()] = (
                    form_name(new, dialect),
                    frozenset(self._find_used(old)),
                )
        return found

    def _find_used(self, identifier: str) -> Iterator[Words]:
        return _find_keys(identifier, self.words)


def _find_keys(identifier: str, chosen: dict[Words, Words]) -> Iterator[Words]:
    """The keys of the words that are exchanged in an identifier."""
    stems = [strip_plural(part.lower()) for part in NAME_PART.findall(identifier)]
    i = 0
    while i < len(stems):
        key = longest_key(chosen, stems, i)
        if key:
            yield key
        i += len(key) or 1


def _said_by_identifiers(schema: Schema, chosen: dict[Words, Words]) -> set[Words]:
    """The keys that occur in a name of the SQL; natural names may contain others."""
    return {key for name in schema.identifiers() for key in _find_keys(name, chosen)}


def _apply(schema: Schema, chosen: dict[Words, Words]) -> Schema:
    """The schema with new names; a name that clashes with another one is not exchanged."""
    while True:
        named = _name_anew(schema, chosen)
        tables = tuple(_rename_table(table, named, chosen) for table in schema.tables)
        clash = _clash([table.name for table in tables]) or next(
            (one for table in tables if (one := _clash([column.name for column in table.columns]))), None
        )
        if clash is None:
            break
        broken = [key for key, new in chosen.items() if "".join(new) in _letters(clash)]
        for key in broken or list(chosen):
            del chosen[key]
    keys = tuple(key.rename(named) for key in schema.foreign_keys)
    return replace(schema, tables=tables, foreign_keys=keys)


Named = Callable[[str], str]
"""The new name of a table or column."""


def _name_anew(schema: Schema, chosen: dict[Words, Words]) -> Named:
    """One new name for each old one, whatever its letter case: `School` and `school` are one name
    in SQL.
    """
    found: dict[str, str] = {}
    for name in schema.identifiers():
        found.setdefault(name.lower(), exchange_words(name, chosen))
    return lambda name: found.get(name.lower()) or exchange_words(name, chosen)


def _rename_table(table: Table, named: Named, chosen: dict[Words, Words]) -> Table:
    return table._replace(
        name=named(table.name),
        natural_name=exchange_words(table.natural_name, chosen),
        primary_key=tuple(map(named, table.primary_key)),
        columns=tuple(_rename_column(column, named, chosen) for column in table.columns),
    )


def _rename_column(column: Column, named: Named, chosen: dict[Words, Words]) -> Column:
    return column._replace(name=named(column.name), natural_name=exchange_words(column.natural_name, chosen))


def _names(schema: Schema) -> Iterator[tuple[str, Words]]:
    """Yields the names that can be exchanged, in words: those of tables, and of columns that are no
    keys.
    """
    keys = {name.lower() for key in schema.foreign_keys for name in (*key.columns, *key.ref_columns)}
    keys |= {name.lower() for table in schema.tables for name in table.primary_key}
    for table in schema.tables:
        if words := _exchangeable(table.natural_name or table.name):
            yield "table", words
        for column in table.columns:
            if column.name.lower() not in keys and (
                words := _exchangeable(column.natural_name or column.name)
            ):
                yield kind(column.type), words


def _exchangeable(name: str) -> Words:
    words = tuple(part.lower() for part in NAME_PART.findall(name))
    if not 0 < len(words) <= LONGEST or any(not word.isalpha() or len(word) < 3 for word in words):
        return ()
    if words[0] == "sqlite":  # names that SQLite keeps for itself
        return ()
    return () if all(strip_plural(word) in KEPT or word in KEPT for word in words) else words


def _singular(word: str) -> str:
    """The word in the singular, if it is certainly a plural."""
    if word.endswith(("us", "is", "ss")):
        return word
    if word.endswith(("ches", "shes", "sses", "xes", "zes")):
        return word[:-2]
    return word[:-1] if word.endswith("ses") else strip_plural(word)


def _all_words(schema: Schema) -> Iterator[Words]:
    for name in schema.identifiers():
        yield tuple(strip_plural(part.lower()) for part in NAME_PART.findall(name))


def _clash(names: Sequence[str]) -> str | None:
    seen: set[str] = set()
    for name in names:
        if name.lower() in seen:
            return name
        seen.add(name.lower())
    return None


def _letters(name: str) -> str:
    return "".join(_WORD.findall(name.lower()))


def _inside(span: tuple[int, int], spans: Sequence[tuple[int, int]]) -> bool:
    return any(start < span[1] and span[0] < end for start, end in spans)


def _between(text: str, start: int, end: int) -> bool:
    return text[start:end] in (" ", "_", "-")
