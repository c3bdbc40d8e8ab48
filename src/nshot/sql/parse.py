"""Parse SQL text to sqlglot's tree, within limits.

This is the only module that calls sqlglot's parser: texts come from models, users and files, and
some of a hundred characters would keep sqlglot busy for years. A text is refused if it is too long
or nested too deeply, and the parser stops after a number of steps that grows with the text. Every
failure is a `SqlParseError`.
"""

from __future__ import annotations

import logging
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, cast

from nshot.errors import OptionError, SqlParseError
from nshot.sql.quotes import quote_strings
from nshot.sql.tokens import MAX_CHARACTERS

if TYPE_CHECKING:
    from sqlglot import exp
    from sqlglot.dialects.dialect import Dialect
    from sqlglot.parser import Parser
    from sqlglot.tokenizer_core import Token

    from nshot.types import Schema

MAX_TOKENS: Final = 40_000
"""Maximum number of tokens that are parsed; sqlglot reads about 100,000 in a second."""

MAX_NESTING: Final = 40
"""Deepest nesting of brackets that is parsed; at about 45, sqlglot exceeds Python's recursion
limit.
"""

MAX_SUBSCRIPTS: Final = 100
"""Maximum number of `[` that are parsed. For each subscript, sqlglot writes all inside of it once
more.
"""

_STEPS: Final = 10_000
_STEPS_PER_TOKEN: Final = 3
"""Steps of sqlglot's parser from token to token, backwards ones included: these many, and so many a
token. Spider's queries take 160 at most, and 2.6 a token. With each `date(`, `char(` or `DECIMAL(`
inside another, sqlglot takes twice as many, as it reads the inner ones again as a type."""

_EXCERPT: Final = 30
_SQLGLOT_LOG: Final = logging.getLogger("sqlglot")

_ONE_UNIT: Final = re.compile(r"\s*[+-]?[\d.]+\s*[A-Za-z]*\s*")
"""The text of an interval that sqlglot reads in full."""


class _TooManySteps(Exception):
    """The parser took more steps than the text may need."""


def parse(sql: str, schema: Schema | None = None, dialect: str = "sqlite") -> exp.Expression:
    """The syntax tree of the single statement in `sql`.

    In SQLite's dialect, Spider's double-quoted strings become strings (see `nshot.sql.quotes`), and
    operators written with a blank inside (`> =`) are joined.

    Args:
        sql: One statement; semicolons after it are allowed.
        schema: Tells whether a double-quoted word is a name or a string; without it, the position
            decides.
        dialect: sqlglot's name of the dialect.

    Raises:
        SqlParseError: The text is not exactly one statement that sqlglot can read; the message says
            where.
        OptionError: The dialect is unknown.
    """
    if len(sql) > MAX_CHARACTERS:
        raise SqlParseError(f"SQL text has {len(sql):,} characters, at most {MAX_CHARACTERS:,} are read")
    text = quote_strings(sql, schema) if dialect == "sqlite" else sql
    statements = _statements(text, dialect)
    if len(statements) != 1:
        raise SqlParseError(f"expected one SQL statement, got {len(statements)}: {_excerpt(sql, 0)}")
    return statements[0]


def parse_expression(text: str, dialect: str) -> exp.Expression:
    """The syntax tree of one expression, such as `COALESCE(a, 0)`.

    Raises:
        SqlParseError, OptionError: As in `parse`.
    """
    from sqlglot import exp

    tree = parse(f"SELECT {text}", dialect=dialect)
    if not isinstance(tree, exp.Select) or len(tree.selects) != 1:
        raise SqlParseError(f"expected one expression, got {_excerpt(text, 0)}")
    return cast("exp.Expression", tree.selects[0])


