from __future__ import annotations

from dataclasses import replace

import pytest

from nshot.errors import OptionError
from nshot.prompting import PromptBuilder, PromptConfig, compact
from nshot.prompting.linking.values import value_line
from nshot.prompting.serialize.compact import kind
from nshot.types import CellMatch, Column, Demonstration, ForeignKey, Question, Schema, Table

FARM = """\
city(city_id int, official_name text, status text, area_km_2 real, population real, census_ranking text)
farm_competition(competition_id int, year int, theme text, host_city_id int, hosts text)
competition_record(competition_id int, farm_id int, rank int)
farm_competition.host_city_id = city.city_id
competition_record.competition_id = farm_competition.competition_id
competition_record.farm_id = farm.farm_id"""


def test_a_table_and_a_key_are_a_line_each(farm: Schema) -> None:
    assert compact(farm) == FARM


def test_cell_matches_are_not_in_the_context(farm: Schema) -> None:
    assert compact(farm, [CellMatch("city", "Status", "Village", 0, 7)]) == FARM


def test_a_composite_key_names_its_columns_in_order() -> None:
    key = ForeignKey("a", ("x", "y"), "b", ("u", "v"))
    tables = Table("a", (Column("x"), Column("y"))), Table("b", (Column("u"), Column("v")))
    assert compact(Schema("d", tables, (key,))).splitlines()[-1] == "a.(x, y) = b.(u, v)"


def test_a_key_without_columns_to_refer_to_means_the_primary_key() -> None:
    tables = Table("a", (Column("x"),)), Table("b", (Column("u"),), ("u",))
    keys = ForeignKey("a", ("x",), "B", ()), ForeignKey("a", ("x",), "gone", ())
    assert compact(Schema("d", tables, keys)).splitlines()[2:] == ["a.x = b.u", "a.x = gone"]


def test_names_are_quoted_where_they_must_be_and_lower_case_where_case_is_ignored() -> None:
    table = Table("Order", (Column("Home Town", "TEXT"), Column("Größe"), Column("id", "int")))
    assert compact(Schema("d", (table,))) == '"order"("home town" text, größe, id int)'
    assert compact(Schema("d", (table,), (), "postgres")) == '"Order"("Home Town" text, "Größe", id int)'


@pytest.mark.parametrize(
    ("short", "declared"),
    [
        ("int", "INTEGER|int(11)|bigint unsigned|unsigned big int|mediumint|int8|bigserial|year(4)|bit|long"),
        ("real", "real|double precision|float8|decimal(10,2)|NUMERIC|number|money"),
        ("text", "varchar(20)|nchar(5)|text|clob|enum('a','b')|json|uuid|interval|point|others"),
        ("date", "date|datetime|timestamp with time zone|time"),
        ("bool", "boolean|bool"),
        ("blob", "blob|varbinary(9)|bytea"),
        ("", "| "),
    ],
)
def test_declared_types_become_six_kinds(short: str, declared: str) -> None:
    assert {kind(one) for one in declared.split("|")} == {short}


def test_values_are_qualified_the_longest_first_and_exact(farm: Schema) -> None:
    matches = [
        CellMatch("city", "Status", "Town", 0, 4),
        CellMatch("Farm_Competition", "Theme", "It's  a Town", 10, 21),
        CellMatch("city", "Official_Name", "Town", 17, 21),
        CellMatch("city", "Official_Name", "two\nlines", 30, 50),
        CellMatch("cow", "name", "Berta", 60, 70),
    ]
    assert value_line(farm, matches) == "farm_competition.theme = 'It''s  a Town', city.status = 'Town'"


def test_at_most_six_values_are_shown(farm: Schema) -> None:
    matches = [CellMatch("city", "Status", f"v{number}", number, number + 1) for number in range(9)]
    assert value_line(farm, matches).count("city.status = ") == 6


