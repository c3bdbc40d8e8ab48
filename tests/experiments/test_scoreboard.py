from __future__ import annotations

import numpy as np
import pytest

from nshot.artifacts.progress import start_silently
from nshot.data import Catalog
from nshot.databases.cells.values import CellValues
from nshot.errors import DataError, OptionError
from nshot.eval.scores import System
from nshot.experiments import ComparisonPlan, Grid, RunConfig, compare_examples
from nshot.experiments.pick import pick
from nshot.generation import Engine, ModelSettings
from nshot.index import ExampleIndex
from nshot.pipeline import Execution
from nshot.retrieval import RetrievalConfig, Retriever
from nshot.sql import skeleton
from nshot.types import Question

from .conftest import CountingEngine


def configure(strategy: str, select: str, seed: int) -> RetrievalConfig:
    return RetrievalConfig(strategy, select, seed=seed, first="masked-keyword")


def make_plan(
    index: ExampleIndex,
    catalog: Catalog,
    questions: list[Question],
    grid: Grid,
    engine: Engine | None = None,
    baseline: tuple[str, str] | None = None,
) -> ComparisonPlan:
    """A plan over the sample."""

    schemas = Retriever(index, configure("keyword", "top", 0), catalog=catalog)
    execution = Execution(enabled=False)
    run_config = RunConfig(engine or CountingEngine(), catalog, schemas, ModelSettings(), execution)
    return ComparisonPlan(grid, questions, index, catalog, configure, run_config, baseline)


def test_a_measure_is_what_the_retrieved_examples_say(
    index: ExampleIndex, catalog: Catalog, questions: list[Question]
) -> None:
    grid = Grid((("random", "top"), ("masked-keyword", "top")), (3,), (0, 1))
    found = compare_examples(make_plan(index, catalog, questions, grid), start=start_silently)
    retriever = Retriever(index, configure("masked-keyword", "top", 0), catalog=catalog)
    shown = retriever.retrieve(questions, 3)
    matches = [
        skeleton(question.sql or "") in {skeleton(candidate.example.sql) for candidate in candidates}
        for question, candidates in zip(questions, shown, strict=True)
    ]
    system = System("masked-keyword", "top", 3)
    estimate = found.score(system, "skeleton_match@3")
    assert estimate is not None
    assert estimate.value == pytest.approx(np.mean(matches))
    assert estimate.questions == len(questions)
    assert estimate.low < estimate.value < estimate.high
    drawn = found.score(System("random", "top", 3), "skeleton_match@3")
    assert drawn is not None
    assert drawn.seeds == 2
    for measure in ("same_db@3", "same_sql@3", "gold_in_prompt@3"):
        assert [s.estimate.value for s in found.scores if s.measure == measure and s.group == "all"] == [0, 0]


def test_each_question_shows_the_examples_of_each_run_and_whether_one_has_golds_form(
    index: ExampleIndex, catalog: Catalog, questions: list[Question]
) -> None:
    some = questions[:30]
    grid = Grid((("keyword", "top"),), (1, 3), (0,))
    found = compare_examples(make_plan(index, catalog, some, grid), start=start_silently)
    shown = Retriever(index, configure("keyword", "top", 0), catalog=catalog).retrieve(some, 3)
    assert found.judged_by == "skeleton_match"
    assert [(case.question, case.gold) for case in found.cases] == [(one.text, one.sql) for one in some]
    for case, candidates in zip(found.cases, shown, strict=True):
        examples = [candidate.example for candidate in candidates]
        matches = [skeleton(case.gold) == skeleton(example.sql) for example in examples]
        assert [answer.ex for answer in case.answers] == [matches[0], any(matches)]
        assert case.answers[1].demonstrations == tuple(example.id for example in examples)
        first = f"-- {examples[0].question}\n{examples[0].sql}"
        assert case.answers[0].sql == first
        assert case.answers[1].sql.startswith(first + "\n-- ")
    assert {answer.ex for case in found.cases for answer in case.answers} == {True, False}


