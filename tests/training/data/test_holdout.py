from __future__ import annotations

import pytest

from nshot.errors import OptionError
from nshot.training.data import held_out

DB_IDS = ["a", "a", "b", "c", "d", "b"]


def test_a_number_is_drawn_by_the_seed() -> None:
    drawn = {held_out(DB_IDS, "2", seed) for seed in range(20)}
    assert all(len(set(names)) == 2 for names in drawn)
    assert len(drawn) > 1
    assert held_out(DB_IDS, "2", 7) == held_out(DB_IDS, "2", 7)


def test_names_are_taken_as_they_are() -> None:
    assert held_out(DB_IDS, "c, a", 0) == ("a", "c")
    assert held_out(DB_IDS, "", 0) == held_out(DB_IDS, "0", 0) == ()


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ("4", "at most 3, got 4"),
        ("a,e", "unknown database to hold out 'e'; choose one of: a, b, c, d"),
        ("a,b,c,d", "names them all"),
    ],
)
def test_something_must_be_left_and_names_be_known(wanted: str, message: str) -> None:
    with pytest.raises(OptionError, match=message):
        held_out(DB_IDS, wanted, 0)


def test_where_no_row_was_read_nothing_can_be_held_out() -> None:
    with pytest.raises(OptionError, match="no row was read"):
        held_out([], "2", 0)
