from __future__ import annotations

import stat
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from nshot.data.spider.archive import ArchiveLimits, unpack
from nshot.errors import DataError

MakeZip = Callable[..., Path]


@pytest.fixture
def make_zip(tmp_path: Path) -> MakeZip:
    """A zip file of the given names and texts."""

    def make(**files: str) -> Path:
        file = tmp_path / "a.zip"
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, text in files.items():
                archive.writestr(name, text)
        return file

    return make


def test_files_are_unpacked_and_finder_files_are_not(make_zip: MakeZip, tmp_path: Path) -> None:
    archive = make_zip(
        **{"s/a.txt": "one", "s/b/c.txt": "two", "__MACOSX/s/._a.txt": "x", "s/.DS_Store": "x", "e/": ""}
    )
    told: list[tuple[int, int | None]] = []
    files = unpack(archive, tmp_path / "out", progress=lambda done, total: told.append((done, total)))
    assert [file.relative_to(tmp_path / "out").as_posix() for file in files] == ["s/a.txt", "s/b/c.txt"]
    assert files[1].read_text() == "two"
    assert told[-1] == (6, 6)


@pytest.mark.parametrize(
    "name", ["../evil", "a/../../evil", "/evil", "..\\evil", "C:\\evil", "a/..", "c:evil"]
)
def test_a_path_that_leaves_the_folder_stops_everything(make_zip: MakeZip, tmp_path: Path, name: str) -> None:
    archive = make_zip(**{"fine.txt": "x", name: "x"})
    with pytest.raises(DataError, match="leaves the folder"):
        unpack(archive, tmp_path / "out")
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.zip"]


def test_a_symbolic_link_stops_everything(tmp_path: Path) -> None:
    info = zipfile.ZipInfo("link")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr(info, "/etc")
    with pytest.raises(DataError, match="link or special file"):
        unpack(tmp_path / "a.zip", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_bomb_is_not_unpacked(make_zip: MakeZip, tmp_path: Path) -> None:
    archive = make_zip(a="0" * 1_000_000, b="x")
    with pytest.raises(DataError, match="allowed are"):
        unpack(archive, tmp_path / "out", limits=ArchiveLimits(bytes=999_999))
    with pytest.raises(DataError, match="allowed are 1 files"):
        unpack(archive, tmp_path / "out", limits=ArchiveLimits(files=1))
    assert not (tmp_path / "out").exists()


def test_a_file_that_lies_about_its_size_is_stopped(make_zip: MakeZip, tmp_path: Path) -> None:
    archive = make_zip(a="0" * 100_000)
    data = archive.read_bytes().replace((100_000).to_bytes(4, "little"), (10).to_bytes(4, "little"))
    archive.write_bytes(data)
    with pytest.raises(DataError):
        unpack(archive, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_damaged_file_is_found_by_its_checksum(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("a.txt", "the right words")
    data = (tmp_path / "a.zip").read_bytes().replace(b"the right words", b"the wrong words", 1)
    (tmp_path / "a.zip").write_bytes(data)
    with pytest.raises(DataError, match=r"not a valid zip file .*CRC"):
        unpack(tmp_path / "a.zip", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_what_is_no_zip_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_text("<html>")
    with pytest.raises(DataError, match="not a valid zip file"):
        unpack(tmp_path / "a.zip", tmp_path / "out")


def test_a_folder_that_is_there_is_never_unpacked_into(make_zip: MakeZip, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine.txt").write_text("mine")
    with pytest.raises(DataError, match="is there already"):
        unpack(make_zip(**{"a.txt": "x"}), tmp_path / "out")
    assert (tmp_path / "out" / "mine.txt").read_text() == "mine"


@pytest.mark.parametrize("names", [["a", "a/b"], ["a/b", "a"], ["x" * 300], ["a/" * 2000 + "b"]])
def test_members_that_cannot_lie_beside_each_other_are_an_error(
    make_zip: MakeZip, tmp_path: Path, names: list[str]
) -> None:
    with pytest.raises(DataError, match=r"cannot unpack|not a valid zip"):
        unpack(make_zip(**dict.fromkeys(names, "x")), tmp_path / "out")
    assert not (tmp_path / "out").exists()
