"""What coverage takes, on rankings written by hand."""

from __future__ import annotations

import numpy as np
import pytest

from nshot.index import Hits
from nshot.retrieval.selection import SUPPORTERS, Traits, coverage, depth_of

COUNT = "select count ( * ) from _"
WHERE = "select _ from _ where _ = _"
GROUP = "select _ , count ( * ) from _ group by _"
NESTED = "select _ from _ where _ not in ( select _ from _ group by _ having count ( * ) > _ ) limit _"


def taken(skeletons: list[str], k: int) -> list[int]:
    """The rows that coverage takes of a ranking of rows 0, 1, 2 ... with these skeletons."""
    traits = Traits(
        lambda rows: [skeletons[row] for row in rows], lambda rows: np.eye(len(rows), dtype=np.float32), 0.0
    )
    hits = Hits(np.arange(len(skeletons)), np.linspace(1, 0, len(skeletons)))
    found = coverage(hits, k, traits)
    assert found.scores.tolist() == hits.scores[found.rows].tolist()
    return [int(row) for row in found.rows]


def test_what_many_agree_on_goes_before_one_better_placed_stranger() -> None:
    assert taken([COUNT, WHERE, WHERE, WHERE, WHERE], 2) == [1, 0]


def test_the_best_placed_example_of_a_skeleton_is_taken() -> None:
    assert taken([WHERE, WHERE, WHERE], 1) == [0]


def test_the_second_example_covers_what_the_first_does_not() -> None:
    alike = "select _ , _ from _ where _ = _"
    assert taken([WHERE, WHERE, alike, GROUP, GROUP], 2) == [0, 3]


def test_the_longest_sql_does_not_win_by_its_length() -> None:
    assert taken([WHERE, WHERE, COUNT, NESTED], 1) == [0]
    assert taken([WHERE, WHERE, COUNT, NESTED], 4)[-1] in (1, 3)


def test_the_rest_of_the_ranking_follows_where_skeletons_are_fewer_than_asked_for() -> None:
    assert taken([COUNT, COUNT, WHERE, COUNT], 4) == [0, 2, 1, 3]


def test_only_the_first_of_the_ranking_vote() -> None:
    assert taken([COUNT, *[WHERE] * (SUPPORTERS - 1), *[GROUP] * 500], 2) == [1, 0]


def test_an_empty_ranking_gives_nothing() -> None:
    assert taken([], 3) == []


@pytest.mark.parametrize(("select", "k", "depth"), [("top", 3, 3), ("coverage", 1, 30), ("distinct", 5, 50)])
def test_a_selection_sees_a_ranking_deep_enough(select: str, k: int, depth: int) -> None:
    assert depth_of(select, k) == depth
