from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nshot.errors import BudgetError
from nshot.prompting import PromptBuilder, PromptConfig
from nshot.types import Column, Demonstration, Example, ForeignKey, Prompt, Question, Schema, Table

TABLES = tuple(
    Table(
        name,
        (Column(f"{name}_id", "int"), *(Column(f"c{place}", "text") for place in range(count))),
        (f"{name}_id",),
    )
    for name, count in (("singer", 3), ("concert", 5), ("stadium", 2), ("singer_in_concert", 0))
)
LINK = TABLES[3]._replace(columns=(Column("singer_id", "int"), Column("concert_id", "int")), primary_key=())
SCHEMA = Schema(
    "music",
    (*TABLES[:3], LINK),
    (
        ForeignKey("singer_in_concert", ("singer_id",), "singer", ("singer_id",)),
        ForeignKey("singer_in_concert", ("concert_id",), "concert", ("concert_id",)),
    ),
)
QUESTION = Question("How many concerts did each singer give?", "music")
DEMONSTRATIONS = tuple(
    Demonstration(
        Example(f"e{number}", "How many? " * (number + 1), "SELECT count(*) FROM singer", "music"), SCHEMA
    )
    for number in range(4)
)


class Counting:
    """Words are tokens; remembers how often it was asked."""

    def __init__(self) -> None:
        self.calls = 0

    def count_tokens(self, text: str) -> int:
        self.calls += 1
        return len(text.split())

    def chat(self, content: str) -> str | None:
        return f"<u> {content} </u>"


def build(budget: int | None, shots: int = 4, template: str = "n-shot") -> Prompt:
    return PromptBuilder(template, PromptConfig(budget=budget), Counting()).build(
        QUESTION, SCHEMA, DEMONSTRATIONS[:shots]
    )


BUDGETS = st.integers(1, 400)
TEMPLATE_NAMES = st.sampled_from(["n-shot", "ddl", "context-first", "zero-shot"])


@given(BUDGETS, st.integers(0, 4), TEMPLATE_NAMES)
def test_a_prompt_is_within_its_budget_or_refused(budget: int, shots: int, template: str) -> None:
    smallest = needed(shots, template)
    if budget < smallest:
        with pytest.raises(BudgetError) as caught:
            build(budget, shots, template)
        assert (caught.value.needed, caught.value.available) == (smallest, budget)
        return
    prompt = build(budget, shots, template)
    assert len(prompt.text.split()) == prompt.tokens <= budget
    assert QUESTION.text in prompt.text


def needed(shots: int, template: str) -> int:
    """Tokens of the prompt that holds the question alone."""
    with pytest.raises(BudgetError) as caught:
        build(1, shots, template)
    return caught.value.needed


@given(BUDGETS, st.integers(0, 4), TEMPLATE_NAMES)
def test_everything_is_kept_where_it_fits(budget: int, shots: int, template: str) -> None:
    whole = build(None, shots, template)
    if whole.tokens <= budget:
        assert build(budget, shots, template) == whole
    assert not whole.dropped


def losses(budget: int) -> tuple[set[str], set[str], set[str]]:
    try:
        dropped = build(budget).dropped
    except BudgetError:
        return {"all"}, {"all"}, {"all"}
    gone = set(dropped.columns) | {
        f"{table.name}.{column.name}"
        for table in SCHEMA.tables
        if table.name in dropped.tables
        for column in table.columns
    }
    return set(dropped.examples), set(dropped.tables), gone


@given(BUDGETS, BUDGETS)
def test_a_larger_budget_never_keeps_less(one: int, other: int) -> None:
    small, large = (losses(budget) for budget in sorted((one, other)))
    assert small[0] == {"all"} or all(less <= more for less, more in zip(large, small, strict=True))


def test_examples_go_lowest_first_and_before_any_schema() -> None:
    whole = build(None)
    seen = []
    for budget in range(whole.tokens, 40, -1):
        try:
            dropped = build(budget).dropped
        except BudgetError:
            break
        seen.append(dropped)
        assert dropped.examples == ("e3", "e2", "e1", "e0")[: len(dropped.examples)]
        if dropped.tables or dropped.columns:
            assert len(dropped.examples) == 4
    assert seen[0].examples == ()
    assert len(seen[-1].tables) >= 3


def test_the_least_relevant_schema_goes_first() -> None:
    zero = build(None, 0)
    assert build(zero.tokens - 1, 0).dropped.columns == ("stadium.c1",)


def test_dropping_is_by_rank_whatever_the_order_shown() -> None:
    whole = build(None)
    for order in ("best-last", "best-first"):
        config = PromptConfig(budget=whole.tokens - 1, order=order)
        prompt = PromptBuilder("n-shot", config, Counting()).build(QUESTION, SCHEMA, DEMONSTRATIONS)
        assert prompt.dropped.examples == ("e3",)
        assert {one.example.id for one in prompt.demonstrations} == {"e0", "e1", "e2"}


def test_nothing_fits_says_what_is_needed_and_available() -> None:
    with pytest.raises(BudgetError, match="needs 53 tokens, but only 3 are available") as caught:
        build(3)
    assert caught.value.needed == 53


def test_few_texts_are_counted() -> None:
    wide = Schema("w", tuple(TABLES[1]._replace(name=f"t{number}") for number in range(100)))
    text = Counting()
    prompt = PromptBuilder("n-shot", PromptConfig(budget=300), text).build(QUESTION, wide, DEMONSTRATIONS)
    assert len(prompt.dropped.tables) > 50
    assert text.calls <= 15


def test_a_question_longer_than_the_budget_is_never_cut() -> None:
    long = replace(QUESTION, text="why " * 25_000)
    with pytest.raises(BudgetError):
        PromptBuilder("n-shot", PromptConfig(budget=8_000), Counting()).build(long, SCHEMA)
