from __future__ import annotations

from pathlib import Path

import pytest

from nshot.errors import DataError, FileMissingError, OptionError
from nshot.pipeline.databases.shown_schema import add_notes, check_shown_schema, choose_tables, read_notes
from nshot.prompting import PromptConfig, compact, ddl, relevant
from nshot.types import Column, ForeignKey, Schema, Table

SHOP = Schema(
    "shop",
    (
        Table("Orders", (Column("id"), Column("customer_id"), Column("state", "char", description="status"))),
        Table("customers", (Column("id"), Column("name"))),
        Table("tmp_orders", (Column("id"),)),
        Table("big_orders", (Column("id"),), is_view=True),
    ),
    (ForeignKey("Orders", ("customer_id",), "customers", ("id",)),),
)


def names(schema: Schema) -> list[str]:
    return [table.name for table in schema.tables]


@pytest.mark.parametrize(
    ("only", "exclude", "views", "expected"),
    [
        ((), (), True, ["Orders", "customers", "tmp_orders", "big_orders"]),
        (("orders,CUST*",), (), True, ["Orders", "customers"]),
        (("orders", "tmp_orders"), (), True, ["Orders", "tmp_orders"]),
        ((), ("tmp_*",), True, ["Orders", "customers", "big_orders"]),
        ((), ("tmp_*, customers",), False, ["Orders"]),
        (("*orders",), ("tmp_*",), False, ["Orders"]),
    ],
)
def test_tables_are_chosen_by_names_and_patterns(
    only: tuple[str, ...], exclude: tuple[str, ...], views: bool, expected: list[str]
) -> None:
    chosen = choose_tables(SHOP, only, exclude, views=views)
    assert names(chosen) == expected
    assert chosen.foreign_keys == (SHOP.foreign_keys if "customers" in expected else ())


def test_a_name_of_no_table_and_an_empty_rest_are_refused() -> None:
    with pytest.raises(OptionError, match=r"has no table 'customer'; did you mean customers\?"):
        choose_tables(SHOP, ("customer",))
    with pytest.raises(
        OptionError, match="has no table 'zzz'; choose from Orders, customers, tmp_orders, big_or"
    ):
        choose_tables(SHOP, ("zzz",))
    with pytest.raises(OptionError, match="leave no table of shop"):
        choose_tables(SHOP, (), ("*",))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("notes.yaml", "orders: one row for each order\norders.state: o = open\n"),
        ("notes.yml", "orders:\n  '': one row for each order\n  state: o = open\n"),
        ("notes.toml", 'orders = "one row for each order"\n"orders.state" = "o = open"\n'),
    ],
)
def test_notes_stand_in_the_prompt(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    shown = ddl(add_notes(choose_tables(SHOP, ("orders",)), read_notes(tmp_path / name)))
    assert shown.splitlines()[0] == "CREATE TABLE Orders ( -- one row for each order"
    assert "-- status; o = open" in shown


@pytest.mark.parametrize(
    "text", ["- a\n- b\n", "orders: 3\n", "orders: {state: [1]}\n", "a: b: c\n", "orders: [", "3"]
)
def test_a_file_of_another_form_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "notes.yaml").write_text(text)
    with pytest.raises(DataError, match=r"notes\.yaml"):
        read_notes(tmp_path / "notes.yaml")


def test_a_profile_has_its_notes_in_a_table(tmp_path: Path) -> None:
    profile = tmp_path / "nshot.toml"
    profile.write_text('db = "shop.sqlite"\nshots = 1\n[notes]\norders = "one row for each order"\n')
    assert read_notes(profile) == {"orders": "one row for each order"}
    profile.write_text('[notes]\nstate = "o = open"\n[orders]\nid = "a number"\n')
    assert read_notes(profile) == {"notes.state": "o = open", "orders.id": "a number"}


def test_the_compact_form_has_notes_below_the_keys() -> None:
    notes = {"orders": "one row for each order", "orders.state": "o = open"}
    assert compact(add_notes(choose_tables(SHOP, ("orders,customers",)), notes)).splitlines() == [
        "orders(id, customer_id, state text)",
        "customers(id, name)",
        "orders.customer_id = customers.id",
        "-- orders: one row for each order",
        "-- orders.state: o = open",
    ]


def test_a_note_that_the_question_names_makes_its_table_relevant() -> None:
    notes = {"big_orders": "the regulars"}
    found = relevant(add_notes(SHOP, notes), "How many regulars are there?", max_tables=1)
    assert names(found) == ["big_orders"]


def test_names_that_mean_nothing_are_told_with_the_nearest(tmp_path: Path) -> None:
    (tmp_path / "notes.yaml").write_text("order: one row\norders.stat: o = open\norders.id: a number\n")
    config = PromptConfig(exclude_tables=("tmp_ordrs,big_*",), notes=tmp_path / "notes.yaml")
    assert check_shown_schema(SHOP, config) == [
        "`exclude_tables`: shop has no table 'tmp_ordrs'; did you mean tmp_orders?",
        "`notes`: shop has no table or column 'order'; did you mean Orders?",
        "`notes`: shop has no table or column 'orders.stat'; did you mean Orders.state?",
    ]
    with pytest.raises(OptionError, match="did you mean customers"):
        check_shown_schema(SHOP, PromptConfig(only_tables=("custmers",)))


def test_an_empty_file_has_no_notes(tmp_path: Path) -> None:
    (tmp_path / "notes.yaml").write_text("# nothing yet\n")
    assert read_notes(tmp_path / "notes.yaml") == {}
    with pytest.raises(FileMissingError):
        read_notes(tmp_path / "gone.yaml")
