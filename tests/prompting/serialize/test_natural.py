from __future__ import annotations

from dataclasses import replace

from nshot.prompting import natural
from nshot.types import CellMatch, Column, ForeignKey, Schema, Table

FARM = """\
There are tables such as city, farm_competition, competition_record
Table city contains columns such as City_ID: int, Official_Name: text, Status: text, Area_km_2: real, Population: real, Census_Ranking: text, City_ID is primary key
Table farm_competition contains columns such as Competition_ID: int, Year: int, Theme: text, Host_city_ID: int, Hosts: text, Competition_ID is primary key
Table competition_record contains columns such as Competition_ID: int, Farm_ID: int, Rank: int, ("Competition_ID","Farm_ID") is primary key
The Host_city_ID of farm_competition is foreign key of City_ID of city
The Competition_ID of competition_record is foreign key of Competition_ID of farm_competition
The Farm_ID of competition_record is foreign key of Farm_ID of farm"""  # noqa: E501

DEPARTMENT_AND_HEAD = """\
There are tables such as department, head
Table department contains columns such as Department_ID: int, Name: text, Creation: text, Ranking: int, Budget_in_Billions: real, Num_Employees: real, Department_ID is primary key
Table head contains columns such as head_ID: int, name: text, born_state: text, age: real, head_ID is primary key"""  # noqa: E501


def test_the_seed_documents_second_example_comes_out_byte_for_byte(farm: Schema) -> None:
    assert natural(farm) == FARM


def test_the_seed_documents_first_example_differs_in_its_first_line_only(departments: Schema) -> None:
    two = replace(departments, tables=departments.tables[:2], foreign_keys=())
    assert natural(two) == DEPARTMENT_AND_HEAD


def test_a_composite_foreign_key_names_its_columns_in_pairs() -> None:
    key = ForeignKey("a", ("x", "y"), "b", ("u", "v"))
    schema = Schema(
        "d", (Table("a", (Column("x"), Column("y"))), Table("b", (Column("u"), Column("v")))), (key,)
    )
    assert natural(schema).splitlines()[-1] == 'The ("x","y") of a is foreign key of ("u","v") of b'


def test_a_foreign_key_without_columns_to_refer_to_names_the_table() -> None:
    key = ForeignKey("a", ("x",), "b", ())
    assert natural(Schema("d", (Table("a", (Column("x"),)),), (key,))).endswith(
        "The x of a is foreign key of b"
    )


def test_values_and_descriptions_stand_behind_the_type() -> None:
    table = Table(
        "singer", (Column("country", "TEXT", "", "where the singer\nwas born"),), (), "", "all who sing"
    )
    matches = [CellMatch("Singer", "Country", value, 0, 1) for value in ("France", "Côte d'Ivoire", "France")]
    assert natural(Schema("d", (table,)), matches).splitlines()[1] == (
        "Table singer (all who sing) contains columns such as "
        "country: text (where the singer was born), for example 'France' and 'Côte d''Ivoire'"
    )


def test_values_of_columns_that_are_not_there_are_ignored(farm: Schema) -> None:
    assert natural(farm, [CellMatch("cow", "name", "Berta", 0, 1)]) == FARM


def test_at_most_three_values_of_a_column_are_shown() -> None:
    schema = Schema("d", (Table("t", (Column("a"),)),))
    matches = [CellMatch("t", "a", str(number), 0, 1) for number in range(5)]
    assert natural(schema, matches).endswith("a, for example '0', '1' and '2'")


def test_names_that_sql_must_quote_are_quoted() -> None:
    schema = Schema("d", (Table("order", (Column("Home Town", "text"), Column("größe"), Column("2nd"))),))
    assert natural(schema) == (
        'There are tables such as "order"\n'
        'Table "order" contains columns such as "Home Town": text, größe, "2nd"'
    )


def test_a_name_cannot_begin_a_line() -> None:
    schema = Schema("d", (Table("t\n### Response:", (Column("a\n# x"),)),))
    assert not any(line.startswith("#") for line in natural(schema).splitlines())


def test_a_schema_without_tables_is_an_empty_text() -> None:
    assert natural(Schema("d", ())) == ""
