"""Names that prompts show in words, and the way back."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from nshot.data import Catalog
from nshot.pipeline.choose import read_answer
from nshot.prompting import PromptBuilder, PromptConfig, choose_names, compact, restore_names, show_names
from nshot.prompting.naming import split_names
from nshot.sql import normalise, write_form
from nshot.types import CellMatch, Column, Demonstration, Example, ForeignKey, Question, Schema, Table

SPLIT = PromptConfig(context="compact", form="from-first", split_names=True, show_values=True)
SHOP = Schema(
    "shop",
    (
        Table("Customer", (Column("CustomerId", "int"), Column("FirstName", "text")), ("CustomerId",)),
        Table(
            "InvoiceLine",
            (Column("invoiceid", "int"), Column("CustomerId", "int"), Column("Unit Price", "real")),
            ("invoiceid",),
        ),
    ),
    (ForeignKey("InvoiceLine", ("CustomerId",), "Customer", ("CustomerId",)),),
)
SQL = (
    'SELECT T1.FirstName, sum(T2."Unit Price") FROM Customer AS T1 JOIN InvoiceLine AS T2 '
    "ON T1.CustomerId = T2.CustomerId WHERE T1.FirstName != 'first_name' GROUP BY T1.FirstName"
)


def test_a_prompt_shows_names_in_words_everywhere() -> None:
    example = Demonstration(Example("1", "Sum by name?", SQL, "shop"), SHOP)
    match = CellMatch("Customer", "FirstName", "Ada", 8, 11)
    question = Question("How did Ada pay?", "shop")
    prompt = PromptBuilder("compact", SPLIT).build(question, SHOP, [example], [match])
    assert "customer(customer_id int, first_name text)" in prompt.text
    assert "invoice_line(invoice_id int, customer_id int, unit_price real)" in prompt.text
    assert "invoice_line.customer_id = customer.customer_id" in prompt.text
    assert "customer.first_name = 'Ada'" in prompt.text
    assert "where customer.first_name != 'first_name' group by" in prompt.text


def test_an_answer_gets_the_own_names_back() -> None:
    prompt = PromptBuilder("compact", SPLIT).build(Question("Who pays?", "shop"), SHOP)
    answer = "from customer join invoice_line select first_name, max(unit_price) group by first_name"
    sql = read_answer(answer, prompt, "from-first", ())
    assert normalise(sql, SHOP) == normalise(
        'SELECT FirstName, max("Unit Price") FROM Customer JOIN InvoiceLine '
        "ON Customer.CustomerId = InvoiceLine.CustomerId GROUP BY FirstName",
        SHOP,
    )


def test_names_that_would_be_shown_alike_stay_as_they_are() -> None:
    table = Table("t", (Column("FirstName"), Column("first_name"), Column("LastName"), Column("Last Name")))
    shown = choose_names(Schema("d", (table,)), SPLIT)
    assert [column.name for column in shown.schema.tables[0].columns] == [one.name for one in table.columns]
    assert shown.pairs == ()


def test_what_the_budget_drops_is_reported_by_own_names() -> None:
    config = replace(SPLIT, budget=40)
    prompt = PromptBuilder("compact", config).build(Question("Which customers?", "shop"), SHOP)
    assert set(prompt.dropped.tables) | set(prompt.dropped.columns) <= {
        "InvoiceLine",
        "Customer",
        "Customer.FirstName",
        "Customer.CustomerId",
        "InvoiceLine.invoiceid",
        "InvoiceLine.CustomerId",
        "InvoiceLine.Unit Price",
    }
    assert prompt.dropped


def test_postgres_names_are_quoted_on_the_way_back_only() -> None:
    schema = replace(SHOP, dialect="postgres")
    shown = choose_names(schema, SPLIT)
    text = show_names('select "FirstName" from "Customer"', shown.pairs, "postgres")
    assert text == "select first_name from customer"
    assert restore_names(text, shown.pairs, "postgres") == 'select "FirstName" from "Customer"'


@pytest.mark.parametrize(("dialect", "mark"), [("postgres", '"'), ("mysql", "")])
def test_other_dialects_show_the_names_that_sqlite_shows(dialect: str, mark: str) -> None:
    columns = tuple(map(Column, ("Count", "Name", "UnitPrice", "note")))
    schema = Schema("d", (Table("Orders", columns),), (), dialect)
    shown, plain = split_names(schema), split_names(replace(schema, dialect="sqlite"))
    assert compact(shown.schema) == compact(plain.schema)
    back = restore_names("select count(*), count, note from orders where name = 'name'", shown.pairs, dialect)
    own = "select count(*), Count, note from Orders where Name = 'name'"
    for name in ("Count", "Orders", "Name"):
        own = own.replace(name, f"{mark}{name}{mark}")
    assert back == own
    twice = Schema("d", (Table("Orders", (Column("Name"), Column("name"))),), (), "postgres")
    assert [pair.own for pair in split_names(twice).pairs] == ["Orders"]  # two names stay two


@pytest.mark.spider
def test_every_gold_query_of_spider_survives_both_ways(spider: Path) -> None:
    catalog = Catalog(spider)
    wrong, changed = [], 0
    for row in json.loads((spider / "train_spider.json").read_text()):
        schema = catalog.schema(row["db_id"])
        shown = choose_names(schema, SPLIT)
        text = write_form(row["query"], "from-first", schema)
        there = show_names(text, shown.pairs, schema.dialect)
        changed += there != text
        back = restore_names(there, shown.pairs, schema.dialect)
        if normalise(back, schema) != normalise(text, schema):
            wrong.append((row["db_id"], text, back))
    assert not wrong[:3]
    assert changed > 500