def test_every_system_is_held_against_the_baseline_at_as_many_shots(
    index: ExampleIndex, catalog: Catalog, questions: list[Question]
) -> None:
    grid = Grid((("random", "top"), ("keyword", "top"), ("keyword", "distinct")), (1, 3), (0,))
    found = compare_examples(
        make_plan(index, catalog, questions[:40], grid, baseline=("keyword", "top")), start=start_silently
    )
    pairs = [(c.system.name, c.system.shots, c.baseline) for c in found.contrasts if c.measure == "ndcg"]
    assert pairs == [
        ("random", 1, System("keyword", "top", 1)),
        ("random", 3, System("keyword", "top", 3)),
        ("keyword/distinct", 1, System("keyword", "top", 1)),
        ("keyword/distinct", 3, System("keyword", "top", 3)),
    ]
    assert all(c.p_holm >= c.p for c in found.contrasts)


def test_no_system_beats_the_ceiling(
    index: ExampleIndex, catalog: Catalog, questions: list[Question]
) -> None:
    grid = Grid((("masked-keyword", "distinct"),), (1, 5), (0,))
    found = compare_examples(make_plan(index, catalog, questions, grid), start=start_silently)
    measured = {s.measure: s.estimate.value for s in found.scores if s.group == "all"}
    compared = [measure for measure in found.ceiling if measure in measured]
    assert len(compared) >= 8
    for measure in compared:
        assert measured[measure] <= found.ceiling[measure] + 1e-9


def test_zero_shots_without_a_model_are_refused(
    index: ExampleIndex, catalog: Catalog, questions: list[Question]
) -> None:
    with pytest.raises(OptionError, match="give `model`"):
        compare_examples(
            make_plan(index, catalog, questions, Grid((("keyword", "top"),), (0, 1), (0,))),
            start=start_silently,
        )


def test_questions_without_gold_are_named(index: ExampleIndex, catalog: Catalog) -> None:
    asked = [Question("How many?", "bakery", "q-1", "SELECT 1"), Question("Which?", "bakery", "q-2")]
    with pytest.raises(DataError, match="1 have none: q-2"):
        make_plan(index, catalog, asked, Grid((("keyword", "top"),), (1,), (0,)))


def test_a_baseline_outside_the_grid_is_refused(
    index: ExampleIndex, catalog: Catalog, questions: list[Question]
) -> None:
    with pytest.raises(OptionError, match="keyword/top"):
        make_plan(
            index, catalog, questions, Grid((("keyword", "top"),), (1,), (0,)), baseline=("vector", "top")
        )


def test_the_loading_of_values_is_in_no_runs_time(
    index: ExampleIndex, catalog: Catalog, questions: list[Question], monkeypatch: pytest.MonkeyPatch
) -> None:
    events: list[str] = []
    values = Catalog.values

    def watched(self: Catalog, db_id: str) -> CellValues:
        events.append(db_id)
        return values(self, db_id)

    def clock() -> float:
        events.append("clock")
        return 0.0

    monkeypatch.setattr(Catalog, "values", watched)
    monkeypatch.setattr("nshot.experiments.pick.perf_counter", clock)
    runs = Grid((("masked-keyword", "top"),), (1,), (0,)).runs()
    assert len(list(pick(runs, questions, index, catalog, configure))) == 1
    assert set(events[: events.index("clock")]) == {question.db_id for question in questions}


def test_each_number_of_shots_is_retrieved_by_itself(
    index: ExampleIndex, catalog: Catalog, questions: list[Question]
) -> None:
    runs = Grid((("keyword", "mmr"),), (2, 4), (0,)).runs()
    for picked in pick(runs, questions[:5], index, catalog, configure):
        shots = picked.run.system.shots
        retriever = Retriever(index, configure("keyword", "mmr", 0), catalog=catalog)
        assert picked.retrieve(questions[:5], shots) == retriever.retrieve(questions[:5], shots)
