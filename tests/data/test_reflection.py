from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy.dialects import postgresql

from nshot.data import read_schema
from nshot.data.reflection import _name, _type, redacted, reflect
from nshot.data.schema import sqlite_path
from nshot.errors import DataError, MissingExtraError
from nshot.types import ForeignKey


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
    assert redacted("postgresql://me:secret@host/db") == "postgresql://me:***@host/db"
    with pytest.raises((DataError, MissingExtraError)) as caught:
        read_schema("postgresql+psycopg2://me:secret@127.0.0.1:1/db")
    assert "secret" not in str(caught.value)


def test_an_unknown_dialect_and_a_malformed_url_are_the_users_errors() -> None:
    with pytest.raises(DataError, match="nosuch"):
        read_schema("nosuch://host/db")


def test_types_are_written_in_the_dialect_of_the_database() -> None:
    assert _type(postgresql.ARRAY(postgresql.TEXT()), postgresql.dialect()) == "text[]"


@pytest.mark.parametrize(
    ("database", "name"),
    [("shop", "shop"), ("/data/shop.sqlite", "shop"), (None, "database"), ("", "database")],
)
def test_the_schema_is_named_after_the_database(database: str | None, name: str) -> None:
    assert _name(database) == name


def test_absolute_relative_and_in_memory_urls_of_sqlite_are_told_apart() -> None:
    assert sqlite_path("sqlite:////tmp/a.sqlite") == Path("/tmp/a.sqlite")
    assert sqlite_path("sqlite:///a.sqlite?mode=ro") == Path("a.sqlite")
