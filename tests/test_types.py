"""The nouns and the error tree."""

from __future__ import annotations

import dataclasses

import pytest

from nshot import errors, types
from nshot.types import Dropped, ForeignKey, Prompt, Schema, Table


def test_nouns_are_immutable() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        Prompt("a").text = "b"  # type: ignore[misc]


def test_a_prompts_hash_is_that_of_its_text() -> None:
    assert Prompt("a", tokens=1).sha256 == Prompt("a", tokens=2).sha256 != Prompt("b").sha256


def test_dropped_is_true_only_when_something_was() -> None:
    assert not Dropped()
    assert Dropped(columns=("t.c",))


def test_a_table_is_found_in_any_letter_case() -> None:
    schema = Schema("x", (Table("Singer", ()),))
    assert schema.table("sINGER") is schema.tables[0]
    assert schema.table("song") is None


def test_every_error_is_the_users_to_mend_and_sql_errors_keep_their_kind() -> None:
    tree = [e for e in vars(errors).values() if isinstance(e, type) and issubclass(e, Exception)]
    assert all(issubclass(error, errors.NshotError) for error in tree)
    kinds = [
        error.kind for error in tree if issubclass(error, errors.SqlError) and error is not errors.SqlError
    ]
    assert len(kinds) == len(set(kinds)) == 5


def test_all_nouns_say_what_they_are() -> None:
    nouns = [n for n in vars(types).values() if isinstance(n, type) and dataclasses.is_dataclass(n)]
    assert len(nouns) > 8
    assert all(noun.__doc__ and not noun.__doc__.startswith(f"{noun.__name__}(") for noun in nouns)


def test_a_foreign_key_is_renamed_on_both_sides() -> None:
    key = ForeignKey("song", ("club_id", "no"), "club", ("id", "no"))
    assert key.rename(str.upper) == ForeignKey("SONG", ("CLUB_ID", "NO"), "CLUB", ("ID", "NO"))
