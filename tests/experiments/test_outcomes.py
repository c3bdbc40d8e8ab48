from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from nshot.artifacts.progress import Advance, start_silently
from nshot.data import Catalog, read_questions, sample_dir
from nshot.errors import GoldError
from nshot.eval.comparison import Comparison
from nshot.eval.config import EvalConfig
from nshot.eval.evaluator import Evaluator
from nshot.eval.scores import System
from nshot.experiments import CachedEngine, CompletionStore, Grid, Judging, compare_answers
from nshot.experiments.measured import Measured as Run_values
from nshot.experiments.measured import correlations_of, scores_of
from nshot.index import ExampleIndex
from nshot.types import Question

from .conftest import CountingEngine
from .test_scoreboard import make_plan

GRID = Grid((("random", "top"), ("keyword", "top")), (0, 1, 2), (0, 1))
ZERO, KEYWORD = System("", "top", 0), System("keyword", "top", 2)


@pytest.fixture(scope="module")
def asked(questions: list[Question]) -> list[Question]:
    """Two questions of each of four databases."""
    by_db: dict[str, list[Question]] = {}
    for question in questions:
        by_db.setdefault(question.db_id, []).append(question)
    return [question for some in list(by_db.values())[:4] for question in some[:2]]


def knows(asked: list[Question], shots: int) -> Callable[[str], str]:
    """A model that is right where the prompt shows at least so many examples, and else writes no
    SQL.
    """

    def says(prompt: str) -> str:
        if prompt.count("Example") < 3 * shots:
            return "SELECT nothing FROM nowhere"
        return next(str(question.sql) for question in asked if question.text in prompt)

    return says


@pytest.fixture
def compare(
    index: ExampleIndex, catalog: Catalog, asked: list[Question], tmp_path: Path
) -> Callable[[CountingEngine], Comparison]:
    """The grid compared in one folder; again and again with the same store."""
    evaluator = Evaluator(sample_dir(), config=EvalConfig(cache=False, workers=1))

    def run(engine: CountingEngine) -> Comparison:
        with CompletionStore(tmp_path / "completions.jsonl") as store:
            cached = CachedEngine(engine, store, "model", batch=4)
            plan = make_plan(index, catalog, asked, GRID, cached)
            return compare_answers(
                plan, Judging(cached, evaluator, tmp_path / "predictions"), start=start_silently
            )

    return run


def test_a_model_that_needs_two_examples_is_right_with_two(
    compare: Callable[[CountingEngine], Comparison], asked: list[Question]
) -> None:
    found = compare(CountingEngine(knows(asked, 2)))
    means = {s.system.label: s.estimate.value for s in found.scores if (s.measure, s.group) == ("ex", "all")}
    assert means == {
        "zero-shot": 0,
        "random, 1 shot": 0,
        "random, 2 shots": 1,
        "keyword, 1 shot": 0,
        "keyword, 2 shots": 1,
    }
    invalid = found.score(ZERO, "invalid")
    assert invalid is not None
    assert invalid.value == 1
    assert found.mistakes["zero-shot"]
    assert not found.mistakes["keyword, 2 shots"]
    against_none = [c for c in found.contrasts if (c.measure, c.system, c.baseline) == ("ex", KEYWORD, ZERO)]
    assert [(c.wins, c.losses, c.test) for c in against_none] == [(len(asked), 0, "mcnemar")]
    assert against_none[0].p == pytest.approx(2 * 0.5 ** len(asked))


def test_each_case_shows_what_every_run_answered(
    compare: Callable[[CountingEngine], Comparison], asked: list[Question]
) -> None:
    found = compare(CountingEngine(knows(asked, 2)))
    assert [case.question for case in found.cases] == [question.text for question in asked]
    for case in found.cases:
        for run, answer in zip(found.runs, case.answers, strict=True):
            assert answer.ex == (run.system.shots == 2)
            assert bool(answer.mistakes) != answer.ex
            assert len(answer.demonstrations) == run.system.shots
            assert case.question in answer.prompt


