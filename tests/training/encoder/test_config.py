"""Settings that make no sense are refused in the user's words."""

from __future__ import annotations

from typing import Any

import pytest

from nshot.errors import OptionError
from nshot.training.encoder import EncoderTrainConfig


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"text": "sql"}, "both, question, masked"),
        ({"epochs": 0}, "`epochs` must be at least 1, got 0"),
        ({"holdout": 0}, "at least 1 database"),
        ({"learning_rate": 0.0}, "`learning_rate` must be above 0"),
        ({"minutes": -1.0}, "`minutes` must be above 0"),
        ({"dropout": 1.0}, "at least 0 and below 1"),
        ({"batch": 1}, "`batch` must be at least 2"),
    ],
)
def test_it_is_checked_when_made(wrong: dict[str, Any], told: str) -> None:
    with pytest.raises(OptionError, match=told):
        EncoderTrainConfig(**wrong)
