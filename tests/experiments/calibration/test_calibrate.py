"""Fits on made-up answers of known odds, and the answers that a fit is made on."""

from __future__ import annotations

import math
import random
from pathlib import Path
from typing import Any

import pytest
from tests.eval.conftest import make_shop

from nshot.data import Catalog
from nshot.errors import DataError
from nshot.eval import EvalConfig, Evaluator
from nshot.experiments.calibration import RatedAnswer, calibrate, read_rated
from nshot.experiments.calibration.answers import RatedCandidate
from nshot.experiments.calibration.calibrate import _folds
from nshot.experiments.calibration.fit import fit_calibration
from nshot.experiments.calibration.fit_reranker import fit_reranker
from nshot.pipeline import Hints, Signals
from nshot.types import Question


def made_up(count: int, databases: int = 4, *, seed: int = 1, **known: bool) -> list[RatedAnswer]:
    """Answers that are right with the log-odds 1 + half of those of the model - 2 log(1 +
    unsaid)."""
    rng = random.Random(seed)
    found = []
    for at in range(count):
        signals = Signals(math.log(rng.uniform(0.01, 0.99)), rng.uniform(0.1, 0.9), rng.choice([0, 0, 1, 3]))
        logprob, _, unsaid, *_ = signals.scale()
        logit = 1 + (logprob or 0.0) / 2 + 2 * unsaid
        right = rng.random() < 1 / (1 + math.exp(-logit))
        unknown: dict[str, Any] = {name: None for name, keep in known.items() if not keep}
        signals = signals._replace(**unknown)
        found.append(answer(f"db-{at % databases}", f"group-{at // 2}", signals, right=right))
    return found


def hints(**known: float) -> Hints:
    return Hints(**dict.fromkeys(Hints._fields, 0.0) | known)


def answer(db_id: str, group: str, signals: Signals, *, right: bool) -> RatedAnswer:
    """An answer of one candidate."""
    return RatedAnswer(db_id, group, (RatedCandidate(signals, hints(), right),))


def change(one: RatedAnswer, *, right: bool, runs: bool = True) -> RatedAnswer:
    """The answer with another verdict of its only candidate."""
    return one._replace(candidates=(one.candidates[0]._replace(right=right, runs=runs),))


def test_the_weights_are_found_again() -> None:
    found = fit_calibration([one.choose(None) for one in made_up(4000)]).both
    assert found is not None
    assert found.bias == pytest.approx(1.0, abs=0.15)
    assert found.logprob == pytest.approx(0.5, abs=0.1)
    assert found.agreement == pytest.approx(0.0, abs=0.1)
    assert found.unsaid == pytest.approx(2.0, abs=0.2)


def test_a_fit_is_better_than_the_models_own_probability_also_on_databases_not_seen() -> None:
    result = calibrate(made_up(400), candidates=4)
    for report in (result.after, result.unseen):
        assert report.auroc.value > result.before.auroc.value + 0.03
        assert report.brier.value < result.before.brier.value
        assert report.error < 0.1
    assert result.unseen.brier.value > result.after.brier.value


def test_signals_that_a_model_does_not_give_have_no_weights() -> None:
    alone = calibrate(made_up(200, agreement=False), candidates=1).calibration
    assert (alone.both, alone.agreement) == (None, None)
    assert alone.logprob is not None
    server = calibrate(made_up(200, logprob=False), candidates=4).calibration
    assert (server.both, server.logprob) == (None, None)
    assert server.agreement is not None


def test_without_any_signal_the_cure_is_told() -> None:
    with pytest.raises(DataError, match="`run_all`"):
        calibrate(made_up(200, agreement=False, logprob=False), candidates=1)


def test_weights_are_never_negative() -> None:
    answers = [change(one, right=not one.candidates[0].right) for one in made_up(400)]
    found = calibrate(answers, candidates=4).calibration.both
    assert found is not None
    assert (found.logprob, found.unsaid) == (0.0, 0.0)


@pytest.mark.parametrize("count", [0, 39])
def test_too_few_answers_are_refused_in_words(count: int) -> None:
    with pytest.raises(DataError, match=f"at least 40 questions .* got {count}, .* more questions"):
        calibrate(made_up(count), candidates=4)


def test_answers_that_are_nearly_all_right_are_refused() -> None:
    answers = [change(one, right=at > 6) for at, one in enumerate(made_up(100))]
    with pytest.raises(DataError, match="93 right and 7 wrong"):
        calibrate(answers, candidates=4)


def test_answers_that_do_not_run_are_rated_without_weights() -> None:
    answers = made_up(400)
    broken = [change(one, right=False, runs=False) for one in answers[:100]]
    with_them = calibrate([*answers[100:], *broken], candidates=4)
    assert with_them.calibration.both == calibrate(answers[100:], candidates=4).calibration.both
    assert with_them.calibration.questions == 400
    assert with_them.after.questions == 400


def test_folds_are_databases_or_parts_of_one_that_cut_no_gold_sql_apart() -> None:
    several = made_up(40, databases=4)
    by_database = _folds(several, by_database=True, seed=0)
    assert [{several[row].db_id for row in rows} for rows in by_database] == [{f"db-{at}"} for at in range(4)]
    folds = [{several[row].group for row in rows} for rows in _folds(several, by_database=False, seed=0)]
    assert len(folds) == 5
    assert sum(map(len, folds)) == len(set().union(*folds)) == 20