def test_a_grid_that_was_killed_goes_on_and_computes_nothing_twice(
    compare: Callable[[CountingEngine], Comparison], asked: list[Question]
) -> None:
    first = CountingEngine(knows(asked, 1), dies_after=10)
    with pytest.raises(KeyboardInterrupt):
        compare(first)
    second = CountingEngine(knows(asked, 1))
    resumed = compare(second)
    assert len(first.asked) == 8
    assert not set(first.asked) & set(second.asked)
    assert len(set(second.asked)) == len(second.asked)
    third = CountingEngine(dies_after=0)
    again = compare(third)
    assert third.asked == []
    assert _timeless(again) == _timeless(resumed)


def _timeless(comparison: Comparison) -> list[object]:
    """All scores that the clock has no part in."""
    return [score for score in comparison.scores if score.measure not in ("ms", "seconds")]


def test_gold_that_does_not_run_is_told_before_the_model_is_asked(
    index: ExampleIndex, catalog: Catalog, asked: list[Question], tmp_path: Path
) -> None:
    engine = CountingEngine()
    bad = [*asked[:2], replace(asked[2], sql="SELECT nothing FROM nowhere")]
    evaluator = Evaluator(sample_dir(), config=EvalConfig(cache=False, workers=1))
    with CompletionStore(tmp_path / "completions.jsonl") as store:
        cached = CachedEngine(engine, store, "model")
        plan = make_plan(index, catalog, bad, GRID, cached)
        with pytest.raises(GoldError, match=asked[2].id):
            compare_answers(plan, Judging(cached, evaluator, tmp_path / "p"), start=start_silently)
    assert engine.asked == []


def test_every_run_leaves_a_predictions_file_with_every_question(
    compare: Callable[[CountingEngine], Comparison], asked: list[Question], tmp_path: Path
) -> None:
    compare(CountingEngine(knows(asked, 0)))
    assert read_questions(tmp_path / "predictions" / "questions.jsonl") == asked
    files = sorted(path.name for path in (tmp_path / "predictions").glob("*-seed*.jsonl"))
    assert files == [
        "keyword-1-seed0.jsonl",
        "keyword-2-seed0.jsonl",
        "random-1-seed0.jsonl",
        "random-1-seed1.jsonl",
        "random-2-seed0.jsonl",
        "random-2-seed1.jsonl",
        "zero-shot-0-seed0.jsonl",
    ]
    lines = (tmp_path / "predictions" / files[0]).read_text().splitlines()
    assert [json.loads(line)["sql"] for line in lines] == [question.sql for question in asked]


def test_questions_whose_prompts_do_not_fit_are_wrong_and_stay_in_the_table(
    compare: Callable[[CountingEngine], Comparison], asked: list[Question]
) -> None:
    engine = CountingEngine(knows(asked, 0), context_length=256 + 10)
    found = compare(engine)
    assert engine.asked == []
    ex = found.score(KEYWORD, "ex")
    assert ex is not None
    assert (ex.value, ex.questions) == (0, len(asked))
    assert found.score(KEYWORD, "prompt_tokens") is None
    assert [case.answers[0].prompt for case in found.cases] == [""] * len(asked)


def test_the_test_suite_is_judged_beside_and_may_be_stricter(
    index: ExampleIndex, catalog: Catalog, asked: list[Question], tmp_path: Path
) -> None:
    source, suite = sample_dir() / "database", tmp_path / "suite"
    for db_id in {question.db_id for question in asked}:
        (suite / db_id).mkdir(parents=True)
        shutil.copy(source / db_id / f"{db_id}.sqlite", suite / db_id)
        other = suite / db_id / "other.sqlite"
        shutil.copy(source / db_id / f"{db_id}.sqlite", other)
        _empty(other)
    first = asked[0]
    (count,) = _rows(source / first.db_id / f"{first.db_id}.sqlite", first.sql or "")
    asked = [first]
    config = EvalConfig(cache=False, workers=1)
    with CompletionStore(tmp_path / "completions.jsonl") as store:
        cached = CachedEngine(CountingEngine(lambda prompt: f"SELECT {count[0]}"), store, "model")
        plan = make_plan(index, catalog, asked, Grid((("keyword", "top"),), (1,), (0,)), cached)
        judges = Evaluator(sample_dir(), config=config), Evaluator(suite, config=config)
        found = compare_answers(
            plan, Judging(cached, judges[0], tmp_path / "p", suite=judges[1]), start=start_silently
        )
    values = {s.measure: s.estimate.value for s in found.scores if s.group == "all"}
    assert (values["ex"], values["ts"]) == (1, 0)
    assert "2 files for 1 db_ids" in found.info["test suite"]


