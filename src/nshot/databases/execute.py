"""One sandbox for all SQL: which way a database is reached, and what holds for every way."""

from __future__ import annotations

import codecs
import re
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

from nshot.errors import OptionError, SqlRefusedError
from nshot.sql.parse import MAX_CHARACTERS
from nshot.sql.tokens import scan
from nshot.types import Rows

_STATEMENTS: Final = frozenset(
    """alter analyze attach begin call checkpoint cluster commit copy create deallocate declare delete detach
    discard do drop end execute explain fetch grant import insert listen load lock merge move notify pragma
    prepare refresh reindex release replace reset revoke rollback savepoint set show truncate unlisten update
    upsert use vacuum""".split()
)
"""First words of statements that are no queries, named in the refusal."""

_QUERY: Final = re.compile(r"\s*(?:select|with|values)\b", re.IGNORECASE)
"""How nearly all texts begin; the rest is looked at more closely."""


def execute(
    database: str | Path,
    sql: str,
    *,
    timeout: float = 10.0,
    max_rows: int | None = 10_000,
    max_bytes: int = 64 << 20,
    text_errors: str = "replace",
) -> Rows:
    """The rows of one SELECT, run read-only; the only function of nshot that runs foreign SQL.

    Args:
        database: A SQLite file, or a URL: `sqlite:///file`, `postgresql://...`.
        sql: One SELECT, WITH ... SELECT or VALUES.
        timeout: Seconds until the statement is stopped.
        max_rows: Rows returned at most (`Rows.truncated` says that there were more); None for all.
        max_bytes: Limit of the result in bytes of Python objects, and of a single value.
        text_errors: What becomes of SQLite text that is not UTF-8, as in `bytes.decode`.

    Raises:
        SqlRefusedError: The statement is not allowed, or is no statement; nothing was changed.
        SqlTimeoutError: It did not end by the deadline.
        SqlTooLargeError: The result, one value or the working memory passed its limit.
        SqlExecutionError: The database rejected the statement.
        DatabaseNotFoundError: There is no such database; none is created.
        DataError: The database cannot be read.
        OptionError: An argument is out of range, or the database is of a kind that is not supported.
    """
    check_limits(timeout, max_rows, max_bytes, text_errors)
    refuse_text(sql)
    scheme = urlsplit(str(database)).scheme if isinstance(database, str) and "://" in database else ""
    dialect = scheme.partition("+")[0].lower()
    if dialect in ("postgresql", "postgres"):
        from nshot.databases.postgres.execute import execute_postgres

        return execute_postgres(str(database), sql, timeout=timeout, max_rows=max_rows, max_bytes=max_bytes)
    if dialect not in ("", "sqlite"):
        raise OptionError(f"cannot run SQL on {dialect!r}: SQLite files and postgresql:// URLs are supported")
    from nshot.databases.sqlite.execute import execute_sqlite

    path = sqlite_path(str(database)) if dialect else Path(database)
    return execute_sqlite(
        path, sql, timeout=timeout, max_rows=max_rows, max_bytes=max_bytes, text_errors=text_errors
    )


def sqlite_path(url: str) -> Path:
    """The file that a `sqlite:///file` URL names, as SQLAlchemy reads it (query part ignored)."""
    rest = url.partition("://")[2]
    if not rest.startswith("/") or rest in ("/", "/:memory:"):
        raise OptionError(f"expected sqlite:///FILE (four slashes for an absolute path), got {url!r}")
    return Path(unquote(rest[1:].partition("?")[0]))


def check_limits(timeout: float, max_rows: int | None, max_bytes: int, text_errors: str) -> None:
    """Raises OptionError for limits that cannot be."""
    if not 0 < timeout <= 86_400:
        raise OptionError(f"timeout must be in (0, 86400] seconds, got {timeout}")
    if max_rows is not None and max_rows < 0:
        raise OptionError(f"max_rows must be 0 or more, or None, got {max_rows}")
    if max_bytes < 1:
        raise OptionError(f"max_bytes must be 1 or more, got {max_bytes}")
    try:
        codecs.lookup_error(text_errors)
    except LookupError as error:
        raise OptionError(f"text_errors must name an error handler of Python, got {text_errors!r}") from error


def refuse_text(sql: str) -> None:
    """Refuses what needs no database to be refused; the gate itself is each database's own."""
    if "\x00" in sql:
        raise SqlRefusedError("refused: the text holds a NUL character")
    if len(sql) > MAX_CHARACTERS:
        raise SqlRefusedError(f"refused: SQL of {len(sql):,} characters, at most {MAX_CHARACTERS:,} are run")
    try:
        sql.encode()
    except UnicodeEncodeError as error:
        raise SqlRefusedError(f"refused: the text is not valid Unicode ({error.reason})") from error
    if _QUERY.match(sql):
        return
    first = next((token.text for token in scan(sql) if token.text != ";"), "")
    if not first:
        raise SqlRefusedError("refused: the text holds no statement")
    if first in _STATEMENTS:
        raise SqlRefusedError(f"refused: {first.upper()} is not allowed, only SELECT, WITH or VALUES")
