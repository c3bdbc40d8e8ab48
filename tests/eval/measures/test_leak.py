from __future__ import annotations

from nshot.eval.measures import RetrievalJudge, parse_measures
from nshot.types import Column, Example, Question, Schema, Table

from .conftest import Values, asked, example

LEAKS = ("same_db", "same_sql", "paraphrase", "same_question", "gold_in_prompt")
ALL = ",".join(f"{name}@2" for name in LEAKS)
GOLD = "SELECT name FROM singer WHERE country = 'France'"
SAME = 'select T1.name from singer as T1 where T1.country = "France" ;'
OTHER = "SELECT name FROM singer WHERE country = 'Spain'"


def leaks(found: dict[str, float]) -> set[str]:
    assert set(found.values()) <= {0.0, 1.0}
    return {measure.partition("@")[0] for measure, value in found.items() if value}


def test_clean_examples_leak_nothing(values: Values) -> None:
    assert leaks(values(ALL, asked(GOLD), [example(OTHER)])) == set()


def test_same_sql_of_another_database_is_gold_in_the_prompt_and_no_paraphrase(values: Values) -> None:
    assert leaks(values(ALL, asked(GOLD), [example(SAME)])) == {"same_sql", "gold_in_prompt"}


def test_same_sql_of_the_same_database_is_a_paraphrase(values: Values) -> None:
    found = leaks(values(ALL, asked(GOLD, "shop"), [example(SAME, "shop")]))
    assert found == {"same_db", "same_sql", "paraphrase", "gold_in_prompt"}


def test_same_database_and_same_sql_in_different_examples_are_no_paraphrase(values: Values) -> None:
    found = leaks(values(ALL, asked(GOLD, "shop"), [example(OTHER, "shop"), example(SAME, "club")]))
    assert found == {"same_db", "same_sql", "gold_in_prompt"}


def test_same_words_are_the_same_question(values: Values) -> None:
    question = asked(GOLD, text="How many  singers ?")
    shown = [example(OTHER, question="how many singers?")]
    assert leaks(values(ALL, question, shown)) == {"same_question"}


def test_what_stands_behind_k_is_not_shown(values: Values) -> None:
    shown = [example(OTHER), example(OTHER), example(SAME)]
    assert leaks(values(ALL, asked(GOLD), shown)) == set()


def test_schemas_know_more_spellings_as_the_same_sql() -> None:
    schema = Schema(
        "club",
        (Table("a", (Column("id"), Column("name"))), Table("b", (Column("a_id"), Column("year")))),
    )
    question = Question("?", "club", sql="SELECT name FROM a JOIN b ON a.id = b.a_id")
    shown = [Example("1", "!", "SELECT a.name FROM a JOIN b ON a.id = b.a_id", "club")]
    measures = parse_measures("same_sql@1")
    blind = RetrievalJudge([], measures).values(question, shown)
    seeing = RetrievalJudge([], measures, {"club": schema}).values(question, shown)
    assert (*blind.values(), *seeing.values()) == (0, 1)
