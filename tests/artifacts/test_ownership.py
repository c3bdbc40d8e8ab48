"""What is ours is told by content."""

from __future__ import annotations

from pathlib import Path

import pytest

from nshot.artifacts import (
    check_not_read,
    check_replaceable,
    make_folder,
    recognise_lines,
    recognise_object,
    replacing_own,
)
from nshot.artifacts.atomic import scratch_folder
from nshot.errors import DataError


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache folder of the test's own."""
    monkeypatch.setenv("NSHOT_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def write(path: Path, text: str) -> None:
    with replacing_own(path) as work:
        work.write_text(text)


def test_what_was_written_may_be_replaced_until_it_is_changed(tmp_path: Path) -> None:
    path = tmp_path / "a.sql"
    write(path, "1")
    write(path, "2")
    path.write_text("3")
    with pytest.raises(DataError, match="or was changed since"):
        write(path, "4")
    assert path.read_text() == "3"


def test_a_copy_of_what_was_written_is_ours_too(tmp_path: Path) -> None:
    write(tmp_path / "a.sql", "1")
    (tmp_path / "b.sql").write_text("1")
    write(tmp_path / "b.sql", "2")


def test_without_the_cache_a_file_counts_as_foreign(tmp_path: Path, cache: Path) -> None:
    write(tmp_path / "a.sql", "1")
    (cache / "written.txt").unlink()
    with pytest.raises(DataError, match="was not written by nshot"):
        write(tmp_path / "a.sql", "2")


def test_an_empty_file_may_be_written(tmp_path: Path) -> None:
    (tmp_path / "a.sql").touch()
    write(tmp_path / "a.sql", "1")


@pytest.mark.parametrize("kind", ["folder", "dangling link"])
def test_what_is_no_file_is_refused(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "a"
    if kind == "folder":
        path.mkdir()
    else:
        path.symlink_to(tmp_path / "nowhere")
    with pytest.raises(DataError, match="is not a file"):
        check_replaceable(path)


@pytest.mark.parametrize(
    ("text", "ours"),
    [
        ('{"index": 0, "sql": ""}\nbroken', True),
        ('{"index": 0}', False),
        ("[1]", False),
        ("SELECT 1", False),
        ("[" * 100_000, False),
        ("\x00\xff", False),
    ],
)
def test_lines_are_recognised_by_their_keys(tmp_path: Path, text: str, ours: bool) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(text)
    assert recognise_lines("index", "sql")(path) == ours


def test_an_object_is_recognised_by_a_test(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text('{"kind": "ours"}')
    assert recognise_object(lambda found: found["kind"] == "ours")(path)
    path.write_text("[]")
    assert not recognise_object(lambda found: True)(path)


def test_an_output_that_is_read_is_refused_by_any_name(tmp_path: Path) -> None:
    read = tmp_path / "read.csv"
    read.write_text("1")
    (tmp_path / "hard.csv").hardlink_to(read)
    (tmp_path / "soft.csv").symlink_to(read)
    for name in ("read.csv", "hard.csv", "soft.csv", "x/../read.csv"):
        with pytest.raises(DataError, match=r"`out` would replace .*read\.csv"):
            check_not_read(tmp_path / name, (None, read), "out")
    check_not_read(tmp_path / "other.csv", (read, None), "out")


def test_a_folder_is_made_with_those_that_it_lies_in(tmp_path: Path) -> None:
    make_folder(tmp_path / "a" / "b")
    make_folder(tmp_path / "a" / "b")
    assert (tmp_path / "a" / "b").is_dir()


def test_a_scratch_folder_leaves_those_of_others(tmp_path: Path) -> None:
    mine = tmp_path / ".unpacking"
    mine.mkdir()
    left = tmp_path / ".unpacking.new.999999999-abcd"
    left.mkdir()
    with scratch_folder(tmp_path, "unpacking") as work:
        work.mkdir()
        assert work.parent == tmp_path
        assert not left.exists()
    assert not work.exists()
    assert mine.is_dir()