def _rows(file: Path, sql: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(file)) as connection:
        return connection.execute(sql).fetchall()


def _empty(file: Path) -> None:
    """Delete every row of every table."""
    with closing(sqlite3.connect(file)) as connection:
        names = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for name in names:
            connection.execute(f'DELETE FROM "{name}"')
        connection.commit()


def test_a_first_pass_that_the_model_writes_is_the_zero_shot_run_and_computed_once(
    index: ExampleIndex, catalog: Catalog, asked: list[Question], tmp_path: Path
) -> None:
    engine = CountingEngine(knows(asked, 0))
    grid = Grid((("keyword", "top"), ("skeleton", "top")), (0, 1), (0,))
    with CompletionStore(tmp_path / "completions.jsonl") as store:
        cached = CachedEngine(engine, store, "model")
        plan = make_plan(index, catalog, asked, grid, cached)
        plan = replace(plan, first_pass=plan.run_config.first_pass())
        judging = Judging(cached, Evaluator(sample_dir(), config=EvalConfig(cache=False)), tmp_path / "p")
        found = compare_answers(plan, judging, start=start_silently)
    assert len(engine.asked) == len(set(engine.asked))
    assert len([text for text in engine.asked if "Example" not in text]) == len(asked)
    ranked = found.score(System("skeleton", "top", 1), "skeleton_match@1")
    plain = found.score(System("keyword", "top", 1), "skeleton_match@1")
    assert ranked is not None
    assert plain is not None
    assert ranked.value > plain.value  # the first pass of this model is gold


def test_a_correlation_needs_five_systems(
    index: ExampleIndex, catalog: Catalog, asked: list[Question]
) -> None:
    plan = make_plan(index, catalog, asked, GRID)
    runs = Grid((("random", "top"), ("keyword", "top"), ("keyword", "mmr")), (1, 2), (0,)).runs()
    ones = np.ones(len(asked))
    measured = [
        Run_values(run, {f"ndcg@{run.system.shots}": ones * at / 10, "ex": ones * (at / 10) ** 2})
        for at, run in enumerate(runs)
    ]
    found = correlations_of(scores_of(plan, measured), ["ndcg"], ["ex"])
    assert [(one.shots, one.systems) for one in found] == [(None, 6)]
    assert all(one.spearman == 1 and 0.9 < one.pearson < 1 for one in found)
    few = [one for one in measured if one.run.system.strategy == "keyword"]
    assert correlations_of(scores_of(plan, few), ["ndcg"], ["ex"]) == ()


def test_a_correlation_counts_only_systems_in_which_the_measure_is_defined(
    index: ExampleIndex, catalog: Catalog, asked: list[Question]
) -> None:
    plan = make_plan(index, catalog, asked, GRID)
    runs = Grid((("random", "top"), ("keyword", "top"), ("keyword", "mmr")), (1, 2), (0,)).runs()
    ones = np.ones(len(asked))

    def correlated(defined: int) -> list[int]:
        measured = [
            Run_values(
                run,
                {f"tau@{run.system.shots}": ones * (at if at < defined else np.nan), "ex": ones / (at + 1)},
            )
            for at, run in enumerate(runs)
        ]
        return [one.systems for one in correlations_of(scores_of(plan, measured), ["tau"], ["ex"])]

    assert correlated(5) == [5]
    assert correlated(4) == []


def test_the_writing_of_a_first_pass_is_told_as_progress(
    index: ExampleIndex, catalog: Catalog, asked: list[Question], tmp_path: Path
) -> None:
    told: dict[str, tuple[int | None, list[int]]] = {}

    def start(stage: str, steps: int | None) -> Advance:
        told[stage] = (steps, [])
        return told[stage][1].append

    grid = Grid((("skeleton", "top"),), (1,), (0,))
    with CompletionStore(tmp_path / "completions.jsonl") as store:
        cached = CachedEngine(CountingEngine(knows(asked, 0)), store, "model", batch=4)
        plan = make_plan(index, catalog, asked, grid, cached)
        plan = replace(plan, first_pass=plan.run_config.first_pass())
        judging = Judging(cached, Evaluator(sample_dir(), config=EvalConfig(cache=False)), tmp_path / "p")
        compare_answers(plan, judging, start=start)
    assert told["first pass"] == (len(asked), [4, 4])
