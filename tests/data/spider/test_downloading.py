from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from filelock import FileLock

from nshot.data import download
from nshot.errors import DataError, FileMissingError


@pytest.fixture
def archive(mini_spider: Path, tmp_path: Path) -> Path:
    """Spider's archive, with everything in one folder, as it is published."""
    shutil.copytree(mini_spider, tmp_path / "packed" / "spider_data")
    return Path(shutil.make_archive(str(tmp_path / "spider"), "zip", tmp_path / "packed"))


@pytest.mark.parametrize("as_url", [False, True])
def test_a_local_archive_is_unpacked_without_its_outer_folder(
    archive: Path, tmp_path: Path, as_url: bool
) -> None:
    report = download(archive.as_uri() if as_url else archive, tmp_path / "raw")
    names = sorted(entry.name for entry in (tmp_path / "raw").iterdir() if not entry.name.startswith("."))
    assert names == ["database", "dev.json", "tables.json", "train_others.json", "train_spider.json"]
    assert report.files == 6
    assert report.known["dev.json"] == "differs"
    assert report.known["test.json"] == "missing"
    assert report.missing == ("test.json", "test_tables.json", "test_database")


def test_a_second_download_replaces_what_the_first_left(archive: Path, tmp_path: Path) -> None:
    raw = tmp_path / "raw"
    download(archive, raw)
    (raw / "dev.json").write_text("old")
    (raw / "database" / "old").mkdir()
    (raw / "processed").mkdir()
    download(archive, raw)
    assert (raw / "dev.json").read_text() != "old"
    assert not (raw / "database" / "old").exists()
    assert (raw / "processed").is_dir()
    assert not [entry for entry in raw.iterdir() if entry.name in (".unpacking", ".replaced")]


def test_an_archive_of_something_else_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "a.txt").write_text("x")
    other = shutil.make_archive(str(tmp_path / "other"), "zip", tmp_path / "other")
    with pytest.raises(DataError, match="expected Spider's layout"):
        download(other, tmp_path / "raw")
    assert [entry.name for entry in (tmp_path / "raw").iterdir() if entry.name != ".download.lock"] == []


def test_a_kept_archive_that_is_no_zip_is_removed(tmp_path: Path) -> None:
    (tmp_path / "spider.zip").write_text("cut off")
    with pytest.raises(DataError, match="was removed, run the command again"):
        download("http://127.0.0.1:1/spider.zip", tmp_path)
    assert not (tmp_path / "spider.zip").exists()


def test_a_users_own_file_is_never_removed(tmp_path: Path) -> None:
    (tmp_path / "mine.zip").write_text("no zip")
    with pytest.raises(DataError, match="no zip file"):
        download(tmp_path / "mine.zip", tmp_path / "raw")
    assert (tmp_path / "mine.zip").exists()


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileMissingError, match=r"gone\.zip"):
        download(tmp_path / "gone.zip", tmp_path / "raw")


def test_two_downloads_into_one_folder_do_not_meet(archive: Path, tmp_path: Path) -> None:
    (tmp_path / "raw").mkdir()
    with FileLock(tmp_path / "raw" / ".download.lock"), pytest.raises(DataError, match="another download"):
        download(archive, tmp_path / "raw")