def _statements(sql: str, dialect: str) -> list[exp.Expression]:
    from sqlglot import exp
    from sqlglot.errors import ParseError, SqlglotError

    # sqlglot logs a warning for each statement that it reads as a command; callers need none
    if _SQLGLOT_LOG.level != logging.ERROR:  # setting it empties caches of all loggers
        _SQLGLOT_LOG.setLevel(logging.ERROR)
    known = _dialect(dialect)
    try:
        found = _parse_within(known, sql)
    except ParseError as error:
        first = error.errors[0] if error.errors else {}
        offset = _offset(sql, first.get("line") or 1, first.get("col") or 1)
        what = first.get("description") or "not SQL"
        raise SqlParseError(f"cannot parse SQL: {what} at {_excerpt(sql, offset)}") from error
    except SqlglotError as error:
        raise SqlParseError(f"cannot parse SQL: {error}") from error
    except RecursionError as error:
        raise SqlParseError("cannot parse SQL: nested too deeply") from error
    except _TooManySteps as error:
        raise SqlParseError("cannot parse SQL: types or functions are nested too deeply") from error
    except SqlParseError:
        raise
    except Exception as error:  # sqlglot fails on some texts by IndexError, KeyError ...
        raise SqlParseError(f"cannot parse SQL: sqlglot fails by {type(error).__name__}") from error
    # a comment after the semicolon is a statement to sqlglot, but there is nothing in it to run
    nothing = (type(None), exp.Semicolon)
    return [cast("exp.Expression", statement) for statement in found if not isinstance(statement, nothing)]


def _parse_within(dialect: Dialect, sql: str) -> list[exp.Expr | None]:
    """What sqlglot reads, within the limits of this module."""
    tokens = dialect.tokenize(sql)
    if len(tokens) > MAX_TOKENS:
        raise SqlParseError(f"cannot parse SQL: {len(tokens):,} tokens, at most {MAX_TOKENS:,} are read")
    if _nesting(tokens) > MAX_NESTING:
        raise SqlParseError(f"cannot parse SQL: brackets nested deeper than {MAX_NESTING}")
    if sum(token.text == "[" for token in tokens) > MAX_SUBSCRIPTS:
        raise SqlParseError(f"cannot parse SQL: more than {MAX_SUBSCRIPTS} times `[`")
    parser: Any = _make_bounded_class(dialect.parser_class)(dialect=dialect)
    parser.steps_left = _STEPS + _STEPS_PER_TOKEN * len(tokens)
    return cast("list[exp.Expr | None]", parser.parse(tokens, sql))


def _nesting(tokens: list[Token]) -> int:
    """The deepest nesting of brackets."""
    depth = deepest = 0
    for token in tokens:
        if token.text in _OPENING:
            depth += 1
            deepest = max(deepest, depth)
        elif token.text in _CLOSING:
            depth -= 1
    return deepest


_OPENING: Final = frozenset("([{")
_CLOSING: Final = frozenset(")]}")


@lru_cache(maxsize=64)
def _make_bounded_class(base: type[Parser]) -> type[Parser]:
    """A dialect's parser that stops when it has no steps left.

    sqlglot reads a token, and goes back to an earlier one to try something else, by one method.
    """
    from sqlglot import exp
    from sqlglot.tokenizer_core import TokenType

    class BoundedParser(base):  # type: ignore[valid-type,misc]
        steps_left = 0

        def _advance(self, times: int = 1) -> None:
            self.steps_left -= 1
            if self.steps_left < 0:
                raise _TooManySteps
            base._advance(self, times)

        def _parse_interval(self, *args: Any, **options: Any) -> Any:
            """`INTERVAL '3 days 04:00'` as a cast of the text: sqlglot alone reads it as 3 days."""
            tokens = self._tokens[self._index : self._index + 3]
            types = [token.token_type for token in tokens[:2]]
            if types != [TokenType.INTERVAL, TokenType.STRING] or _ONE_UNIT.fullmatch(tokens[1].text):
                return base._parse_interval(self, *args, **options)
            if tokens[2:] and tokens[2].text.upper() in self.dialect.VALID_INTERVAL_UNITS:
                return base._parse_interval(self, *args, **options)
            self._advance(2)
            return exp.cast(exp.Literal.string(tokens[1].text), "interval")

    return BoundedParser


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
