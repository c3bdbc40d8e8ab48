"""Which candidate is chosen."""

from __future__ import annotations

import pytest

from nshot.pipeline.reranking import Hints, Reranker
from nshot.types import Attempt, Completion, Rows

NOTHING = dict.fromkeys(Hints._fields, 0.0)


def reranker(**weights: float) -> Reranker:
    return Reranker.of(NOTHING | weights)


def ran(sql: str, *rows: tuple[object, ...], logprob: float = -1.0) -> Attempt:
    return Attempt(sql, Completion(sql, 1, "stop", logprob), "ok", "", Rows(("a",), rows))


def failed(sql: str) -> Attempt:
    return Attempt(sql, Completion(sql, 1, "stop", -0.1), "error", "no such column")


EMPTY, FULL = ran("SELECT 1 WHERE 0"), ran("SELECT 2", (2,), logprob=-3.0)


def test_the_highest_score_wins_and_the_first_of_equals() -> None:
    assert reranker(empty=-1.0).find_best("what", [EMPTY, FULL, FULL], None) == 1
    assert reranker(empty=-1.0, logprob=1.0).find_best("what", [EMPTY, FULL], None) == 0
    assert reranker().find_best("what", [EMPTY, FULL], None) == 0


def test_agreement_counts_among_the_candidates_of_a_question() -> None:
    many = [ran("SELECT 1", (1,)), ran("SELECT 2", (2,)), ran("SELECT 1 + 1", (2,))]
    assert reranker(agreement=1.0).find_best("what", many, None) == 1


def test_what_does_not_run_is_not_chosen() -> None:
    best = reranker(logprob=1.0)
    assert best.find_best("what", [failed("SELECT a"), EMPTY, FULL], None) == 1
    assert best.find_best("what", [failed("SELECT a"), EMPTY], None) == 0
    untried = Attempt("SELECT 1", Completion("SELECT 1", 1, "stop", -0.1), "untried")
    assert best.find_best("what", [untried, untried], None) == 0
    assert best.find_best("what", [], None) == 0


def test_a_ranking_is_written_and_read() -> None:
    found = reranker(empty=-0.5)
    assert Reranker.of(found.record()) == found


@pytest.mark.parametrize(
    ("record", "told"),
    [
        ({"empty": 1.0}, "has the weights logprob, agreement"),
        (NOTHING | {"colour": 1.0}, "colour"),
        (NOTHING | {"empty": "1"}, "finite"),
        (NOTHING | {"empty": float("inf")}, "finite"),
    ],
)
def test_a_damaged_ranking_is_refused(record: dict[str, object], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        Reranker.of(record)


def test_the_share_of_the_chosen_result_is_that_of_all_candidates_with_it() -> None:
    equal = reranker()
    many = [ran("SELECT 2", (2,)), ran("SELECT 1", (1,)), ran("SELECT 1 + 1", (2,)), failed("SELECT a")]
    assert equal.rate_choice("what", many, None) == pytest.approx(2 / 3)
    assert reranker(empty=-50.0).rate_choice("what", [FULL, EMPTY], None) == pytest.approx(1.0)
    assert reranker(empty=-1.0).rate_choice("what", [EMPTY, FULL], None) == pytest.approx(0.2689, abs=1e-4)
    assert equal.rate_choice("what", [FULL], None) is None
    assert equal.rate_choice("what", [failed("SELECT a"), FULL], None) is None
