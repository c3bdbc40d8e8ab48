"""Fits on made-up answers of known odds, and the answers that a fit is made on."""

from __future__ import annotations

import math
import random
from pathlib import Path
from typing import Any

import pytest
from tests.eval.conftest import make_shop

from nshot.errors import DataError
from nshot.eval import EvalConfig, Evaluator
from nshot.experiments.calibration import RatedAnswer, calibrate, read_rated
from nshot.experiments.calibration.calibrate import _folds
from nshot.experiments.calibration.fit import fit_calibration
from nshot.pipeline import Signals
from nshot.types import Question


def made_up(count: int, databases: int = 4, *, seed: int = 1, **known: bool) -> list[RatedAnswer]:
    """Answers that are right with the log-odds 1 + half of those of the model - 2 log(1 +
    unsaid)."""
    rng = random.Random(seed)
    found = []
    for at in range(count):
        signals = Signals(math.log(rng.uniform(0.01, 0.99)), rng.uniform(0.1, 0.9), rng.choice([0, 0, 1, 3]))
        logprob, _, unsaid = signals.scale()
        logit = 1 + (logprob or 0.0) / 2 + 2 * unsaid
        right = rng.random() < 1 / (1 + math.exp(-logit))
        unknown: dict[str, Any] = {name: None for name, keep in known.items() if not keep}
        signals = signals._replace(**unknown)
        found.append(RatedAnswer(f"db-{at % databases}", f"group-{at // 2}", signals, right))
    return found


def test_the_weights_are_found_again() -> None:
    found = fit_calibration(made_up(4000)).both
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
    answers = [one._replace(right=not one.right) for one in made_up(400)]
    found = calibrate(answers, candidates=4).calibration.both
    assert found is not None
    assert (found.logprob, found.unsaid) == (0.0, 0.0)


@pytest.mark.parametrize("count", [0, 39])
def test_too_few_answers_are_refused_in_words(count: int) -> None:
    with pytest.raises(DataError, match=f"at least 40 questions .* got {count}, .* more questions"):
        calibrate(made_up(count), candidates=4)


def test_answers_that_are_nearly_all_right_are_refused() -> None:
    answers = [one._replace(right=at > 6) for at, one in enumerate(made_up(100))]
    with pytest.raises(DataError, match="93 right and 7 wrong"):
        calibrate(answers, candidates=4)


def test_answers_that_do_not_run_are_rated_without_weights() -> None:
    answers = made_up(400)
    broken = [one._replace(right=False, runs=False) for one in answers[:100]]
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
    return {"sql": sql, "candidates": [{"outcome": outcome, "logprob": -0.5}], **more}


def test_answers_are_read_from_records_and_those_that_tell_nothing_left_out(tmp_path: Path) -> None:
    make_shop(tmp_path / "shop" / "shop.sqlite")
    evaluator = Evaluator(tmp_path, config=EvalConfig(workers=1, cache=False, skip_bad_gold=True))
    rows = [
        (COUNT, record(COUNT, agreement=0.75)),
        (COUNT, record("", withheld="SELECT max(price) FROM item")),
        (COUNT, record("SELECT nothing FROM item", "error")),
        (COUNT, record("", "failed")),
        (ZERO, record(ZERO)),
        ("SELECT nothing FROM item", record(COUNT)),
    ]
    questions = [Question("How many items?", "shop", f"q{at}", gold) for at, (gold, _) in enumerate(rows)]
    found = read_rated(questions, [one for _, one in rows], evaluator)
    assert [(one.signals, one.right, one.runs) for one in found] == [
        (Signals(-0.5, 0.75, 0), True, True),
        (Signals(-0.5, None, 0), False, True),
        (Signals(-0.5, None, 0), False, False),
    ]
    assert len({one.group for one in found}) == 1