@pytest.mark.parametrize(("databases", "by_database"), [(1, False), (2, True)])
def test_databases_are_left_out_if_enough_answers_remain(databases: int, by_database: bool) -> None:
    answers = made_up(100, databases)
    assert calibrate(answers, candidates=4).by_database == by_database
    assert calibrate(made_up(60, databases), candidates=4).by_database is False


def test_answers_to_the_same_gold_sql_can_be_fitted(tmp_path: Path) -> None:
    answers = [one._replace(group="the only one") for one in made_up(60, 1)]
    assert calibrate(answers, candidates=4).unseen.questions == 60


COUNT, ZERO = "SELECT count(*) FROM item", "SELECT count(*) FROM item WHERE id > 9"


def record(sql: str, outcome: str = "ok", **more: Any) -> dict[str, Any]:
    first = {"sql": sql, "outcome": outcome, "logprob": -0.5, "rows": 1}
    return {"candidates": [first | more]}


def test_answers_are_read_from_records_and_those_that_tell_nothing_left_out(tmp_path: Path) -> None:
    make_shop(tmp_path / "shop" / "shop.sqlite")
    evaluator = Evaluator(tmp_path, config=EvalConfig(workers=1, cache=False, skip_bad_gold=True))
    rows = [
        (COUNT, record(COUNT, agreement=0.75)),
        (COUNT, record("SELECT max(price) FROM item")),
        (COUNT, record("SELECT nothing FROM item", "error")),
        (COUNT, record("", "failed")),
        (ZERO, record(ZERO)),
        ("SELECT nothing FROM item", record(COUNT)),
    ]
    questions = [Question("How many items?", "shop", f"q{at}", gold) for at, (gold, _) in enumerate(rows)]
    found = read_rated(questions, [one for _, one in rows], evaluator, Catalog(tmp_path))
    assert [(one.signals, one.right, one.runs) for (one,) in (rated.candidates for rated in found)] == [
        (Signals(-0.5, 0.75, 0), True, True),
        (Signals(-0.5, None, 0), False, True),
        (Signals(-0.5, None, 0), False, False),
    ]
    assert len({one.group for one in found}) == 1


def test_each_candidate_is_judged_and_the_most_probable_one_comes_first(tmp_path: Path) -> None:
    make_shop(tmp_path / "shop" / "shop.sqlite")
    evaluator = Evaluator(tmp_path, config=EvalConfig(workers=1, cache=False, skip_bad_gold=True))
    chosen, probable = record(COUNT)["candidates"][0], record("SELECT 0")["candidates"][0] | {"logprob": -0.1}
    question = Question("How many items?", "shop", "q", COUNT)
    (found,) = read_rated([question], [{"candidates": [chosen, probable]}], evaluator, Catalog(tmp_path))
    assert [(one.signals.logprob, one.right) for one in found.candidates] == [(-0.1, False), (-0.5, True)]


def ranked(count: int, *, right: bool) -> list[RatedAnswer]:
    """Answers whose most probable candidate returns nothing; it is right, or the second is."""
    first = RatedCandidate(Signals(-0.4, 0.6), hints(logprob=-0.4, empty=1.0), right)
    second = RatedCandidate(Signals(-1.0, 0.4), hints(logprob=-1.0), not right)
    return [RatedAnswer(f"db-{at % 4}", f"group-{at}", (first, second)) for at in range(count)]


def test_a_ranking_learns_what_tells_right_candidates_from_wrong_ones() -> None:
    reranker = fit_reranker(ranked(60, right=False))
    assert reranker is not None
    assert reranker.weights.empty < 0
    assert reranker.weights.ands == 0
    reranker = fit_reranker(ranked(60, right=True))
    assert reranker is not None
    assert reranker.weights.empty == 0, "no hint counts the other way"
    assert reranker.weights.logprob > 0


def test_a_ranking_needs_enough_questions_whose_candidates_differ() -> None:
    alike = made_up(100)
    assert fit_reranker([*alike, *ranked(29, right=False)]) is None
    assert fit_reranker([*alike, *ranked(30, right=False)]) is not None


def test_a_candidate_that_did_not_run_is_neither_learned_from_nor_chosen() -> None:
    (one,) = ranked(1, right=False)
    reranker = fit_reranker(ranked(60, right=False))
    assert one.choose(reranker).right
    broken = one._replace(candidates=(one.candidates[0], one.candidates[1]._replace(runs=False)))
    first = broken.candidates[0]
    assert broken.choose(reranker) == first._replace(signals=first.signals._replace(choice=1.0))
    assert broken.choose(None) == first
    assert fit_reranker([broken] * 60) is None


def test_the_choice_is_counted_on_databases_that_the_ranking_has_not_seen() -> None:
    answers = [*ranked(80, right=False), *ranked(20, right=True), *made_up(50)]
    result = calibrate(answers, candidates=2)
    alone = sum(one.candidates[0].right for one in made_up(50))
    assert result.choices == (150, 20 + alone, 80 + alone, 80, 20, 100 + alone)
    assert result.calibration.reranker is not None
    assert result.record()["choices"]["won"] == 80
    assert calibrate(made_up(50), candidates=2).choices is None
