"""Mask the schema words and values of a question, so that the shape of the question is left.

"How many singers are from France?" becomes `how many [table] are from [value] ?`. The idea is the
"masked question similarity" of DAIL-SQL (https://arxiv.org/abs/2308.15363). Here, one pass masks
the names of the schema, the cell values found in the question, and literals recognised by their
spelling.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import regex

from nshot.retrieval.linking import HINTS, TableCounter
from nshot.stemming import strip_plural
from nshot.types import CellMatch, Schema
from nshot.words import CHARACTER, LETTER, fold, is_unspaced, without_article

TABLE, COLUMN, VALUE = "[table]", "[column]", "[value]"
MASKS = frozenset((TABLE, COLUMN, VALUE))

_TOKEN = regex.compile(
    rf"""(?<!\w)'[^'\n]{{1,200}}'(?!\w) | "[^"\n]{{1,200}}" | “[^“”\n]{{1,200}}”   # quoted
      | ‘[^‘’\n]{{1,200}}’ | 「[^「」\n]{{1,200}}」 | 『[^『』\n]{{1,200}}』
      | «[^«»\n]{{1,200}}» | „[^„“”\n]{{1,200}}[“”]
      | \d+(?:[.,:/-]\d+)*%?                                        # numbers, dates, times
      | {CHARACTER}                                                 # of a script without blanks
      | {LETTER}+(?:['’]s\b)?                                       # words
      | \S""",
    regex.VERBOSE,
)
_QUOTES = "'\"“‘「『«„"
_SMALL = rf"(?:(?!\p{{Lu}}){LETTER})"
NAME_PART = regex.compile(
    rf"{CHARACTER}|(?:\p{{Lu}}\p{{M}}*)?{_SMALL}+|(?:\p{{Lu}}\p{{M}}*)+(?!{_SMALL})|\d+"
)
"""One word of an identifier, in camel case, snake case or with digits. In scripts without blanks it
is a character."""
LONGEST_NAME = 6
"""Words in the longest schema name that is looked for; names hardly ever have more. In scripts
without blanks the longest name of the schema decides."""
FUNCTION_WORDS = frozenset(
    """
    a an the of in on at to for and or is are was were be been what which who whom whose how many much
    all each every with by from that this these those there their them they it its do does did have has
    had not no than more most less least as if when where i me my we our you your please
    """.split()
)
"""Words that are never masked on their own, even if a column has that name."""
COMMANDS = frozenset(
    "show list find give return count display tell get compute calculate report "
    "select name sort order".split()
)
"""Words that are not masked at the start of a question, where they are verbs ("name the ...", "show
...").
"""
NUMBERS = frozenset("two three four five six seven eight nine ten eleven twelve twenty fifty hundred".split())


class _Token(NamedTuple):
    text: str
    tables: frozenset[str] = frozenset()
    """Lower-cased tables that contain what the token names."""


class Masker:
    """Masks questions about one schema. Create it once and use it for many questions."""

    def __init__(self, schema: Schema | None) -> None:
        """Without a schema (None) only literals are masked: quoted text, numbers, capitalised
        words.
        """
        tables = schema.tables if schema is not None else ()
        self._tables = {*_names(*((table.name, table.natural_name) for table in tables))}
        self._columns = {*_names(*((c.name, c.natural_name) for table in tables for c in table.columns))}
        self._table_words = _single_words(self._tables)
        self._column_words = _single_words(self._columns)
        unspaced = (name for name in self._tables | self._columns if any(map(is_unspaced, name)))
        self._longest = max([LONGEST_NAME, *map(len, unspaced)])
        self._counter = TableCounter(schema) if schema is not None else None
        self._tables_of, self._tables_of_word = _owners(schema) if schema is not None else ({}, {})

    def shape(self, question: str, matches: Sequence[CellMatch] = ()) -> str:
        """The masked question, followed by a token for the number of tables that it refers to.

        This is the text by which a question and the pool are compared. Without a schema the token
        is left out.
        """
        read = list(self._read(question, matches))
        masked = " ".join(_merge(read))
        if self._counter is None:
            return masked
        return f"{masked} {HINTS[self._counter.count(token.tables for token in read)]}"

    def mask(self, question: str, matches: Sequence[CellMatch] = ()) -> str:
        """The question in lower case, tokens separated by blanks, with masks in place of schema
        words and values.

        Args:
            question: The question as asked.
            matches: Cell values of the question's database found in it. If empty, values are
                recognised by spelling alone.

        >>> Masker(None).mask("How many singers are older than 20?")
        'how many singers are older than [value] ?'
        """
        return " ".join(self.tokens(question, matches))

    def tokens(self, question: str, matches: Sequence[CellMatch] = ()) -> list[str]:
        """The tokens of `mask`; consecutive equal masks are merged into one."""
        return _merge(self._read(question, matches))

    def _read(self, question: str, matches: Sequence[CellMatch]) -> Iterator[_Token]:
        found = [(token.group(), token.start(), token.end()) for token in _TOKEN.finditer(question)]
        ends = {match.start: match.end for match in matches}
        tables: dict[int, set[str]] = {}
        for match in matches:
            if match.end == ends[match.start]:
                tables.setdefault(match.start, set()).add(match.table.lower())
        spans = {start: (end, frozenset(tables[start])) for start, end in ends.items()}
        return self._walk(found, spans)

    def _walk(
        self, found: list[tuple[str, int, int]], spans: dict[int, tuple[int, frozenset[str]]]
    ) -> Iterator[_Token]:
        stems = [_stem(text) for text, _, _ in found]
        i = 0
        while i < len(found):
            mask, length = self._name_at(stems, found, i)
            tables = self._tables_of.get(tuple(stems[i : i + length]), frozenset())
            if found[i][1] in spans:
                end, having = spans[found[i][1]]
                covered = 0
                while i + covered < len(found) and found[i + covered][2] <= end:
                    covered += 1
                if covered > length or (mask == "" and covered):
                    mask, length, tables = VALUE, covered, having
            yield _Token(mask, tables) if mask else self._single(found, stems, i)
            i += max(length, 1)

    def _name_at(self, stems: list[str], found: list[tuple[str, int, int]], i: int) -> tuple[str, int]:
        """The longest schema name that starts at token i: its mask and its length in tokens."""
        for length in range(min(self._longest, len(stems) - i), 0, -1):
            if length == 1 and (found[i][0].lower() in FUNCTION_WORDS or _is_command(found, i)):
                continue
            key = tuple(stems[i : i + length])
            if key in self._columns:
                return COLUMN, length
            if key in self._tables:
                return TABLE, length
        return "", 0

    def _single(self, found: list[tuple[str, int, int]], stems: list[str], i: int) -> _Token:
        text = found[i][0]
        if text[0].isdigit() or (len(text) > 1 and text[0] in _QUOTES) or text.lower() in NUMBERS:
            return _Token(VALUE)
        if stems[i] in self._column_words and not _is_command(found, i):
            return _Token(COLUMN, self._tables_of_word[stems[i]])
        if stems[i] in self._table_words and not _is_command(found, i):
            return _Token(TABLE, self._tables_of_word[stems[i]])
        if i > 0 and text[0].isupper() and found[i - 1][0] not in {".", "?", "!", ":", "。", "？", "！"}:
            return _Token(VALUE)
        return _Token(fold(text))


def _merge(read: Iterable[_Token]) -> list[str]:
    """The texts of the tokens; consecutive equal masks are merged into one."""
    masked: list[str] = []
    for token, _ in read:
        if not (masked and token in MASKS and masked[-1] == token):
            masked.append(token)
    return masked


def write_as_sentence(masked: str) -> str:
    """The masked question without brackets, as an encoder knows words but not mask tokens.

    >>> write_as_sentence("how many [table] are from [value] ? [one-table]")
    'how many table are from value ? one table'
    """
    for mask in MASKS:
        masked = masked.replace(mask, mask[1:-1])
    for hint in HINTS[1:]:
        masked = masked.replace(hint, hint[1:-1].replace("-", " "))
    return masked


def _is_command(found: list[tuple[str, int, int]], i: int) -> bool:
    return i == 0 and found[0][0].lower() in COMMANDS


def _owners(schema: Schema) -> tuple[dict[tuple[str, ...], frozenset[str]], dict[str, frozenset[str]]]:
    """The tables that have a name, and the tables that have a word of a name.

    A table's own name stands for that table alone.
    """
    own: dict[tuple[str, ...], set[str]] = defaultdict(set)
    having: dict[tuple[str, ...], set[str]] = defaultdict(set)
    words: dict[str, set[str]] = defaultdict(set)
    for table in schema.tables:
        here = table.name.lower()
        for name in _names((table.name, table.natural_name)):
            own[name].add(here)
        for name in _names(*((column.name, column.natural_name) for column in table.columns)):
            having[name].add(here)
    for names in (own, having):
        for name, tables in names.items():
            for word in name:
                words[word] |= tables
    return (
        {name: frozenset(tables) for name, tables in {**having, **own}.items()},
        {word: frozenset(tables) for word, tables in words.items()},
    )


def _names(*spellings: tuple[str, str]) -> Iterator[tuple[str, ...]]:
    """The stemmed words of each name, whatever its spelling: `HomeTown`, `home_town` or `home
    town`.
    """
    for names in spellings:
        for name in names:
            words = tuple(map(_stem, NAME_PART.findall(name)))
            if words and not (len(words) == 1 and is_unspaced(words[0])):  # too short to be found inside
                yield words


def _stem(word: str) -> str:
    return strip_plural(without_article(fold(word)))


def _single_words(names: Iterable[tuple[str, ...]]) -> set[str]:
    """Words of names that stand for a name by themselves; a character of a longer word does not."""
    return {word for name in names for word in name if not is_unspaced(word)} - FUNCTION_WORDS
