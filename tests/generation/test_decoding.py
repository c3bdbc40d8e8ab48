from __future__ import annotations

from typing import Any

import pytest

from nshot.errors import OptionError
from nshot.generation.decoding import Decoding


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"method": "best"}, "greedy, beam, sample"),
        ({"n": 0}, "n must be at least 1, got 0"),
        ({"n": 2}, "method beam or sample"),
        ({"max_new_tokens": 0}, "max_new_tokens must be at least 1"),
        ({"temperature": 0.0}, "method greedy"),
        ({"temperature": float("nan")}, "temperature"),
        ({"top_p": 0.0}, r"\(0, 1\]"),
        ({"top_p": 1.1}, r"\(0, 1\]"),
        ({"stop": ("",)}, "empty"),
    ],
)
def test_a_setting_out_of_range_is_refused_with_its_cure(options: dict[str, Any], message: str) -> None:
    with pytest.raises(OptionError, match=message):
        Decoding(**options)


def test_what_only_a_local_model_can_do_is_refused_by_name() -> None:
    for decoding in (Decoding(method="beam"), Decoding(constrain=True)):
        with pytest.raises(OptionError, match="a server"):
            decoding.refuse_local_only("a server")
    Decoding(method="sample", n=3).refuse_local_only("a server")


def test_the_beam_is_widened_to_the_candidates_asked_for() -> None:
    assert Decoding(method="beam", n=6).width == 6
    assert Decoding(method="sample", n=6).width == 6
    assert Decoding().width == 1
