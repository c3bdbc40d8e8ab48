"""Read the schema behind a SQLAlchemy URL by reflection."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from nshot.databases.postgres.watch import SILENT, SilenceWatch
from nshot.errors import DataError, MissingExtraError
from nshot.redaction import redact
from nshot.types import Column, ForeignKey, Schema, Table

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine, Inspector
    from sqlalchemy.engine import Dialect

DIALECTS = {"postgresql": "postgres", "mssql": "tsql", "mariadb": "mysql"}
"""sqlglot's names of dialects, where they differ from SQLAlchemy's."""
POSTGRES = ("postgres", "postgresql")
"""URLs of these schemes are read with psycopg 3, whatever driver they name."""
_CONNECT = 10
"""Seconds until an attempt to connect is given up."""
_QUERY = 20
"""Seconds that a query on PostgreSQL's catalogue may take."""
_SILENCE = 45
"""Seconds until a PostgreSQL server is given up, in whatever state it is."""


def reflect(url: str, db_id: str | None = None) -> Schema:
    """Tables, then views, of the default namespace, by name; comments become descriptions.

    Args:
        url: For example `mysql+pymysql://user@host/name`.
        db_id: The schema's name; if None, the database's name in the URL.

    Raises:
        DataError: The URL is malformed, or the database does not answer.
    """
    with open_inspector(url) as (inspector, connection, name):
        return _read(inspector, connection.dialect, db_id or name)


@contextmanager
def open_inspector(url: str) -> Iterator[tuple[Inspector, Connection, str]]:
    """SQLAlchemy's inspector of a database, its connection, and the database's name.

    Raises:
        DataError: the URL is malformed, or the database does not answer.
        MissingExtraError: psycopg is not installed.
    """
    from sqlalchemy import create_engine, inspect, make_url
    from sqlalchemy.exc import SAWarning, SQLAlchemyError

    try:
        target, arguments = make_url(url), {}
        if target.drivername.partition("+")[0] in POSTGRES:
            target = target.set(drivername="postgresql+psycopg")
            arguments = {"connect_timeout": _CONNECT}
        engine = create_engine(target, connect_args=arguments)
        try:
            with _end_silence(engine, url), engine.connect() as connection, warnings.catch_warnings():
                warnings.simplefilter("ignore", SAWarning)  # a type that it does not know has no name then
                if engine.dialect.name == "postgresql":
                    connection.exec_driver_sql(f"SET statement_timeout = '{_QUERY}s'")
                yield inspect(connection), connection, _name(engine.url.database)
        finally:
            engine.dispose()
    except ModuleNotFoundError as error:
        if error.name == "psycopg":
            raise MissingExtraError("psycopg, the PostgreSQL driver,", "postgres") from error
        raise DataError(f"{redact(url)} needs the Python package {error.name}; install it") from error
    except (SQLAlchemyError, ValueError) as error:
        raise DataError(f"cannot read the schema of {redact(url)}: {str(error).splitlines()[0]}") from error


@contextmanager
def _end_silence(engine: Engine, url: str) -> Iterator[None]:
    """An error if a PostgreSQL server says nothing more."""
    from sqlalchemy.exc import DBAPIError

    if engine.dialect.name != "postgresql":
        yield
        return
    watch = SilenceWatch(engine)
    try:
        with watch.within(_SILENCE):
            yield
    except DBAPIError as error:
        if watch.expired:
            raise DataError(
                f"cannot read {redact(url)}: {SILENT}; check the server, and ask again"
            ) from error
        raise


def _name(database: str | None) -> str:
    return (database or "database").replace("\\", "/").rpartition("/")[2].partition(".")[0] or "database"


def _read(inspector: Inspector, dialect: Dialect, db_id: str) -> Schema:
    names = sorted(inspector.get_table_names())
    views = tuple(
        _table(inspector, dialect, name)._replace(is_view=True) for name in sorted(inspector.get_view_names())
    )
    tables = (*(_table(inspector, dialect, name) for name in names), *views)
    keys = tuple(
        ForeignKey(
            name, tuple(key["constrained_columns"]), key["referred_table"], tuple(key["referred_columns"])
        )
        for name in names
        for key in inspector.get_foreign_keys(name)
        if key["referred_table"] in names and key["referred_columns"]
    )
    return Schema(db_id, tables, keys, DIALECTS.get(dialect.name, dialect.name))


def _table(inspector: Inspector, dialect: Dialect, name: str) -> Table:
    columns = tuple(make_column(dict(column), dialect) for column in inspector.get_columns(name))
    key = tuple(inspector.get_pk_constraint(name).get("constrained_columns") or ())
    return Table(name, columns, key, description=_comment(inspector, name))


def make_column(column: Mapping[str, Any], dialect: Dialect) -> Column:
    """The column that SQLAlchemy describes."""
    description = (column.get("comment") or "").strip()
    return Column(column["name"], _type(column["type"], dialect), description=description)


def _comment(inspector: Inspector, name: str) -> str:
    try:
        return (inspector.get_table_comment(name).get("text") or "").strip()
    except NotImplementedError:
        return ""


def _type(type_: Any, dialect: Dialect) -> str:
    from sqlalchemy.exc import SQLAlchemyError

    try:
        return str(type_.compile(dialect=dialect)).lower()
    except SQLAlchemyError:
        return ""
