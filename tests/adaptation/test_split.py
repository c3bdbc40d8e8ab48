"""Which pairs are held out."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from nshot.adaptation.split import ENOUGH, FEWEST, MOST, split_pairs
from nshot.errors import OptionError
from nshot.sql import normalise
from nshot.types import Question


def numbered(count: int, db_id: str = "shop") -> list[Question]:
    return [
        Question(f"Which {n}?", db_id, f"{db_id}-{n}", f"SELECT a FROM t WHERE b = {n}") for n in range(count)
    ]


def test_a_quarter_is_held_out_of_enough_pairs_and_none_of_fewer() -> None:
    assert len(split_pairs(numbered(ENOUGH), None, 0).held_out) == ENOUGH // 4
    assert split_pairs(numbered(ENOUGH - 1), None, 0).held_out == ()
    assert len(split_pairs(numbered(1000), None, 0).held_out) == MOST


def test_each_database_gives_its_share() -> None:
    pairs = [*numbered(40, "a"), *numbered(20, "b"), *numbered(4, "c")]
    held = split_pairs(pairs, 16, 3).held_out
    assert Counter(one.db_id for one in held) == {"a": 10, "b": 5, "c": 1}


def test_no_answer_of_a_held_out_question_is_learned() -> None:
    pairs = numbered(30)
    again = [replace(one, id=f"{one.id}+", text=f"Tell me: {one.text}") for one in pairs]
    found = split_pairs([*pairs, *again], 16, 0)
    learnt = {normalise(one.sql or "") for one in found.learnt}
    assert len(found.held_out) == 16
    assert not learnt & {normalise(one.sql or "") for one in found.held_out}
    assert len(found.learnt) + len(found.held_out) == 60


def test_too_few_pairs_are_refused_with_what_serves_them() -> None:
    with pytest.raises(OptionError, match=r"7 pairs are too few .* nshot ask --pairs"):
        split_pairs(numbered(FEWEST - 1), None, 0)
    assert len(split_pairs(numbered(FEWEST), None, 0).learnt) == FEWEST
    with pytest.raises(OptionError, match=r"`holdout` 5 of 10 pairs leaves fewer than 8"):
        split_pairs(numbered(10), 5, 0)
