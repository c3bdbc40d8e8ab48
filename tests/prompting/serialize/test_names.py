"""Names stand in every context as the SQL of the database must write them."""

from __future__ import annotations

import sqlite3

import pytest

from nshot.prompting import compact, ddl, natural
from nshot.types import Column, ForeignKey, Schema, Table

SHOP = Schema(
    "shop",
    (
        Table("Customer", (Column("customerId", "integer"), Column("fullName", "text")), ("customerId",)),
        Table(
            "user", (Column("id", "integer"), Column("desc", "text"), Column("end", "date")), ("id", "end")
        ),
    ),
    (ForeignKey("user", ("id",), "Customer", ("customerId",)),),
    dialect="postgres",
)


def test_names_with_capitals_and_reserved_words_are_quoted_for_postgresql() -> None:
    assert natural(SHOP) == (
        'There are tables such as "Customer", "user"\n'
        'Table "Customer" contains columns such as "customerId": integer, "fullName": text, '
        '"customerId" is primary key\n'
        'Table "user" contains columns such as id: integer, "desc": text, "end": date, '
        '("id","end") is primary key\n'
        'The id of "user" is foreign key of "customerId" of "Customer"'
    )
    assert ddl(SHOP) == (
        'CREATE TABLE "Customer" ( "customerId" INTEGER PRIMARY KEY, "fullName" TEXT );\n'
        'CREATE TABLE "user" ( id INTEGER, "desc" TEXT, "end" DATE, PRIMARY KEY (id, "end"), '
        'FOREIGN KEY (id) REFERENCES "Customer" ("customerId") );'
    )
    assert compact(SHOP).splitlines()[1] == '"user"(id int, "desc" text, "end" date)'


def test_mysql_gets_backticks() -> None:
    schema = Schema("d", (Table("order", (Column("a b", "int"), Column("Name", "text"))),), dialect="mysql")
    assert natural(schema).splitlines()[1] == (
        "Table `order` contains columns such as `a b`: int, Name: text"
    )
    assert ddl(schema) == "CREATE TABLE `order` ( `a b` INT, Name TEXT );"


@pytest.mark.parametrize("column", [" town", "town ", "  ", "\ttown"])
def test_blanks_around_a_name_belong_to_it(column: str) -> None:
    schema = Schema("d", (Table("park", (Column("name", "text"), Column(column, "text"))),))
    shown = f'"{column}"'
    assert f"{shown}: text" in natural(schema)
    assert f"{shown} TEXT" in ddl(schema)
    assert f"{shown} text" in compact(schema)
    connection = sqlite3.connect(":memory:")
    connection.executescript(ddl(schema))
    connection.execute("INSERT INTO park VALUES ('Alder Field', 'Norwick')")
    assert connection.execute(f"SELECT {shown} FROM park").fetchall() == [("Norwick",)]
    connection.close()


def test_a_line_break_in_a_name_does_not_break_the_prompt() -> None:
    schema = Schema("d", (Table("park\n# Response", (Column("\nname\n", "text"),)),))
    assert natural(schema).splitlines() == [
        'There are tables such as "park # Response"',
        'Table "park # Response" contains columns such as "name": text',
    ]
