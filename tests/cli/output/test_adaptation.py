"""What a user is told of an adaptation: the ways with their intervals, and whether a gain may be
chance.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from nshot.adaptation import Adaptation, ChosenState, Way, WayResult
from nshot.cli.output.adaptation import show_adaptation
from nshot.types import Verdict


def result(model: str, shots: int, right: Sequence[int]) -> WayResult:
    verdicts = tuple(
        Verdict(at, "shop", "easy", None, bool(one), False, "ok", "") for at, one in enumerate(right)
    )
    return WayResult(Way(model, shots), (), verdicts)


def told(capsys: pytest.CaptureFixture[str], *rights: Sequence[int]) -> tuple[str, str]:
    """stdout and stderr for the answers of the four ways."""
    ways = (("start model", 0), ("start model", 3), ("adapted", 0), ("adapted", 3))
    results = tuple(result(*way, right) for way, right in zip(ways, rights, strict=True))
    show_adaptation(Adaptation(Path("out"), "finished", None, results))
    found = capsys.readouterr()
    return found.out, found.err


def test_a_time_that_was_too_short_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    state = ChosenState(15, 15, 3.0, 40.0, "the only state")
    show_adaptation(Adaptation(Path("out"), "finished", state), passes=16)
    assert "enough for 3.0 of 16 passes; the same command with more --minutes" in capsys.readouterr().err
    show_adaptation(Adaptation(Path("out"), "finished", state), passes=5)
    assert "passes" not in capsys.readouterr().err


def test_each_way_is_shown_with_its_interval_and_what_it_won_and_lost(
    capsys: pytest.CaptureFixture[str],
) -> None:
    out, _ = told(capsys, [1, 0, 0, 0], [1, 1, 0, 0], [0, 1, 1, 0], [0, 1, 1, 1])
    lines = [line for line in out.splitlines() if " of 4" in line]
    assert [line.split("│")[2].strip() for line in lines] == ["1 of 4", "2 of 4", "2 of 4", "3 of 4"]
    assert "25.0 % (5 to 70)" in lines[0]
    assert "+3 -1, p 0.625" in lines[3]


def test_a_gain_is_told_with_its_p_and_none_is_told_as_none(capsys: pytest.CaptureFixture[str]) -> None:
    none, all_right = [0] * 8, [1] * 8
    assert (
        "a gain (p 0.008): adapted, 3 pairs shown: 8, start model: 0"
        in told(capsys, none, none, none, all_right)[1]
    )
    one = [1, *none[1:]]
    assert "a gain that may be chance (p 1.00)" in told(capsys, none, none, none, one)[1]
    assert (
        "no gain: adapted, 3 pairs shown: 0, start model, 3 pairs shown: 1"
        in told(capsys, none, one, one, none)[1]
    )
