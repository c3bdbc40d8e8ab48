from __future__ import annotations

from typing import Any

import pytest

from nshot.errors import OptionError
from nshot.eval.config import EvalConfig
from nshot.eval.modes import MODES


@pytest.mark.parametrize(
    "options",
    [
        {"mode": "strict", "keep_distinct": True},
        {"mode": "classic", "plug_value": True},
        {"mode": "official", "columns": "fixed"},
        {"mode": "classic", "tolerance": 0.1},
    ],
)
def test_an_option_without_effect_in_the_mode_is_refused(options: dict[str, Any]) -> None:
    with pytest.raises(OptionError, match="no effect in mode"):
        EvalConfig(**options)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"mode": "lenient"}, f"choose one of: {', '.join(MODES)}"),
        ({"mode": "strict", "columns": "some"}, "choose one of: free, fixed"),
        ({"mode": "strict", "tolerance": -1}, "`tolerance` must be"),
        ({"mode": "strict", "tolerance": float("nan")}, "`tolerance` must be"),
        ({"timeout": 0}, "`timeout` must be"),
        ({"workers": -1}, "`workers` must be"),
    ],
)
def test_values_out_of_range_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(OptionError, match=message):
        EvalConfig(**options)


def test_the_options_of_a_mode_are_its_own() -> None:
    assert EvalConfig(plug_value=True).options() == {"keep_distinct": False, "plug_value": True}
    assert EvalConfig("classic").options() == {}
    assert EvalConfig("strict").options() == {"columns": "free", "tolerance": 1e-9}
