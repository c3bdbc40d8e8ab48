"""The schema of a MySQL or MariaDB database, as far as the user may read it: four queries in
all."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from typing import Any, Final

from nshot.databases.mysql.execute import abandon, connect, read_address, translate, try_setting
from nshot.errors import DataError
from nshot.types import Column, ForeignKey, LeftOut, Schema, Table

_SECONDS: Final = 10.0
"""For connecting, and for each query."""
_WIDTH: Final = re.compile(r"^((?:small|medium|big)?int|tinyint(?!\(1\))|year)\(\d+\)")
"""The width for display of a whole number, which says nothing about its values."""
_INVALID: Final = "references invalid"
_TABLES: Final = """
    SELECT table_name, table_type LIKE '%VIEW', table_comment FROM information_schema.tables
    WHERE table_schema = DATABASE() AND table_type <> 'SEQUENCE' ORDER BY table_type LIKE '%VIEW', table_name
"""
_COLUMNS: Final = """
    SELECT table_name, column_name, column_type, column_comment, privileges FROM information_schema.columns
    WHERE table_schema = DATABASE() ORDER BY table_name, ordinal_position
"""
_KEYS: Final = """
    SELECT table_name, constraint_name, column_name, referenced_table_name, referenced_column_name
    FROM information_schema.key_column_usage
    WHERE table_schema = DATABASE() AND (constraint_name = 'PRIMARY' OR referenced_table_schema = DATABASE())
    ORDER BY table_name, constraint_name, ordinal_position
"""
_WRITTEN: Final = """
    SELECT table_name, create_time, auto_increment,
           CASE WHEN update_time > NOW() - INTERVAL 2 SECOND THEN CONCAT(UUID()) ELSE CONCAT(update_time) END
    FROM information_schema.tables WHERE table_schema = DATABASE() ORDER BY table_name
"""
"""Times are whole seconds: a table written to just now has a new version each time."""


def mysql_schema(url: str, db_id: str | None = None) -> Schema:
    """Tables, then views, by name; comments become descriptions.

    Tables and columns that the user may not read, and views that no longer work, are left out and
    named in `left_out`.

    Args:
        url: For example `mysql://user@host/name`.
        db_id: The schema's name; if None, the database's name in the URL.

    Raises:
        OptionError: The URL is malformed.
        DataError: The database does not answer.
        MissingExtraError: PyMySQL is not installed.
    """
    address = read_address(url)
    connection = connect(address, _SECONDS)
    try:
        with connection.cursor() as cursor:
            found = [_rows(cursor, query) for query in (_TABLES, _COLUMNS, _KEYS)]
    except Exception as error:
        cause = translate(error, address.shown)
        raise DataError(f"cannot read the schema of {address.shown}: {cause}") from error
    finally:
        abandon(connection)
    return _schema(db_id or address.arguments["database"], *found)


def read_version(url: str) -> str:
    """A hash of the times at which tables were made and written to, as far as the server knows
    them.

    Raises:
        DataError: The database does not answer.
    """
    address = read_address(url)
    connection = connect(address, _SECONDS)
    try:
        with connection.cursor() as cursor:
            try_setting(cursor, "information_schema_stats_expiry = 0")  # else MySQL 8 tells those of a day
            found = _rows(cursor, _WRITTEN)
    except Exception as error:
        raise DataError(f"cannot ask {address.shown}: {translate(error, address.shown)}") from error
    finally:
        abandon(connection)
    return hashlib.sha256(repr(found).encode()).hexdigest()


def _rows(cursor: Any, query: str) -> list[tuple[Any, ...]]:
    cursor.execute(query)
    return [tuple(row) for row in cursor.fetchall()]


def _schema(
    db_id: str, tables: list[tuple[Any, ...]], columns: list[tuple[Any, ...]], keys: list[tuple[Any, ...]]
) -> Schema:
    shown: dict[str, list[Column]] = {}
    refused: dict[str, list[str]] = {}
    for table, name, type_, comment, privileges in columns:
        if "select" in str(privileges).lower():
            shown.setdefault(table, []).append(
                Column(name, type_name(type_), description=(comment or "").strip())
            )
        else:
            refused.setdefault(table, []).append(name)
    primary, foreign = _keys(keys)
    made: list[Table] = []
    left_out: list[LeftOut] = []
    for name, is_view, comment in tables:
        own = tuple(shown.get(name, ()))
        if is_view and _INVALID in (comment or ""):  # MySQL 8 lists the columns of such a view
            own = ()
        left_out += _list_left_out(name, bool(own), refused.get(name, []))
        known = {column.name for column in own}
        key = primary.get(name, ())
        if own:
            about = "" if is_view else (comment or "").strip()  # a view's comment is the word VIEW
            made.append(Table(name, own, key if known.issuperset(key) else (), "", about, bool(is_view)))
    names = {table.name: {column.name for column in table.columns} for table in made}
    kept = (
        key
        for key in foreign
        if names.get(key.table, set()).issuperset(key.columns)
        and names.get(key.ref_table, set()).issuperset(key.ref_columns)
    )
    return Schema(db_id, tuple(made), tuple(kept), "mysql", tuple(left_out))


def _list_left_out(table: str, is_shown: bool, refused: list[str]) -> Iterable[LeftOut]:
    reason = "the user has no privilege to read it"
    if is_shown:
        yield from (LeftOut(f"{table}.{column}", reason) for column in refused)
    else:  # of a view that reads what is gone, the server lists no columns
        yield LeftOut(table, reason if refused else "it is a view that refers to something invalid")


def _keys(rows: list[tuple[Any, ...]]) -> tuple[dict[str, tuple[str, ...]], list[ForeignKey]]:
    """Primary keys by table, and the foreign keys."""
    grouped: dict[tuple[str, str, str | None], list[tuple[str, str]]] = {}
    for table, constraint, column, other, other_column in rows:
        grouped.setdefault((table, constraint, other), []).append((column, other_column))
    primary: dict[str, tuple[str, ...]] = {}
    foreign: list[ForeignKey] = []
    for (table, _, other), pairs in grouped.items():
        columns = tuple(column for column, _ in pairs)
        if other is None:
            primary[table] = columns
        else:
            foreign.append(ForeignKey(table, columns, other, tuple(column for _, column in pairs)))
    return primary, foreign


def type_name(declared: str) -> str:
    """The type without the width for display.

    >>> type_name("int(10) unsigned"), type_name("tinyint(1)"), type_name("enum('Low','High')")
    ('int unsigned', 'tinyint(1)', "enum('Low','High')")
    """
    return _WIDTH.sub(r"\1", declared)
