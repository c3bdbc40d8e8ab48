"""The turns, the bounds and the table of `benchmarks/retrieval/peers.py`; no peer is needed."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

import pytest

from nshot.types import Question


@pytest.fixture(scope="module")
def peers(repo: Path) -> ModuleType:
    """The benchmark as a module."""
    found = importlib.util.spec_from_file_location("peers", repo / "benchmarks" / "retrieval" / "peers.py")
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    sys.modules["peers"] = module  # a dataclass looks its module up
    found.loader.exec_module(module)
    return module


QUESTIONS = [Question(f"question {number}", "db") for number in range(7)]


def test_every_method_answers_each_question_once_in_order_and_takes_each_place(peers: ModuleType) -> None:
    log: list[tuple[str, list[str]]] = []

    def method(name: str) -> object:
        def select(questions: Sequence[Question]) -> list[list[str]]:
            log.append((name, [question.text for question in questions]))
            return [[name, question.text] for question in questions]

        return select

    costs, found = peers.take_turns({"a": method("a"), "b": method("b")}, QUESTIONS, 3)
    assert found["a"] == [["a", question.text] for question in QUESTIONS]
    assert found["b"] == [["b", question.text] for question in QUESTIONS]
    assert costs["a"].questions == costs["b"].questions == len(QUESTIONS)
    turns = log[4:]  # two warm-up calls of each method come before
    assert [name for name, _ in turns] == ["a", "b", "b", "a", "a", "b"]
    assert [turns[at][1] for at in (0, 2, 4)] == [turns[at][1] for at in (1, 3, 5)]


def test_more_turns_than_questions_ask_each_question_once(peers: ModuleType) -> None:
    costs, _ = peers.take_turns({"a": lambda questions: [[] for _ in questions]}, QUESTIONS[:2], 9)
    assert costs["a"].questions == 2


def test_a_bound_is_a_factor_over_a_peer_or_milliseconds(peers: ModuleType) -> None:
    costs = {"ours": peers.Cost(0.1, 0.1, 10), "peer": peers.Cost(0.35, 0.3, 10)}
    assert peers.Bound("ours", "peer", 3).holds(costs)
    assert not peers.Bound("ours", "peer", 4).holds(costs)
    assert peers.Bound("ours", None, 10.5).holds(costs)
    assert not peers.Bound("ours", None, 9).holds(costs)
    assert peers.Bound("ours", "peer", 4).describe(costs) == (
        "ours: 3.5 times as fast as peer (at least 4)  MISSED"
    )


def test_the_fastest_method_is_the_first_row(peers: ModuleType) -> None:
    rows = peers.table({"slow": peers.Cost(2.0, 1.0, 10), "fast": peers.Cost(0.5, 0.4, 10)})
    assert rows[2:4] == ["| fast | 50.00 | 40.00 |", "| slow | 200.00 | 100.00 |"]


def test_what_is_selected_by_both_is_a_share_of_the_peer(peers: ModuleType) -> None:
    assert peers.share_alike([["a", "b"], ["c"]], [["a", "x"], ["c", "c"]]) == pytest.approx(2 / 3)


def test_bounds_name_methods_that_are_run(peers: ModuleType) -> None:
    ours = {
        f"{name}, {how}"
        for name in ("vector", "keyword", "double-hybrid", "vector in 8 bits", "double-hybrid in 8 bits")
        for how in ("one by one", "batch")
    }
    assert {bound.ours for bound in peers.BOUNDS} <= ours
    assert {bound.peer for bound in peers.BOUNDS} <= {peers.SIMILAR, peers.MARGINAL, peers.BM25, None}
