"""The schema of a PostgreSQL database, as far as the role may read it: three queries in all."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from urllib.parse import quote

from nshot.databases.reflection import open_inspector
from nshot.sql import sql_name
from nshot.types import Column, ForeignKey, LeftOut, Schema, Table

if TYPE_CHECKING:
    from sqlalchemy import Connection

_MOST_LABELS: Final = 30
"""Labels of an enumeration that are listed in a description."""
_PATH: Final = r"""
    SELECT CASE part WHEN '$user' THEN current_user ELSE part END
    FROM (SELECT CASE WHEN m[1] IS NULL THEN lower(m[3]) ELSE replace(m[1], '""', '"') END AS part
          FROM regexp_matches(current_setting('search_path'), '"(([^"]|"")*)"|([^",\s]+)', 'g') AS m) AS parts
"""
"""The namespaces of the search path, also those that the role may not use."""
_COLUMNS: Final = f"""
    SELECT c.oid, c.relname, c.relkind IN ('v', 'm'), c.relkind = 'm' AND NOT c.relispopulated,
           obj_description(c.oid, 'pg_class'), a.attnum, a.attname, format_type(a.atttypid, a.atttypmod),
           col_description(c.oid, a.attnum),
           has_schema_privilege(n.oid, 'USAGE') AND has_column_privilege(c.oid, a.attnum, 'SELECT'),
           CASE WHEN 'e' IN (t.typtype, b.typtype) THEN
             (SELECT array_agg(e.enumlabel ORDER BY e.enumsortorder) FROM pg_catalog.pg_enum AS e
              WHERE e.enumtypid IN (t.oid, b.oid)) END
    FROM pg_catalog.pg_class AS c
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    LEFT JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    LEFT JOIN pg_catalog.pg_type AS t ON t.oid = a.atttypid
    LEFT JOIN pg_catalog.pg_type AS b ON b.oid = CASE t.typtype WHEN 'd' THEN t.typbasetype ELSE t.typelem END
    WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm') AND NOT c.relispartition
      AND n.nspname IN ({_PATH}) AND n.nspname NOT IN ('pg_catalog', 'information_schema')
      AND (pg_table_is_visible(c.oid) OR NOT has_schema_privilege(n.oid, 'USAGE'))
    ORDER BY c.relkind IN ('v', 'm'), c.oid, a.attnum
"""  # noqa: S608
"""Tables (including foreign tables, excluding partitions), views and materialized views, with
columns.
"""
_KEYS: Final = """
    SELECT conrelid, contype = 'p', conkey, confrelid, confkey FROM pg_catalog.pg_constraint
    WHERE contype IN ('p', 'f') AND conparentid = 0 AND conrelid = ANY(:oids) ORDER BY conrelid, conname
"""
_ELSEWHERE: Final = f"""
    SELECT n.nspname, count(*) FROM pg_catalog.pg_class AS c
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm') AND NOT c.relispartition
      AND n.nspname NOT IN ({_PATH}) AND n.nspname !~ '^(pg_|information_schema$)'
      AND has_schema_privilege(n.oid, 'USAGE')
    GROUP BY n.nspname ORDER BY n.nspname
"""  # noqa: S608
_TEXT: Final = f"""
    SELECT c.relname, a.attname FROM pg_catalog.pg_class AS c
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    JOIN pg_catalog.pg_type AS t ON t.oid = a.atttypid
    WHERE n.nspname IN ({_PATH}) AND pg_table_is_visible(c.oid) AND t.typcategory IN ('S', 'E')
"""  # noqa: S608
"""Columns of strings and enumerations, and of domains over them."""
_WRITTEN: Final = """
    SELECT md5(coalesce(string_agg(
      concat_ws(' ', c.oid, c.relfilenode, s.n_tup_ins, s.n_tup_upd, s.n_tup_del), ',' ORDER BY c.oid), ''))
    FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_stat_user_tables AS s ON s.relid = c.oid
"""
_SHORTER: Final = (
    (re.compile(r"^character varying"), "varchar"),
    (re.compile(r"^character(?=\()"), "char"),
    (re.compile(r"^(numeric\(\d+),(?=-?\d)"), r"\1, "),
)
"""Spellings of types that are shorter than PostgreSQL's own, or as they are usually written."""


class _Names(NamedTuple):
    """One table or view."""

    oid: int
    is_view: bool
    description: str
    empty: bool
    """A materialized view that was never populated: reading it is an error."""
    columns: dict[int, Column]
    """The columns that the role may read, by number."""
    refused: list[str]


