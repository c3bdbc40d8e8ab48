"""The confidences of a run against its verdicts, and answers that were withheld."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from nshot.eval import EvalConfig, Evaluator, judge_answers, rate_confidence, read_answers
from nshot.eval.comparison import Comparison
from nshot.eval.confidence import ConfidenceReport, count_answered
from nshot.eval.files import PredictedAnswer
from nshot.eval.report.html import to_html
from nshot.eval.report.markdown import to_markdown
from nshot.eval.report.one_run import report_run
from nshot.eval.report.results_json import from_json, to_json
from nshot.types import Question, Verdict

RIGHT, WRONG = "SELECT count(*) FROM item", "SELECT max(id) + 1 FROM item"


def report(seed: int = 0) -> ConfidenceReport:
    """Of answers that are right as often as they say, over forty databases."""
    rng = np.random.default_rng(7)
    stated = rng.random(200)
    right = rng.random(200) < stated
    found = rate_confidence(stated.tolist(), right.tolist(), [f"db-{at % 40}" for at in range(200)], seed)
    assert found is not None
    return found


def test_the_interval_of_the_auroc_encloses_it_and_depends_on_the_seed_only() -> None:
    found = report()
    assert 0.7 < found.auroc.low < found.auroc.value < found.auroc.high < 0.95
    assert found == report()
    assert found.auroc != report(seed=1).auroc


def test_honest_confidences_have_a_small_calibration_error() -> None:
    assert report().error < 0.1


def test_answers_without_a_confidence_or_a_verdict_do_not_count() -> None:
    found = rate_confidence([0.9, None, 0.1, 0.5], [True, True, False, None], ["a", "a", "b", "b"])
    assert found is not None
    assert (found.questions, found.right, found.auroc.value) == (2, 0.5, 1.0)
    assert rate_confidence([None], [True], ["a"]) is None


def test_a_threshold_says_how_many_are_as_sure() -> None:
    found = rate_confidence([0.9, 0.7, 0.7, 0.1], [True, True, False, False], ["a"] * 4)
    assert found is not None
    assert found.at_threshold(0.7).coverage == 0.75
    assert found.at_threshold(0.8)[1:] == (0.25, 1.0)
    assert np.isnan(found.at_threshold(0.95).right)
    thresholds = {row["threshold"]: row["right"] for row in found.record()["thresholds"]}
    assert thresholds[0.9] == 1.0
    assert json.dumps(found.record(), allow_nan=False)


def test_abstentions_are_counted_by_what_they_would_have_been() -> None:
    answered = count_answered([True, False, True, False, None], [False, False, True, True, True])
    assert answered.record() == {
        "questions": 4,
        "answered": 2,
        "right": 1,
        "coverage": 0.5,
        "right_of_answered": 0.5,
        "withheld": 2,
        "withheld_right": 1,
    }
    assert np.isnan(count_answered([True], [True]).accuracy)


@pytest.fixture
def evaluator(shop: Path) -> Evaluator:
    return Evaluator(shop, config=EvalConfig(workers=1, cache=False))


def test_a_withheld_answer_is_neither_right_nor_invalid(evaluator: Evaluator) -> None:
    questions = [Question(f"q{at}", "shop", f"q{at}", RIGHT) for at in range(4)]
    answers = [
        PredictedAnswer(RIGHT, 0.9),
        PredictedAnswer(WRONG, 0.6),
        PredictedAnswer("", 0.4, withheld=RIGHT),
        PredictedAnswer("", 0.1, withheld=WRONG),
    ]
    judged = judge_answers(evaluator, questions, answers)
    assert [(one.outcome, one.ex) for one in judged.verdicts] == [
        ("ok", True),
        ("ok", False),
        ("abstained", False),
        ("abstained", False),
    ]
    assert judged.answered == count_answered([True, False, True, False], [False, False, True, True])
    assert judged.confidence is not None
    assert judged.confidence.auroc.value == 0.75


def test_predictions_without_confidences_are_judged_as_before(evaluator: Evaluator) -> None:
    questions = [Question("q", "shop", "q", RIGHT)]
    judged = judge_answers(evaluator, questions, [PredictedAnswer("")])
    assert judged[1:] == (None, None)
    assert judged.verdicts[0].outcome == "empty"


def test_confidences_and_withheld_sql_are_read_from_a_predictions_file(tmp_path: Path) -> None:
    lines = [
        {"index": 0, "sql": RIGHT, "confidence": 0.75},
        {"index": 1, "sql": "", "confidence": 0.25, "withheld": WRONG},
        {"index": 2, "sql": RIGHT, "confidence": "high"},
    ]
    file = tmp_path / "run.jsonl"
    file.write_text("".join(json.dumps(line) + "\n" for line in lines))
    found = read_answers(file, [Question(f"q{at}", "shop") for at in range(3)])
    assert found == [
        PredictedAnswer(RIGHT, 0.75),
        PredictedAnswer("", 0.25, WRONG),
        PredictedAnswer(RIGHT),
    ]


def test_a_gold_result_of_zeros_and_blanks_tells_nothing(evaluator: Evaluator) -> None:
    sqls = {
        "SELECT count(*) FROM item": True,
        "SELECT count(*) FROM item WHERE id > 9": False,
        "SELECT name FROM item WHERE id > 9": False,
        "SELECT price, '' FROM item WHERE name = 'fork'": False,
        "SELECT price, room FROM item WHERE name = 'fork'": True,
    }
    questions = [Question(sql, "shop", sql, sql) for sql in sqls]
    evaluator.check_gold(questions)
    assert {one.text: evaluator.gold_tells(one) for one in questions} == sqls


def plain_run() -> Comparison:
    """The results of a run of one question."""
    verdict = Verdict(0, "shop", "easy", True, True, False, "ok", "same result")
    return report_run("run", [Question("How many?", "shop", "q", RIGHT)], [verdict], {}, {})


def test_the_report_of_a_run_shows_its_confidences() -> None:
    plain = plain_run()
    rated = replace(plain, confidence=report(), answered=count_answered([True, False], [False, True]))
    page, text = to_html(rated), to_markdown(rated)
    assert page.count("<title>Risk and coverage</title>") == page.count("<title>Reliability</title>") == 2
    assert "## Confidence" in text
    assert "| 1 of 2 | 50.0 | 100.0 | 1 | 0 |" in text
    assert 'href="#confidence"' not in to_html(plain)
    assert "## Confidence" not in to_markdown(plain)


def test_results_with_confidences_are_read_back_without_loss() -> None:
    rated = replace(plain_run(), confidence=report(), answered=count_answered([True], [True]))
    again = from_json(json.loads(json.dumps(to_json(rated))))
    assert (again.confidence, again.answered) == (rated.confidence, rated.answered)
    assert "confidence" not in to_json(plain_run())
