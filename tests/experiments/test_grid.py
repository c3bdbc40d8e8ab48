from __future__ import annotations

import pytest

from nshot.errors import OptionError, UnknownNameError
from nshot.experiments.grid import ZERO_SHOT, Grid, parse_shots, parse_strategies


def test_zero_shots_are_asked_once_whatever_the_strategies() -> None:
    grid = Grid((("keyword", "top"), ("random", "top")), (0, 1), (0, 1))
    assert [system.label for system in grid.systems()] == ["zero-shot", "keyword, 1 shot", "random, 1 shot"]
    assert grid.systems()[0] == ZERO_SHOT


def test_only_what_draws_takes_every_seed() -> None:
    grid = Grid((("keyword", "top"), ("random", "distinct")), (3,), (4, 5, 6))
    assert [(run.system.strategy, run.seed) for run in grid.runs()] == [
        ("keyword", 4),
        ("random", 4),
        ("random", 5),
        ("random", 6),
    ]


def test_a_model_that_samples_takes_every_seed_for_every_system() -> None:
    grid = Grid((("keyword", "top"),), (0, 3), (1, 2), sampled=True)
    assert [(run.system.shots, run.seed) for run in grid.runs()] == [(0, 1), (0, 2), (3, 1), (3, 2)]


def test_a_selection_of_its_own_goes_before_the_common_one() -> None:
    assert parse_strategies("keyword/mmr,vector", "distinct") == (("keyword", "mmr"), ("vector", "distinct"))


@pytest.mark.parametrize("text", ["keywords", "keyword/best", "", "keyword,"])
def test_unknown_names_are_refused_with_the_known_ones(text: str) -> None:
    with pytest.raises(UnknownNameError, match="choose one of"):
        parse_strategies(text)


@pytest.mark.parametrize("text", ["", "1,,3", "-1", "three", "1.5", "²"])
def test_shots_that_are_no_numbers_are_refused(text: str) -> None:
    with pytest.raises(OptionError, match="comma-separated numbers"):
        parse_shots(text)


def test_what_would_be_compared_twice_is_refused() -> None:
    with pytest.raises(OptionError, match="twice"):
        Grid((("keyword", "top"), ("keyword", "top")), (1,), (0,))
    with pytest.raises(OptionError, match="twice"):
        Grid((("keyword", "top"),), (1, 1), (0,))


def test_shots_without_any_strategy_are_refused() -> None:
    with pytest.raises(OptionError, match="at least one strategy"):
        Grid((), (0, 1), (0,))
    assert Grid((), (0,), (0,)).systems() == (ZERO_SHOT,)
