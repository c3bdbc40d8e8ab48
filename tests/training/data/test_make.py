from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import pytest

from nshot.data import Catalog
from nshot.errors import OptionError
from nshot.generation import Cancellation, Cancellations, Decoding
from nshot.index import ExampleIndex
from nshot.pipeline import CatalogDatabases, Pipeline
from nshot.prompting import PLAIN, PromptBuilder, PromptConfig
from nshot.retrieval import RetrievalConfig, Retriever
from nshot.sql import read_form
from nshot.training.data import RowMaker, SftRow, make_rows
from nshot.training.data.holdout import HeldOutPart
from nshot.types import Completion, Prompt, Question

from .conftest import contexts, keyword, shots


class Silent:
    """An engine that reads as PLAIN does, and writes nothing."""

    name = "silent"
    context_length = 100_000
    settings = None

    def __init__(self, chatty: bool = False) -> None:
        self._chatty = chatty

    def count_tokens(self, text: str) -> int:
        return PLAIN.count_tokens(text)

    def chat(self, content: str) -> str | None:
        return f"<user>{content}<assistant>" if self._chatty else None

    def turns(self, messages: object) -> str | None:
        return None

    def generate(
        self, prompts: Sequence[Prompt], decoding: Decoding, cancellations: Cancellations | None = None
    ) -> list[list[Completion]]:
        raise AssertionError("nothing is generated here")

    def stream(
        self, prompt: Prompt, decoding: Decoding, cancellation: Cancellation | None = None
    ) -> Iterator[str]:
        raise AssertionError("nothing is generated here")


@pytest.mark.parametrize("count", [0, 2])
@pytest.mark.parametrize("context", ["full", "relevant"])
@pytest.mark.parametrize("template", ["compact", "n-shot"])
def test_a_rows_prompt_is_the_one_of_inference_byte_for_byte(
    template: str, context: str, count: int, catalog: Catalog, questions: list[Question], index: ExampleIndex
) -> None:
    engine, prompt = (
        Silent(chatty=template == "n-shot"),
        PromptConfig(show_values=True, form="named", budget=400),
    )
    config = keyword(
        shots=shots(count), contexts=contexts(context), template=template, prompt=prompt, same_db="allow"
    )
    rows = RowMaker(catalog, config, index=index, text=engine).make(questions).rows
    retriever = Retriever(index, RetrievalConfig("keyword"), catalog=catalog)
    builder = PromptBuilder(template, replace(prompt, scope=context), engine)  # type: ignore[arg-type]
    databases = CatalogDatabases(catalog, retriever, config=PromptConfig(show_values=True))
    pipeline = Pipeline(engine, databases, retriever=retriever, builder=builder, shots=count)
    asked = [pipeline.prepare(question)[0] for question in questions]
    assert [row.prompt for row in rows] == [one.text for one in asked]
    assert [row.sha256 for row in rows] == [one.sha256 for one in asked]
    assert any(row.dropped for row in rows) is any(one.dropped for one in asked)


@pytest.mark.parametrize("select", ["top", "distinct"])
def test_rows_of_mixed_shots_show_what_retrieval_gives_for_their_number(
    select: str, catalog: Catalog, questions: list[Question], index: ExampleIndex
) -> None:
    retrieval = RetrievalConfig("keyword", select)
    maker = RowMaker(catalog, keyword(shots=shots(1, 2, 4), retrieval=retrieval), index=index)
    retriever = Retriever(index, retrieval, catalog=catalog, same_db="never")
    for seed in (0, 1):
        rows = maker.make(questions, seed).rows
        assert {row.shots for row in rows} == {1, 2, 4}
        for row, question in zip(rows, questions, strict=True):
            ((*found,),) = retriever.retrieve([question], row.shots)
            assert [one.example.id for one in found][::-1] == list(row.demonstrations)


def test_examples_come_from_other_databases_whatever_the_index_allows(
    catalog: Catalog, questions: list[Question], index: ExampleIndex
) -> None:
    databases = {entry.example.id: entry.example.db_id for entry in index.entries}

    def own(rows: list[SftRow]) -> int:
        return sum(databases[shown] == row.db_id for row in rows for shown in row.demonstrations)

    config = keyword(shots=shots(3))
    assert own(make_rows(questions, catalog, config, index=index)) == 0
    allowing = make_rows(
        questions, catalog, replace(config, rows=replace(config.rows, same_db="allow")), index=index
    )
    assert own(allowing) > 0


def test_no_example_gives_the_answer_away(
    catalog: Catalog, questions: list[Question], index: ExampleIndex
) -> None:
    """Under `allow`, too: an example whose SQL goes on where the row's ends is not shown either."""
    config = keyword(shots=shots(5), same_db="allow", prompt=PromptConfig(form="from-first"))
    made = RowMaker(catalog, config, index=index).make(questions)
    assert made.contained > 0
    assert not [row.id for row in made.rows if row.response in row.prompt]


