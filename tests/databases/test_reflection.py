from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest
from sqlalchemy import make_url
from sqlalchemy.dialects import postgresql

from nshot.databases import bind, read_schema
from nshot.databases.reflection import _name, _read, _type, reflect
from nshot.databases.sqlite.backend import sqlite_path
from nshot.errors import DataError
from nshot.types import Column, ForeignKey

if TYPE_CHECKING:
    from sqlalchemy import Inspector

DIALECT = make_url("postgresql://").get_dialect()()


def test_a_sqlite_url_is_read_as_its_file(pets: Path) -> None:
    assert read_schema(f"sqlite:///{pets}") == read_schema(pets)


def test_reflection_finds_the_same_as_the_pragmas(pets: Path) -> None:
    reflected, read = reflect(f"sqlite:///{pets}"), read_schema(pets)
    assert reflected.db_id == "pets"
    assert reflected.dialect == "sqlite"
    names = [[(column.name, column.type[:3]) for column in table.columns] for table in reflected.tables]
    assert names == [[(column.name, column.type[:3]) for column in table.columns] for table in read.tables]
    assert [table.primary_key for table in reflected.tables] == [("owner_id",), ("pet_id",)]
    assert reflected.foreign_keys == (ForeignKey("Pet", ("owner_id",), "Owner", ("owner_id",)),)


def test_passwords_are_not_shown_in_messages() -> None:
    assert bind("postgresql://me:secret@host/db").shown == "postgresql://me:***@host/db"
    assert bind("mysql://host/db?user=me&password=secret").shown == "mysql://host/db?user=me&password=***"
    with pytest.raises(DataError) as caught:
        read_schema("mysql+nosuchdriver://me:secret@127.0.0.1:1/db")
    assert "secret" not in str(caught.value)


def test_a_driver_that_is_not_installed_is_named() -> None:
    if find_spec("pyodbc"):
        pytest.skip("pyodbc is installed")
    with pytest.raises(DataError, match="needs the Python package pyodbc"):
        read_schema("mssql://me@127.0.0.1:1/db")


def test_an_unknown_dialect_and_a_malformed_url_are_the_users_errors() -> None:
    with pytest.raises(DataError, match="nosuch"):
        read_schema("nosuch://host/db")


def test_types_are_written_in_the_dialect_of_the_database() -> None:
    assert _type(postgresql.ARRAY(postgresql.TEXT()), DIALECT) == "text[]"


@pytest.mark.parametrize(
    ("database", "name"),
    [("shop", "shop"), ("/data/shop.sqlite", "shop"), (None, "database"), ("", "database")],
)
def test_the_schema_is_named_after_the_database(database: str | None, name: str) -> None:
    assert _name(database) == name


def test_absolute_relative_and_in_memory_urls_of_sqlite_are_told_apart() -> None:
    assert sqlite_path("sqlite:////tmp/a.sqlite") == Path("/tmp/a.sqlite")
    assert sqlite_path("sqlite:///a.sqlite?mode=ro") == Path("a.sqlite")


class FakeInspector:
    """Answers as SQLAlchemy's inspector of a PostgreSQL database with comments does."""

    def get_table_names(self) -> list[str]:
        return ["visit", "guest"]

    def get_view_names(self) -> list[str]:
        return ["recent"]

    def get_columns(self, name: str) -> list[dict[str, object]]:
        comment = "when it began " if name == "visit" else None
        return [
            {"name": "id", "type": postgresql.INTEGER(), "comment": None},
            {"name": "Since", "type": postgresql.TIMESTAMP(), "comment": comment},
        ]

    def get_pk_constraint(self, name: str) -> dict[str, object]:
        return {"constrained_columns": ["id", "Since"]} if name == "visit" else {"constrained_columns": []}

    def get_foreign_keys(self, name: str) -> list[dict[str, object]]:
        def key(table: str) -> dict[str, object]:
            return {"constrained_columns": ["id"], "referred_table": table, "referred_columns": ["id"]}

        return [key("guest"), key("elsewhere")] if name == "visit" else []

    def get_table_comment(self, name: str) -> dict[str, object]:
        if name == "guest":
            raise NotImplementedError
        return {"text": "stays of guests" if name == "visit" else None}


def test_comments_become_descriptions_and_dialects_get_sqlglots_names() -> None:
    schema = _read(cast("Inspector", FakeInspector()), DIALECT, "hotel")
    guest, visit, recent = schema.tables
    assert (schema.db_id, schema.dialect) == ("hotel", "postgres")
    assert [table.name for table in schema.tables] == ["guest", "visit", "recent"]
    assert (visit.description, guest.description, recent.description) == ("stays of guests", "", "")
    assert visit.columns[1] == Column("Since", "timestamp without time zone", description="when it began")
    assert visit.primary_key == ("id", "Since")
    assert schema.foreign_keys == (ForeignKey("visit", ("id",), "guest", ("id",)),)