def test_values_stand_behind_the_context_and_only_when_asked_for(
    farm: Schema, demonstrations: tuple[Demonstration, ...]
) -> None:
    question, match = Question("Which village hosts?", "farm"), CellMatch("city", "Status", "Village", 6, 13)
    shown = PromptBuilder("compact", PromptConfig(show_values=True))
    text = shown.build(question, farm, demonstrations, [match]).text
    assert text.startswith(
        f"{FARM}\n\nvalues: department.name = 'Treasury'\nquestion: Which heads of Treasury"
    )
    assert text.endswith("\n\nvalues: city.status = 'Village'\nquestion: Which village hosts?\nsql:\n")
    bare = PromptBuilder("compact").build(question, farm, demonstrations, [match]).text
    assert "values:" not in bare


def test_values_in_a_line_are_not_in_another_context_again(farm: Schema) -> None:
    builder = PromptBuilder("compact", PromptConfig(context="natural", show_values=True))
    match = CellMatch("city", "Status", "Village", 6, 13)
    assert builder.build(Question("Which village?", "farm"), farm, (), [match]).text.count("'Village'") == 1


def test_values_of_columns_that_the_budget_dropped_are_not_shown(farm: Schema) -> None:
    question, match = Question("Who?", "farm"), CellMatch("city", "Status", "Village", 0, 3)
    builder = PromptBuilder("compact", PromptConfig(show_values=True, budget=12))
    prompt = builder.build(question, farm, (), [match])
    assert "city" in prompt.dropped.tables
    assert "values:" not in prompt.text


def test_compact_contexts_without_a_place_for_values_are_refused() -> None:
    with pytest.raises(OptionError, match="n-shot has no place for cell values beside a compact context"):
        PromptBuilder("n-shot", PromptConfig(context="compact", show_values=True))


def test_examples_show_their_schema_where_the_settings_say_so(
    farm: Schema, demonstrations: tuple[Demonstration, ...]
) -> None:
    builder = PromptBuilder("compact", PromptConfig(example_context="tables"))
    text = builder.build(Question("Why?", "farm"), farm, demonstrations[:1]).text
    assert "\n\nhead(head_id int, name text, born_state text, age real)\nquestion: How many heads" in text


def test_sql_of_examples_is_written_in_the_form_asked_for(
    farm: Schema, demonstrations: tuple[Demonstration, ...]
) -> None:
    builder = PromptBuilder("compact", PromptConfig(form="tidy"))
    assert builder.form == "tidy"
    text = builder.build(Question("Why?", "farm"), farm, demonstrations[:1]).text
    assert "\nsql:\nselect count(*) from head where age > 56\n\n" in text
    broken = replace(demonstrations[0], example=replace(demonstrations[0].example, sql="SELECT FROM ("))
    assert "\nselect from (\n" in builder.build(Question("Why?", "farm"), farm, [broken]).text


def test_questions_of_one_database_share_the_context_as_a_prefix(
    farm: Schema, demonstrations: tuple[Demonstration, ...]
) -> None:
    builder = PromptBuilder("compact", PromptConfig(show_values=True))
    match = CellMatch("city", "Status", "Village", 6, 13)
    one = builder.build(Question("Which village?", "farm"), farm, demonstrations, [match]).text
    other = builder.build(Question("How many?", "farm", evidence="all"), farm).text
    assert one.startswith(f"{FARM}\n\n")
    assert other == f"{FARM}\n\nhint: all\nquestion: How many?\nsql:\n"


def test_a_line_of_values_is_chosen_among_very_many(farm: Schema) -> None:
    matches = [CellMatch("city", "status", f"Town {at}", at, at + 5) for at in range(0, 300_000, 5)]
    matches.append(CellMatch("city", "status", "inner", 1, 4))
    assert value_line(farm, matches[-2:]) == "city.status = 'Town 299995', city.status = 'inner'"
    assert value_line(farm, matches).split(", ")[5] == "city.status = 'Town 25'"
    assert "inner" not in value_line(farm, [matches[0], matches[-1]])
