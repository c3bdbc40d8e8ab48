"""Names in SQL, spelled with the letters that the database has.

Databases compare names without letter case in ASCII alone, and never by Unicode's forms. To SQLite
`Öğrenci` and `öğrenci` are two tables, and so are a composed and a decomposed `é`. And a name with
a line break, as headers of spreadsheets have it, is shown on one line in prompts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from nshot.sql.forms.spelling import sql_name
from nshot.sql.tokens import Token, scan, unquote
from nshot.types import Schema
from nshot.words import fold

_BEFORE_NAMES = frozenset((".", "from", "join"))
_COMPARISONS = frozenset(("=", "==", "<>", "!=", "<", ">", "<=", ">=", "like", "glob", "is", "not"))
_UPPER = re.compile("[A-Z]+")


def use_own_letters(sql: str, schema: Schema) -> str:
    r"""The SQL with each name that the database does not know as its own name of the same word.

    Names that it knows, aliases, and words that may be texts in double quotes stay as they are. So
    does a name for which two names of the schema could be meant. A name that the schema has in
    two lines, or with blanks around it, is meant also where it could be a text in double quotes.

    >>> from nshot.types import Column, Table
    >>> schema = Schema("okul", (Table("öğrenci", (Column("İL"), Column("adı"))),))
    >>> use_own_letters("SELECT ADI, il AS city FROM Öğrenci", schema)
    'SELECT adı, İL AS city FROM öğrenci'
    >>> use_own_letters('SELECT "in EUR" FROM a', Schema("s", (Table("a", (Column("in\nEUR"),)),)))
    'SELECT "in\nEUR" FROM a'
    """
    known, own, lines = _own_names(schema)
    trimmed = _find_trimmed(schema)
    if not own and not lines and not trimmed:
        return sql
    tokens = scan(sql)
    raw = [sql[one.start : one.start + len(one.text)] for one in tokens]
    texts = [unquote(one._replace(text=text)) for one, text in zip(tokens, raw, strict=True)]
    aliases = {_lower(text) for text, before in zip(texts[1:], tokens, strict=False) if before.text == "as"}
    out, at = [], 0
    for number, token in enumerate(tokens):
        if token.kind not in ("name", "quoted", "dquoted") or _lower(texts[number]) in known | aliases:
            continue
        beside = (tokens[number - 1].text if number else "", *(one.text for one in tokens[number + 1 :][:1]))
        is_text = token.kind == "dquoted" and beside[0] not in _BEFORE_NAMES and "." not in beside[1:]
        in_lines = lines.get(_lower(texts[number]))
        name = in_lines or (None if is_text else own.get(fold(texts[number])))
        if name is None and not _is_compared(tokens, number):
            name = trimmed.get(_lower(texts[number]))
        if name is not None:
            out += [sql[at : token.start], sql_name(name, schema.dialect)]
            at = token.start + len(raw[number])
    return "".join([*out, sql[at:]])


@lru_cache(maxsize=256)
def _own_names(schema: Schema) -> tuple[frozenset[str], dict[str, str], dict[str, str]]:
    """All names as the database compares them, those beyond ASCII by their word, and those of
    several lines by what they are on one.
    """
    names = set(_identifiers(schema))
    lines = {_lower(_join_lines(name)): name for name in names if len(name.splitlines()) > 1}
    if all(map(str.isascii, names)) and not lines and not _find_trimmed(schema):
        return frozenset(), {}, {}
    by_word: dict[str, set[str]] = {}
    for name in names:
        by_word.setdefault(fold(name), set()).add(name)
    own = {word: one for word, (one, *others) in by_word.items() if not others and not one.isascii()}
    return frozenset(map(_lower, names)), own, lines


def _is_compared(tokens: Sequence[Token], at: int) -> bool:
    """Whether a word in double quotes is compared with something, as texts are."""
    if tokens[at].kind != "dquoted":
        return False
    before = ["", "", *(one.text for one in tokens[:at])]
    return before[-1] in _COMPARISONS or (before[-1] == "(" and before[-2] == "in")


@lru_cache(maxsize=256)
def _find_trimmed(schema: Schema) -> dict[str, str]:
    """Names with blanks at their ends, as imports of CSV files make them, by the word without them.

    To SQLite, `"town"` for a column ` town` is a text, and no error.
    """
    names = set(_identifiers(schema))
    words = [name.strip().lower() for name in names]
    odd = [name for name in names if name != name.strip() and words.count(name.strip().lower()) == 1]
    return {_lower(name.strip()): name for name in odd}


def _join_lines(name: str) -> str:
    """The name as prompts show it: line breaks, and the blanks around them, are one blank."""
    first, *middle = name.splitlines()
    parts, last = [part.strip() for part in middle[:-1]], middle[-1].lstrip()
    return " ".join(part for part in (first.rstrip(), *parts, last) if part)


def _identifiers(schema: Schema) -> Iterator[str]:
    for table in schema.tables:
        yield table.name
        yield from (column.name for column in table.columns)


def _lower(name: str) -> str:
    """In lower case as databases do it: of ASCII alone."""
    return _UPPER.sub(lambda found: found[0].lower(), name)