def postgres_schema(url: str, db_id: str | None = None) -> Schema:
    """Tables, then views, of the namespaces on the search path, in the order of their creation;
    comments become descriptions.

    Of tables of one name, the one that the name alone means is listed. Materialized views are
    listed as views. Partitions belong to their table and are not listed. The labels of an
    enumeration are added to the column's description. Tables and columns that the role may not read
    are left out and named in `left_out`, and so are namespaces that are not on the search path.

    Args:
        url: For example `postgresql://user@host/name`.
        db_id: The schema's name; if None, the database's name in the URL.

    Raises:
        DataError: The URL is malformed, or the database does not answer.
        MissingExtraError: psycopg is not installed.
    """
    from sqlalchemy import text

    with open_inspector(url) as (_, connection, name):
        names = _names(connection)
        oids = [found.oid for found in names.values()]
        keys = connection.execute(text(_KEYS), {"oids": oids}).fetchall()
        elsewhere = connection.execute(text(_ELSEWHERE)).fetchall()
    shown = {name: found for name, found in names.items() if found.columns and not found.empty}
    primary = {key[0]: key[2] for key in keys if key[1]}
    tables = tuple(_table(name, found, primary.get(found.oid, [])) for name, found in shown.items())
    by_oid = {found.oid: (name, found) for name, found in shown.items()}
    places = {found.oid: place for place, found in enumerate(shown.values())}
    ordered = sorted((key for key in keys if key[0] in places), key=lambda key: places[key[0]])
    foreign = (_foreign_key(by_oid, key) for key in ordered if not key[1])
    left_out = (*_list_left_out(names), *_list_elsewhere(elsewhere))
    return Schema(db_id or name, tables, tuple(filter(None, foreign)), "postgres", left_out)


def text_columns(url: str) -> frozenset[tuple[str, str]]:
    """Table and column of all columns whose type is a string or an enumeration, as the catalogue
    says.

    Raises:
        DataError: The database does not answer.
    """
    from sqlalchemy import text

    with open_inspector(url) as (_, connection, _name):
        return frozenset((table, column) for table, column in connection.execute(text(_TEXT)))


def read_version(url: str) -> str:
    """A hash of what the server counts of each table: rows written, and the file that holds them.

    Raises:
        DataError: The database does not answer.
    """
    from sqlalchemy import text

    with open_inspector(url) as (_, connection, _name):
        return str(connection.execute(text(_WRITTEN)).scalar_one())


def _names(connection: Connection) -> dict[str, _Names]:
    from sqlalchemy import text

    found: dict[str, _Names] = {}
    for (
        oid,
        table,
        is_view,
        empty,
        about,
        number,
        name,
        type_,
        comment,
        readable,
        labels,
    ) in connection.execute(text(_COLUMNS)):
        names = found.setdefault(table, _Names(oid, is_view, (about or "").strip(), empty, {}, []))
        if number is not None and readable:
            names.columns[number] = Column(name, type_name(type_), "", _describe(comment, labels))
        elif number is not None:
            names.refused.append(name)
    return found


def type_name(declared: str) -> str:
    """The type as it is usually written, in lower case unless it is a quoted name.

    >>> type_name("character varying(90)"), type_name("numeric(8,2)[]"), type_name('"Mood"')
    ('varchar(90)', 'numeric(8, 2)[]', '"Mood"')
    """
    name = declared if '"' in declared else declared.lower()
    for pattern, shorter in _SHORTER:
        name = pattern.sub(shorter, name)
    return name


def _describe(comment: str | None, labels: list[str] | None) -> str:
    """The column's comment, with the labels of its enumeration."""
    parts = [(comment or "").strip()]
    if labels and len(labels) <= _MOST_LABELS:
        parts.append("one of " + ", ".join(labels))
    return "; ".join(filter(None, parts))


def _list_left_out(names: dict[str, _Names]) -> list[LeftOut]:
    reason = "the role has no privilege to read it"
    left_out = []
    for table, found in sorted(names.items()):
        if found.empty:
            left_out.append(LeftOut(table, "the materialized view has not been populated"))
        elif not found.columns and not found.refused:
            left_out.append(LeftOut(table, "it has no columns"))
        elif not found.columns:
            left_out.append(LeftOut(table, reason))
        else:
            left_out += [LeftOut(f"{table}.{column}", reason) for column in found.refused]
    return left_out


def _list_elsewhere(rows: Any) -> list[LeftOut]:
    found = [(space, "1 table is" if count == 1 else f"{count} tables are") for space, count in rows]
    return [
        LeftOut(f"{space}.*", f"{tables} not on the search path (?options=-csearch_path%3D{_escape(space)})")
        for space, tables in found
    ]


def _escape(space: str) -> str:
    """A namespace as the parameter `options` of a URL wants it: quoted, and blanks escaped."""
    quoted = sql_name(space, "postgres").replace("\\", "\\\\").replace(" ", "\\ ")
    return quote(quoted)


def _table(name: str, found: _Names, numbers: list[int]) -> Table:
    """
    Args:
        name: The table's name.
        found: What the catalogue says of it.
        numbers: The columns of its primary key.
    """
    primary = _columns(found, numbers)
    columns = tuple(found.columns.values())
    return Table(name, columns, primary or (), description=found.description, is_view=found.is_view)


def _columns(found: _Names, numbers: list[int]) -> tuple[str, ...] | None:
    """The names of columns; None if the role may not read one of them."""
    if any(number not in found.columns for number in numbers):
        return None
    return tuple(found.columns[number].name for number in numbers)


def _foreign_key(tables: dict[int, tuple[str, _Names]], key: Any) -> ForeignKey | None:
    """The key; None if one of the tables or columns is not shown."""
    own, _, numbers, other, others = key
    if own not in tables or other not in tables:
        return None
    (table, found), (referred, target) = tables[own], tables[other]
    columns, ref_columns = _columns(found, numbers), _columns(target, others)
    if columns is None or ref_columns is None:
        return None
    return ForeignKey(table, columns, referred, ref_columns)
