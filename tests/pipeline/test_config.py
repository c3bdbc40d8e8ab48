"""`PipelineConfig.of` takes options by their names, and refuses values of another type."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from nshot.errors import OptionError, UnknownNameError
from nshot.pipeline import PipelineConfig, make_pipeline


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"shots": "2"}, "`shots` must be a whole number, got '2'"),
        ({"temperature": "hot"}, "`temperature` must be a number, got 'hot'"),
        ({"constrain": "yes"}, "`constrain` must be true or false, got 'yes'"),
        ({"functions": "count"}, "`functions` must be a list, got 'count'"),
        ({"index": 3}, "`index` must be a path, got 3"),
        ({"model": " "}, "`model` is empty; name one, such as embedded"),
        ({"vote": 1}, "`vote` must be true or false, got 1"),
    ],
)
def test_a_value_of_the_wrong_type_is_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(OptionError) as caught:
        PipelineConfig.of(**options)
    assert str(caught.value) == message


def test_switches_of_the_command_line_are_options_too() -> None:
    assert PipelineConfig.of(vote=True, candidates=3).execution.way == "vote"
    assert PipelineConfig.of(execute_guided=True).execution.way == "guided"
    assert PipelineConfig.of(vote=False).execution.way == "first"
    assert PipelineConfig.of(choose="vote").execution.way == "vote"


def test_values_get_the_type_of_their_option() -> None:
    config = PipelineConfig.of(index="runs/index", functions=["count"], timeout=5)
    assert config.examples.index == Path("runs/index")
    assert config.settings.values == {"functions": ("count",)}
    assert isinstance(config.execution.timeout, float)


def test_a_vote_over_one_candidate_is_refused() -> None:
    with pytest.raises(OptionError, match="`vote` has no effect without several `candidates`"):
        PipelineConfig.of(vote=True, confidence=False).check()


def test_a_pipeline_is_made_of_a_config_alone() -> None:
    with pytest.raises(OptionError, match=r"takes a PipelineConfig.*got dict"):
        make_pipeline({})  # type: ignore[arg-type]


def test_an_unknown_option_is_refused() -> None:
    with pytest.raises(UnknownNameError, match="'shot'"):
        PipelineConfig.of(shot=2)
