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


def test_a_second_download_replaces_what_the_first_left(
    archive: Path, mini_spider: Path, tmp_path: Path
) -> None:
    raw = tmp_path / "raw"
    download(archive, raw)
    before = (raw / "dev.json").read_bytes()
    (raw / "processed").mkdir()
    (raw / "notes.txt").write_text("mine")
    newer = zip_of(tmp_path / "newer", mini_spider, {"dev.json": b"[]", "database/new/new.txt": b"x"})
    download(newer, raw)
    assert (raw / "dev.json").read_bytes() == b"[]" != before
    assert (raw / "database" / "new" / "new.txt").is_file()
    assert (raw / "processed").is_dir()
    assert (raw / "notes.txt").read_text() == "mine"
    assert not [entry for entry in raw.iterdir() if "unpacking" in entry.name]


def test_the_same_archive_again_changes_nothing(archive: Path, tmp_path: Path) -> None:
    download(archive, tmp_path / "raw")
    download(archive, tmp_path / "raw")


@pytest.mark.parametrize("name", ["dev.json", "database/mine.sqlite", "tables.json"])
def test_files_of_others_are_never_replaced(
    archive: Path, mini_spider: Path, tmp_path: Path, name: str
) -> None:
    raw = tmp_path / "raw"
    if name == "tables.json":  # of somebody else, before any download
        raw.mkdir()
    else:
        download(archive, raw)
    (raw / name).write_text("years of work")
    newer = zip_of(tmp_path / "newer", mini_spider, {"train_spider.json": b"[]"})
    files = {path: path.read_bytes() for path in raw.rglob("*") if path.is_file()}
    with pytest.raises(DataError, match="is not replaced; move it away"):
        download(newer, raw)
    assert {path: path.read_bytes() for path in files} == files


OWN_NAMES = (
    ".unpacking/a", ".replaced/a", "spider.zip", "Spider.zip", ".download.lock", ".nshot-download.json",
)  # fmt: skip


@pytest.mark.parametrize("name", OWN_NAMES)
def test_an_archive_with_a_name_that_nshot_uses_is_refused(
    mini_spider: Path, tmp_path: Path, name: str
) -> None:
    odd = zip_of(tmp_path / "odd", mini_spider, {name: b"x"})
    raw = tmp_path / "raw"
    (raw / ".unpacking").mkdir(parents=True)
    (raw / ".unpacking" / "precious.txt").write_text("years of work")
    with pytest.raises(DataError, match="a name that nshot uses itself"):
        download(odd, raw)
    assert (raw / ".unpacking" / "precious.txt").read_text() == "years of work"
    assert {entry.name for entry in raw.iterdir()} <= {".unpacking", ".download.lock"}


def zip_of(target: Path, source: Path, more: dict[str, bytes]) -> Path:
    """An archive of a folder, with other or further members."""
    shutil.copytree(source, target)
    for name, data in more.items():
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        (target / name).write_bytes(data)
    return Path(shutil.make_archive(str(target), "zip", target))


def test_an_archive_of_something_else_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "a.txt").write_text("x")
    other = shutil.make_archive(str(tmp_path / "other"), "zip", tmp_path / "other")
    with pytest.raises(DataError, match="expected Spider's layout"):
        download(other, tmp_path / "raw")
    assert [entry.name for entry in (tmp_path / "raw").iterdir() if entry.name != ".download.lock"] == []


def test_a_kept_archive_that_is_no_zip_stays(tmp_path: Path) -> None:
    (tmp_path / "spider.zip").write_text("cut off")
    with pytest.raises(DataError, match="delete it, and run the command again"):
        download("http://127.0.0.1:1/spider.zip", tmp_path)
    assert (tmp_path / "spider.zip").read_text() == "cut off"


def test_a_users_own_file_is_never_removed(tmp_path: Path) -> None:
    (tmp_path / "mine.zip").write_text("no zip")
    with pytest.raises(DataError, match="not a zip file"):
        download(tmp_path / "mine.zip", tmp_path / "raw")
    assert (tmp_path / "mine.zip").exists()


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileMissingError, match=r"gone\.zip"):
        download(tmp_path / "gone.zip", tmp_path / "raw")


def test_two_downloads_into_one_folder_do_not_meet(archive: Path, tmp_path: Path) -> None:
    (tmp_path / "raw").mkdir()
    with FileLock(tmp_path / "raw" / ".download.lock"), pytest.raises(DataError, match="another download"):
        download(archive, tmp_path / "raw")
