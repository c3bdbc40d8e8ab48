"""What an error says: the nearest name, and all names where they are few."""

from __future__ import annotations

from pathlib import Path

from nshot.errors import FileMissingError, UnknownNameError


def test_an_unknown_name_is_told_the_nearest_one_and_all() -> None:
    found = str(UnknownNameError("strategy", "keywrd", ("random", "keyword")))
    assert found == "unknown strategy 'keywrd'; did you mean keyword? choose one of: random, keyword"
    assert str(UnknownNameError("strategy", "x", ("a", "b"))) == "unknown strategy 'x'; choose one of: a, b"


def test_a_long_list_is_left_out_beside_the_nearest_name() -> None:
    names = [f"option_{number}" for number in range(40)]
    found = str(UnknownNameError("option", "option7", names))
    assert found == "unknown option 'option7'; did you mean option_7?"
    assert "option_39" in str(UnknownNameError("option", "zzz", names))


def test_a_missing_file_is_told_the_nearest_in_its_folder(tmp_path: Path) -> None:
    (tmp_path / "northwind.sqlite").touch()
    found = str(FileMissingError("database", tmp_path / "nortwind.sqlite", "name a file"))
    assert found.endswith(f"; did you mean {tmp_path / 'northwind.sqlite'}?; name a file")
    assert "mean" not in str(FileMissingError("database", tmp_path / "pairs.csv"))
    assert "mean" not in str(FileMissingError("database", tmp_path / "nowhere" / "x"))


def test_a_folder_in_place_of_a_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "pairs.csv").touch()
    found = str(FileMissingError("file of pairs", tmp_path, "give a CSV file"))
    assert found == f"file of pairs not found: {tmp_path} is a folder; give a CSV file"
    assert "is a file" in str(FileMissingError("adapter folder", tmp_path / "pairs.csv"))
