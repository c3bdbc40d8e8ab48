from __future__ import annotations

from typing import Any

import pytest
import torch

from nshot.errors import OptionError
from nshot.generation.decode.sampling import sampler
from nshot.generation.decoding import Decoding


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"method": "best"}, "greedy, beam, sample"),
        ({"n": 0}, "`candidates` must be at least 1, got 0"),
        ({"n": 2}, "`method` beam or sample"),
        ({"max_new_tokens": 0}, "`max_new_tokens` must be at least 1"),
        ({"temperature": 0.0}, "`method` greedy"),
        ({"temperature": float("nan")}, "temperature"),
        ({"top_p": 0.0}, "above 0 and at most 1"),
        ({"top_p": 1.1}, "above 0 and at most 1"),
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


@pytest.mark.parametrize(
    ("top_p", "shares"), [(1.0, [0.15, 0.5, 0.05, 0.3]), (0.7, [0, 0.625, 0, 0.375]), (0.4, [0, 1, 0, 0])]
)
def test_a_sampler_draws_by_chance_from_the_smallest_set_that_has_top_p(
    top_p: float, shares: list[float]
) -> None:
    draws = 20_000
    pick = sampler(Decoding(method="sample", top_p=top_p), list(map(str, range(draws))))
    logits = torch.tensor([[0.15, 0.5, 0.05, 0.3]]).log().expand(draws, -1)
    found = pick(logits, range(draws)).bincount(minlength=4) / draws
    assert found.tolist() == pytest.approx(shares, abs=0.015)
    assert all(bool(share) == bool(of_draws) for share, of_draws in zip(shares, found.tolist(), strict=True))
