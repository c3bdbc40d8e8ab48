"""What an error says: the nearest name, and all names where they are few."""

from __future__ import annotations

from nshot.errors import UnknownNameError


def test_an_unknown_name_is_told_the_nearest_one_and_all() -> None:
    found = str(UnknownNameError("strategy", "keywrd", ("random", "keyword")))
    assert found == "unknown strategy 'keywrd'; did you mean keyword? choose one of: random, keyword"
    assert str(UnknownNameError("strategy", "x", ("a", "b"))) == "unknown strategy 'x'; choose one of: a, b"


def test_a_long_list_is_left_out_beside_the_nearest_name() -> None:
    names = [f"option_{number}" for number in range(40)]
    found = str(UnknownNameError("option", "option7", names))
    assert found == "unknown option 'option7'; did you mean option_7?"
    assert "option_39" in str(UnknownNameError("option", "zzz", names))
