from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nshot.data import schemas_from_tables_json
from nshot.data.tables_json import merge_names, read_entries
from nshot.databases import read_schema
from nshot.errors import DataError
from nshot.types import Column, ForeignKey, Schema, Table


def entry(**changes: Any) -> dict[str, Any]:
    return {
        "db_id": "d",
        "table_names_original": ["a", "b"],
        "table_names": ["table a", "table b"],
        "column_names_original": [[-1, "*"], [0, "x"], [0, "y"], [1, "z"]],
        "column_names": [[-1, "*"], [0, "ex"], [0, "why"], [1, "zed"]],
        "column_types": ["text", "number", "text", "time"],
        "primary_keys": [1],
        "foreign_keys": [[3, 1]],
    } | changes


def read(write: Callable[[str, str], Path], *entries: dict[str, Any]) -> Schema:
    return schemas_from_tables_json(write("tables.json", json.dumps(entries)))["d"]


def test_tables_columns_keys_and_words_are_read(write: Callable[[str, str], Path]) -> None:
    assert read(write, entry()) == Schema(
        "d",
        (
            Table("a", (Column("x", "number", "ex"), Column("y", "text", "why")), ("x",), "table a"),
            Table("b", (Column("z", "time", "zed"),), (), "table b"),
        ),
        (ForeignKey("b", ("z",), "a", ("x",)),),
    )


def test_composite_primary_keys_may_be_lists(write: Callable[[str, str], Path]) -> None:
    schema = read(write, entry(primary_keys=[[2, 1], 3]))
    assert [table.primary_key for table in schema.tables] == [("y", "x"), ("z",)]


def test_clean_names_that_do_not_line_up_are_not_used(write: Callable[[str, str], Path]) -> None:
    shifted = entry(column_names=[[-1, "*"], [0, "ex"], [1, "why"], [1, "zed"]])
    assert {column.natural_name for table in read(write, shifted).tables for column in table.columns} == {""}


@pytest.mark.parametrize("text", ["", "{}", "[1]", '[{"db_id": "d"}]', "[" * 100_000, "[" + "9" * 5_000])
def test_another_format_is_refused(write: Callable[[str, str], Path], text: str) -> None:
    file = write("tables.json", text)
    if text == "{}":
        assert schemas_from_tables_json(file) == {}
        return
    with pytest.raises(DataError, match=r"tables\.json"):
        schemas_from_tables_json(file)


def test_natural_names_are_merged_where_names_match(pets: Path, mini_spider: Path) -> None:
    merged = merge_names(read_schema(pets), schemas_from_tables_json(mini_spider / "tables.json")["pets"])
    owner, pet = merged.tables
    assert owner.natural_name == "pet owner"
    assert [column.natural_name for column in owner.columns] == ["owner id", "name", "home town"]
    assert [column.natural_name for column in pet.columns] == ["pet id", "", "", ""]
    assert [column.type for column in owner.columns] == ["integer", "text", "text"]


@pytest.mark.spider
def test_every_schema_of_spider_is_read(spider: Path) -> None:
    assert len(schemas_from_tables_json(spider / "tables.json")) == 166
    assert len(schemas_from_tables_json(spider / "test_tables.json")) == 206


def test_an_id_that_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "tables.json").write_text('[{"db_id": true}]')
    with pytest.raises(DataError, match="expected text as db_id, got True"):
        read_entries(tmp_path / "tables.json")
