"""What Spider's parser reads, and what it makes of it."""

from __future__ import annotations

import pytest
from tests.eval.spider.conftest import statements

from nshot.errors import SqlParseError
from nshot.eval.spider import SpiderParseError, SpiderSchema, parse_statement
from nshot.eval.spider.statement import STAR, ColumnUnit, SpiderStatement, ValueUnit


@pytest.mark.parametrize("sql", statements("parses.sql"))
def test_it_reads(schema: SpiderSchema, sql: str) -> None:
    assert isinstance(parse_statement(sql, schema), SpiderStatement)


@pytest.mark.parametrize("sql", statements("fails.sql"))
def test_it_does_not_read(schema: SpiderSchema, sql: str) -> None:
    with pytest.raises(SpiderParseError):
        parse_statement(sql, schema)


def column(name: str, table: str = "singer") -> ColumnUnit:
    return ColumnUnit("", (table, name), False)


def condition(name: str, comparison: str, value: object, value2: object = None) -> tuple[object, ...]:
    return (False, comparison, ValueUnit("", column(name), None), value, value2)


def where(sql: str, schema: SpiderSchema) -> tuple[object, ...]:
    return parse_statement(f"SELECT name FROM singer WHERE {sql}", schema).where


@pytest.mark.parametrize(
    ("sql", "conditions"),
    [
        ("age = 1 OR name LIKE 'A%'", (condition("age", "=", 1), "or", condition("name", "like", '"A%"'))),
        ("age BETWEEN 1 AND 2", (condition("age", "between", 1, 2),)),
        ("age > -1.5e1", (condition("age", ">", -15),)),
        ("age > (1_000)", (condition("age", ">", 1000),)),
        ("age = age or name = 'x'", (condition("age", "=", column("age")),)),
        ("age = name ; or x", (condition("age", "=", column("name")),)),
        ("age = 1 AND", (condition("age", "=", 1), "and")),
        ("age = 1 name = 'b'", (condition("age", "=", 1), condition("name", "=", '"b"'))),
        ("age not 1", None),
        ("age not not 1", ((True, "not", ValueUnit("", column("age"), None), 1, None),)),
        ("age = distinct age", (condition("age", "=", ColumnUnit("", ("singer", "age"), True)),)),
        ("age = ( SELECT max(age) FROM singer )x", (None, None)),
    ],
)
def test_conditions_are_flat(
    schema: SpiderSchema, sql: str, conditions: tuple[tuple[object, ...] | None, ...] | None
) -> None:
    if conditions is None or None in conditions:
        with pytest.raises(SpiderParseError):
            where(sql, schema)
    else:
        assert where(sql, schema) == conditions


def test_the_last_meaning_of_an_alias_holds_everywhere(schema: SpiderSchema) -> None:
    sql = "SELECT a.name FROM singer AS a WHERE a.name IN (SELECT a.name FROM stadium AS a)"
    outer = parse_statement(sql, schema)
    assert outer.select.items[0].unit.left.column == ("stadium", "name")
    assert outer.source.units == ("singer",)


def test_bare_names_are_looked_up_in_the_own_from_only(schema: SpiderSchema) -> None:
    sql = "SELECT name FROM singer WHERE age IN (SELECT year FROM concert WHERE {} = 1)"
    parse_statement(sql.format("singer.age"), schema)
    with pytest.raises(SpiderParseError):
        parse_statement(sql.format("age"), schema)


def test_the_last_direction_holds_for_all_items(schema: SpiderSchema) -> None:
    order = parse_statement("SELECT name FROM singer ORDER BY age DESC, name ASC, country", schema).order_by
    assert order is not None
    assert (order.direction, len(order.units)) == ("asc", 3)


def test_a_chain_of_set_operations_nests_to_the_right(schema: SpiderSchema) -> None:
    arm = "SELECT name FROM singer"
    chain = parse_statement(f"{arm} UNION {arm} EXCEPT {arm}", schema)
    assert chain.set_word == "union"
    assert chain.follower is not None
    assert (chain.follower.set_word, chain.follower.follower) == ("except", parse_statement(arm, schema))


def test_join_conditions_are_concatenated(schema: SpiderSchema) -> None:
    sql = (
        "SELECT count(*) FROM singer AS a JOIN singer_in_concert AS b ON a.singer_id = b.singer_id "
        "JOIN concert AS c ON b.concert_id = c.concert_id"
    )
    source = parse_statement(sql, schema).source
    assert source.units == ("singer", "singer_in_concert", "concert")
    assert [part if isinstance(part, str) else part.comparison for part in source.conditions] == [
        "=",
        "and",
        "=",
    ]


def test_the_star_has_no_table(schema: SpiderSchema) -> None:
    (item,) = parse_statement("SELECT count(*) FROM singer", schema).select.items
    assert (item.aggregate, item.unit.left.column) == ("count", STAR)


def test_an_aggregate_belongs_to_the_item_in_select_and_to_the_column_in_order_by(
    schema: SpiderSchema,
) -> None:
    statement = parse_statement("SELECT max(age) FROM singer GROUP BY name ORDER BY max(age)", schema)
    assert statement.order_by is not None
    assert statement.select.items[0].aggregate == "max"
    assert statement.select.items[0].unit.left.aggregate == ""
    assert statement.order_by.units[0].left.aggregate == "max"


@pytest.mark.parametrize(
    ("limit", "number"), [("3", 3), ("-1", -1), ("1_0", 10), ("many", None), ("1.5", None)]
)
def test_the_older_program_reads_the_limit_and_the_newer_does_not(
    schema: SpiderSchema, limit: str, number: int | None
) -> None:
    sql = f"SELECT name FROM singer LIMIT {limit}"
    assert parse_statement(sql, schema).limit == 1
    if number is None:
        with pytest.raises(SpiderParseError):
            parse_statement(sql, schema, integer_limits=True)
    else:
        assert parse_statement(sql, schema, integer_limits=True).limit == number


def test_what_is_not_read_is_told_by_its_token() -> None:
    with pytest.raises(SqlParseError, match="expected a column at token 2, got 'nmae'"):
        parse_statement("SELECT nmae FROM singer", SpiderSchema({"singer": ("name",)}))


def test_deep_nesting_is_a_parse_error(schema: SpiderSchema) -> None:
    sql = "SELECT name FROM singer WHERE age IN (" * 5000
    with pytest.raises(SpiderParseError):
        parse_statement(sql + " FROM singer" + ")" * 5000, schema)
    inner = "SELECT age FROM singer"
    for _ in range(200):
        inner = f"SELECT age FROM singer WHERE age IN ({inner})"
    with pytest.raises(SpiderParseError, match="nested"):
        parse_statement(inner, schema)


def test_a_column_whose_name_holds_a_stop_cannot_be_named() -> None:
    with pytest.raises(SpiderParseError):
        parse_statement("SELECT t.a.b FROM t", SpiderSchema({"t": ("a.b",)}))
