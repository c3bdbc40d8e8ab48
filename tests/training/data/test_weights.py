from __future__ import annotations

import random
from collections import Counter

import pytest

from nshot.errors import OptionError
from nshot.training.data import parse_shots, parse_weights


@pytest.mark.parametrize(
    ("text", "values", "weights"),
    [
        ("3", (3,), (1.0,)),
        ("0..3", (0, 1, 2, 3), (1.0,) * 4),
        ("2..2", (2,), (1.0,)),
        (" 0:4, 1:2,3:0.5 ", (0, 1, 3), (4.0, 2.0, 0.5)),
    ],
)
def test_shots_are_a_number_a_range_or_weights(
    text: str, values: tuple[int, ...], weights: tuple[float, ...]
) -> None:
    assert parse_shots(text) == (values, weights)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "3..1",
        "-1",
        "a",
        "1:0",
        "1:x",
        "1:2,1:3",
        "0..",
        "1.5",
        "0:nan",
        "0:inf",
        "0:1e308,1:1e308",
        "0..99999999",
        "1001",
    ],
)
def test_other_texts_are_refused(text: str) -> None:
    with pytest.raises(OptionError, match=r"`shots`|shots: "):
        parse_shots(text)


def test_what_is_printed_reads_back() -> None:
    for text in ("5", "0:4,1:2,3:0.5"):
        assert str(parse_shots(text)) == text


def test_draws_follow_the_weights() -> None:
    rng = random.Random(0)
    weights = parse_weights("context", "full:8,gold+distractors:2")
    drawn = Counter(weights.draw(rng) for _ in range(1000))
    assert set(drawn) == {"full", "gold+distractors"}
    assert 750 < drawn["full"] < 850