def test_rows_depend_on_seed_and_question_but_not_on_their_company(
    catalog: Catalog, questions: list[Question], index: ExampleIndex
) -> None:
    config = keyword(
        strategies=("keyword", "random"),
        shots=shots(0, 1, 2, 3),
        contexts=contexts("full", "gold", "gold+distractors"),
        dropout=0.2,
        shuffle=True,
    )
    maker = RowMaker(catalog, config, index=index)
    rows = maker.make(questions, 3).rows
    assert maker.make(questions[::-1], 3).rows == rows[::-1]
    assert maker.make(questions[5:6], 3).rows == rows[5:6]
    assert RowMaker(catalog, config, index=index).make(questions, 3).rows == rows
    other = maker.make(questions, 4).rows
    assert [row.id for row in other] == [row.id for row in rows]
    assert sum(one != its for one, its in zip(rows, other, strict=True)) > len(rows) / 2


def test_repeats_draw_anew(catalog: Catalog, questions: list[Question], index: ExampleIndex) -> None:
    config = keyword(strategies=("random",), shots=shots(3), repeats=3)
    rows = make_rows(questions[:10], catalog, config, index=index)
    assert [row.repeat for row in rows[:4]] == [0, 1, 2, 0]
    assert [row.id for row in rows[:3]] == [questions[0].id] * 3
    assert len({row.demonstrations for row in rows[:3]}) == 3
    assert {row.strategy for row in rows} == {"random"}


def test_shots_are_drawn_and_dropout_leaves_some_out(
    catalog: Catalog, questions: list[Question], index: ExampleIndex
) -> None:
    rows = make_rows(questions, catalog, keyword(shots=shots(0, 4)), index=index)
    assert {row.shots for row in rows} == {0, 4}
    assert {row.strategy for row in rows if not row.shots} == {""}
    thinned = make_rows(questions, catalog, keyword(shots=shots(4), dropout=0.5), index=index)
    mean = sum(row.shots for row in thinned) / len(thinned)
    assert 1.5 < mean < 2.5
    assert all(row.prompt.count("question: ") == row.shots + 1 for row in thinned)


def test_shuffling_changes_the_order_and_nothing_else(
    catalog: Catalog, questions: list[Question], index: ExampleIndex
) -> None:
    plain = make_rows(questions, catalog, keyword(shots=shots(4)), index=index)
    shuffled = make_rows(questions, catalog, keyword(shots=shots(4), shuffle=True), index=index)
    assert all(
        set(one.demonstrations) == set(its.demonstrations) for one, its in zip(plain, shuffled, strict=True)
    )
    assert plain != shuffled


def test_contexts_show_their_part_of_the_schema(catalog: Catalog) -> None:
    question = Question("How many chefs are there?", "bakery", "q", "SELECT count(*) FROM baker")
    tables = len(catalog.schema("bakery").tables)

    def shown(context: str, seed: int = 0) -> int:
        (row,) = make_rows([question], catalog, keyword(contexts=contexts(context)), seed=seed)
        assert row.context == context
        return sum(line.endswith(")") and "(" in line for line in row.prompt.splitlines())

    assert shown("full") == tables
    assert shown("gold") == 1
    obscured = {shown("gold+distractors", seed) for seed in range(12)}
    assert min(obscured) == 1
    assert 1 < max(obscured) <= 4


def test_shuffled_schemas_are_one_for_a_database_and_anew_for_each_draw(
    catalog: Catalog, questions: list[Question]
) -> None:
    maker = RowMaker(catalog, keyword(shots=shots(0), contexts=contexts("shuffled")))
    heads: dict[tuple[int, str], set[str]] = {}
    for seed in (0, 1):
        for row in maker.make(questions, seed).rows:
            heads.setdefault((seed, row.db_id), set()).add(row.prompt.split("\n\n", 1)[0])
    assert all(len(some) == 1 for some in heads.values())
    assert any(heads[0, db_id] != heads[1, db_id] for seed, db_id in heads if seed)


def test_responses_are_in_the_form_and_read_back(catalog: Catalog, questions: list[Question]) -> None:
    rows = make_rows(questions, catalog, keyword(prompt=PromptConfig(form="from-first")))
    assert {row.form for row in rows} == {"from-first"}
    assert all(row.response.startswith("from ") for row in rows)
    for row in rows[:5]:
        assert read_form(row.response, catalog.schema(row.db_id)).lower().startswith("select ")
    written = make_rows(questions[:1], catalog, keyword())
    assert (written[0].response, written[0].form) == (questions[0].sql, "written")


