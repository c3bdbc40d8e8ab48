from __future__ import annotations

from nshot.eval.comparison import Comparison
from nshot.eval.measures import MEASURES, SUPPLIED, lower_is_better
from nshot.eval.report.board import Board, BoardLine
from nshot.eval.report.figures import styles
from nshot.eval.report.wording import MEASURES as WORDINGS
from nshot.eval.scores import ALL, Estimate, Score, System

KEYWORD = System("keyword", "top", 5)
VALUE = Estimate(0.5, 0.4, 0.6, 10)


def test_every_measure_of_the_room_has_its_wording() -> None:
    for name in (*MEASURES, *SUPPLIED):
        assert WORDINGS[name].lower_is_better == lower_is_better(name), name


def test_the_k_of_a_measure_comes_before_the_shots_of_the_system() -> None:
    scores = (Score(KEYWORD, "skeleton_match@3", ALL, VALUE), Score(KEYWORD, "ms", ALL, VALUE))
    board = Board(Comparison("t", {}, (KEYWORD,), scores))
    assert board.lines == (BoardLine("keyword", 3), BoardLine("keyword", 5))
    assert board.cell(BoardLine("keyword", 3), "skeleton_match") == VALUE
    assert board.cell(BoardLine("keyword", 5), "ms") == VALUE


def test_ex_leads_where_there_is_a_model(judged: Comparison, unjudged: Comparison) -> None:
    assert Board(judged).primary == "ex"
    assert Board(unjudged).primary == "skeleton_match"
    assert (Board(judged).with_model, Board(unjudged).with_model) == (True, False)


def test_levels_are_sorted_by_hardness(judged: Comparison) -> None:
    assert Board(judged).levels() == ("easy", "medium", "hard", "extra")


def test_no_two_ways_of_picking_look_alike() -> None:
    names = ["zero-shot", "random", *(f"way-{at}" for at in range(30))]
    assert len(set(styles(names).values())) == 32


def test_a_ceiling_may_hold_for_one_k_or_for_all() -> None:
    board = Board(Comparison("t", {}, (), (), ceiling={"ndcg": 1.0, "tau@3": 0.9}))
    assert (board.ceiling("ndcg", 5), board.ceiling("tau", 3), board.ceiling("tau", 5)) == (1.0, 0.9, None)
