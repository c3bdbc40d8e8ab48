"""The schema of a PostgreSQL database, as far as the role may read it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from nshot.databases.reflection import make_column, open_inspector
from nshot.types import ForeignKey, LeftOut, Schema, Table

if TYPE_CHECKING:
    from sqlalchemy import Connection, Inspector
    from sqlalchemy.engine import Dialect

_READABLE: Final = """
    SELECT c.relname, c.relkind IN ('v', 'm'), a.attname, format_type(a.atttypid, a.atttypmod),
           has_schema_privilege(c.relnamespace, 'USAGE') AND has_column_privilege(c.oid, a.attnum, 'SELECT'),
           c.relkind = 'm' AND NOT c.relispopulated
    FROM pg_catalog.pg_class AS c
    LEFT JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    WHERE c.relnamespace = CAST(:namespace AS regnamespace) AND c.relkind IN ('r', 'p', 'f', 'v', 'm')
      AND NOT c.relispartition
"""
"""Tables (including foreign tables, excluding partitions), views and materialized views, with columns."""


class _Names(NamedTuple):
    """The names of one table or view."""

    is_view: bool
    columns: dict[str, str]
    """The columns that the role may read, with their types."""
    refused: list[str]
    empty: bool
    """A materialized view that was never populated: reading it is an error."""


def postgres_schema(url: str, db_id: str | None = None) -> Schema:
    """Tables, then views, of the default namespace, by name; comments become descriptions.

    Materialized views are listed as views. Partitions belong to their table and are not listed. Tables and
    columns that the role may not read are left out and named in `left_out`.

    Args:
        url: For example `postgresql://user@host/name`.
        db_id: The schema's name; if None, the database's name in the URL.

    Raises:
        DataError: The URL is malformed, or the database does not answer.
        MissingExtraError: psycopg is not installed.
    """
    with open_inspector(url) as (inspector, connection, name):
        return _schema(inspector, connection, db_id or name)


def _schema(inspector: Inspector, connection: Connection, db_id: str) -> Schema:
    names = _names(connection, inspector.default_schema_name or "public")
    shown = {name: found for name, found in names.items() if found.columns and not found.empty}
    filled: dict[str, Any] = {"filter_names": list(shown), "kind": _any_kind()}
    columns = _by_name(inspector.get_multi_columns(**filled))
    keys = _by_name(inspector.get_multi_pk_constraint(**filled))
    comments = _by_name(inspector.get_multi_table_comment(**filled))
    references = _by_name(inspector.get_multi_foreign_keys(**filled))
    tables = tuple(
        _table(name, found, connection.dialect, columns[name], keys.get(name), comments.get(name))
        for name, found in sorted(shown.items(), key=lambda item: (item[1].is_view, item[0]))
        if columns.get(name)
    )
    known = {table.name: {column.name for column in table.columns} for table in tables}
    foreign_keys = tuple(
        _foreign_key(table.name, reference)
        for table in tables
        for reference in references.get(table.name, ())
        if _is_known(table.name, reference, known)
    )
    return Schema(db_id, tables, foreign_keys, "postgres", tuple(_list_left_out(names)))


def _names(connection: Connection, namespace: str) -> dict[str, _Names]:
    from sqlalchemy import text

    quoted = '"' + namespace.replace('"', '""') + '"'
    found: dict[str, _Names] = {}
    rows = connection.execute(text(_READABLE), {"namespace": quoted})
    for table, is_view, column, type_, readable, empty in rows:
        names = found.setdefault(table, _Names(is_view, {}, [], empty))
        if column is not None and readable:
            names.columns[column] = type_.lower()
        elif column is not None:
            names.refused.append(column)
    return found


def _list_left_out(names: dict[str, _Names]) -> list[LeftOut]:
    reason = "the role has no privilege to read it"
    left_out = []
    for table, found in sorted(names.items()):
        if found.empty:
            left_out.append(LeftOut(table, "the materialized view has not been populated"))
        elif found.refused and not found.columns:
            left_out.append(LeftOut(table, reason))
        else:
            left_out += [LeftOut(f"{table}.{column}", reason) for column in found.refused]
    return left_out


def _table(
    name: str, found: _Names, dialect: Dialect, columns: list[dict[str, Any]], key: Any, comment: Any
) -> Table:
    shown = [make_column(column, dialect) for column in columns if column["name"] in found.columns]
    typed = tuple(
        column._replace(type=column.type or found.columns[column.name])  # SQLAlchemy does not know all types
        for column in shown
    )
    primary = tuple((key or {}).get("constrained_columns") or ())
    description = ((comment or {}).get("text") or "").strip()
    primary = primary if set(primary) <= set(found.columns) else ()
    return Table(name, typed, primary, description=description, is_view=found.is_view)


def _foreign_key(table: str, reference: dict[str, Any]) -> ForeignKey:
    columns, referred = tuple(reference["constrained_columns"]), tuple(reference["referred_columns"])
    return ForeignKey(table, columns, reference["referred_table"], referred)


def _is_known(table: str, reference: dict[str, Any], known: dict[str, set[str]]) -> bool:
    """Whether both tables of a foreign key are in the schema; a table of another namespace is not."""
    referred = known.get(reference["referred_table"], set())
    return (
        reference["referred_schema"] is None
        and bool(reference["referred_columns"])
        and known[table].issuperset(reference["constrained_columns"])
        and referred.issuperset(reference["referred_columns"])
    )


def _any_kind() -> Any:
    from sqlalchemy.engine.reflection import ObjectKind

    return ObjectKind.ANY


def _by_name(found: Any) -> dict[str, Any]:
    """What SQLAlchemy found, by (namespace, table), as a dict by table."""
    return {name: value for (_, name), value in dict(found).items()}