def test_a_hint_and_cell_values_are_shown(catalog: Catalog) -> None:
    question = Question(
        "How many loaves of Rye bread?",
        "bakery",
        "q",
        "SELECT count(*) FROM baker",
        evidence="loaf means bread",
    )
    (row,) = make_rows([question], catalog, keyword(prompt=PromptConfig(show_values=True)))
    assert "\nhint: loaf means bread\n" in row.prompt


def test_tokens_of_the_response_are_those_it_adds(catalog: Catalog, questions: list[Question]) -> None:
    for row in make_rows(questions[:20], catalog, keyword()):
        assert row.prompt_tokens == PLAIN.count_tokens(row.prompt)
        assert row.prompt_tokens + row.response_tokens == PLAIN.count_tokens(row.prompt + row.response)


def test_a_question_over_the_budget_is_counted(catalog: Catalog, questions: list[Question]) -> None:
    long = Question("Which " + "very " * 60 + "old ones?", "bakery", "long", "SELECT 1")
    maker = RowMaker(catalog, keyword(prompt=PromptConfig(budget=60)))
    made = maker.make([*questions[:3], long])
    assert made.too_long == ("long",)
    assert len(made.rows) == 3
    assert all(row.prompt_tokens <= 60 for row in made.rows)


def test_answers_that_need_what_the_budget_left_out_are_counted(catalog: Catalog) -> None:
    first, *_, last = catalog.schema("bakery").tables
    asked = [
        Question("How many?", "bakery", name, f"SELECT {column} FROM {name}")
        for name, column in ((first.name, first.columns[0].name), (last.name, last.columns[-1].name))
    ]
    for form in ("written", "from-first"):
        config = keyword(prompt=PromptConfig(form=form, budget=45))
        maker = RowMaker(catalog, config)
        alone = [maker.make([one]) for one in asked]
        missing = [
            one.id not in made.rows[0].prompt for one, made in zip(asked, alone, strict=True) if made.rows
        ]
        assert len(missing) == 2
        assert any(missing)
        assert [bool(made.blind) for made in alone] == missing
        assert maker.make(asked).blind == sum(missing)
    assert RowMaker(catalog, keyword()).make(asked).blind == 0


def test_sql_that_says_not_what_it_names_shows_the_whole_schema(catalog: Catalog) -> None:
    question = Question("What?", "bakery", "q", "SELECT FROM WHERE (")
    made = RowMaker(catalog, keyword(contexts=contexts("gold"))).make([question])
    assert made.whole_schema == 1
    assert made.rows[0].prompt.count("(") >= len(catalog.schema("bakery").tables)


def test_held_out_databases_are_shown_nowhere(
    catalog: Catalog, questions: list[Question], index: ExampleIndex
) -> None:
    databases = {entry.example.id: entry.example.db_id for entry in index.entries}
    maker = RowMaker(
        catalog, keyword(shots=shots(5)), index=index, without=HeldOutPart(("bakery", "chess_club"))
    )
    shown = {databases[id_] for row in maker.make(questions).rows for id_ in row.demonstrations}
    assert shown
    assert not shown & {"bakery", "chess_club"}


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"contexts": contexts("some")}, "unknown context 'some'; choose one of: full, shuffled, renamed"),
        (
            {"contexts": contexts("full", "renamed")},
            "renamed needs SQL without aliases .* got `form` written",
        ),
        ({"strategies": ("best",)}, "unknown strategy 'best'"),
        ({"strategies": ()}, "name at least one strategy"),
        ({"repeats": 0}, "`repeats` must be at least 1, got 0"),
        ({"dropout": 1.0}, "`dropout` must be at least 0 and below 1"),
        ({"same_db": "perhaps"}, "unknown policy same_db 'perhaps'"),
        ({"prompt": PromptConfig(scope="relevant")}, "take their scope from `context`"),
    ],
)
def test_a_wrong_setting_is_refused_when_made(settings: dict[str, object], message: str) -> None:
    with pytest.raises(OptionError, match=message):
        keyword(**settings)


def test_shots_need_an_index_and_a_template_that_shows_them(catalog: Catalog, index: ExampleIndex) -> None:
    with pytest.raises(OptionError, match="rows of up to 3 shots need examples"):
        RowMaker(catalog, keyword(shots=shots(0, 3)))
    with pytest.raises(OptionError, match="template zero-shot shows no examples"):
        RowMaker(catalog, keyword(shots=shots(3), template="zero-shot"), index=index)


def test_a_question_without_sql_is_refused(catalog: Catalog) -> None:
    with pytest.raises(OptionError, match="add that of: q-1"):
        make_rows([Question("Why?", "bakery", "q-1")], catalog, keyword())
