"""Parse SQL text to sqlglot's tree."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final, cast

from nshot.errors import OptionError, SqlParseError
from nshot.sql.quotes import quote_strings

if TYPE_CHECKING:
    from sqlglot import exp
    from sqlglot.dialects.dialect import Dialect

    from nshot.types import Schema

MAX_CHARACTERS: Final = 100_000
"""Longest text that is parsed or executed, in characters. Spider's longest gold query has 577."""

_EXCERPT: Final = 30


def parse(sql: str, schema: Schema | None = None, dialect: str = "sqlite") -> exp.Expression:
    """The syntax tree of the single statement in `sql`.

    In SQLite's dialect, Spider's double-quoted strings become strings (see `nshot.sql.quotes`), and operators
    written with a blank inside (`> =`) are joined.

    Args:
        sql: One statement; semicolons after it are allowed.
        schema: Tells whether a double-quoted word is a name or a string; without it, the position decides.
        dialect: sqlglot's name of the dialect.

    Raises:
        SqlParseError: The text is not exactly one statement that sqlglot can read; the message says where.
        OptionError: The dialect is unknown.
    """
    if len(sql) > MAX_CHARACTERS:
        raise SqlParseError(f"SQL text has {len(sql):,} characters, at most {MAX_CHARACTERS:,} are read")
    text = quote_strings(sql, schema) if dialect == "sqlite" else sql
    statements = _statements(text, dialect)
    if len(statements) != 1:
        raise SqlParseError(f"expected one SQL statement, got {len(statements)}: {_excerpt(sql, 0)}")
    return statements[0]


def _statements(sql: str, dialect: str) -> list[exp.Expression]:
    import sqlglot
    from sqlglot.errors import ParseError, SqlglotError

    # sqlglot logs a warning for each statement that it reads as a command; callers need none
    logging.getLogger("sqlglot").setLevel(logging.ERROR)
    try:
        found = sqlglot.parse(sql, dialect=_dialect(dialect))
    except ParseError as error:
        first = error.errors[0] if error.errors else {}
        offset = _offset(sql, first.get("line") or 1, first.get("col") or 1)
        what = first.get("description") or "not SQL"
        raise SqlParseError(f"cannot parse SQL: {what} at {_excerpt(sql, offset)}") from error
    except SqlglotError as error:
        raise SqlParseError(f"cannot parse SQL: {error}") from error
    except RecursionError as error:
        raise SqlParseError("cannot parse SQL: nested too deeply") from error
    # a comment behind the semicolon is a statement to sqlglot, but there is nothing in it to run
    nothing = (type(None), sqlglot.exp.Semicolon)
    return [cast("exp.Expression", statement) for statement in found if not isinstance(statement, nothing)]


def check_dialect(name: str) -> None:
    """Nothing, if sqlglot knows the dialect.

    Raises:
        OptionError: It does not.
    """
    _dialect(name)


def _dialect(name: str) -> Dialect:
    from sqlglot.dialects.dialect import Dialect

    try:
        return Dialect.get_or_raise(name)
    except ValueError as error:
        known = ", ".join(sorted(filter(None, Dialect.classes)))
        raise OptionError(
            f"unknown SQL dialect {name!r}; choose one of: {known}", option="dialect"
        ) from error


def _offset(sql: str, line: int, column: int) -> int:
    """0-based offset of a 1-based line and column."""
    before = sql.splitlines(keepends=True)[: line - 1]
    return min(sum(map(len, before)) + max(column - 1, 0), len(sql))


def _excerpt(sql: str, offset: int) -> str:
    start, end = max(0, offset - _EXCERPT), offset + _EXCERPT
    shown = " ".join(sql[start:end].split())
    head, tail = ("…" if start else ""), ("…" if end < len(sql) else "")
    return f"character {offset}: {head}{shown}{tail}" if shown else f"character {offset}: no text"
