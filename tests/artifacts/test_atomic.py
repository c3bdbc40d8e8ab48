import errno
import os
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from nshot.artifacts import atomic
from nshot.artifacts.atomic import put_in_place, replacing, replacing_folder, write_bytes, write_text
from nshot.errors import DataError

DEAD = 2**22 + 1  # no process has such a number


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def names(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


def test_text_is_written_as_utf_8_with_its_own_line_breaks(tmp_path: Path) -> None:
    write_text(tmp_path / "a", "é\r\n\n")
    assert (tmp_path / "a").read_bytes() == b"\xc3\xa9\r\n\n"


def test_half_a_surrogate_pair_is_written_as_the_caller_says(tmp_path: Path) -> None:
    write_text(tmp_path / "a", "\ud800", errors="backslashreplace")
    assert (tmp_path / "a").read_bytes() == b"\\ud800"
    with pytest.raises(UnicodeEncodeError):
        write_text(tmp_path / "a", "\ud800")
    assert (tmp_path / "a").read_bytes() == b"\\ud800"


def test_an_error_in_the_middle_leaves_the_old_content_and_no_litter(tmp_path: Path) -> None:
    write_text(tmp_path / "a", "old")

    def write_half() -> None:
        with replacing(tmp_path / "a") as work:
            work.write_text("ne")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_half()
    assert names(tmp_path) == ["a"]
    assert (tmp_path / "a").read_text() == "old"


def test_an_error_in_the_middle_of_a_new_file_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no"), replacing(tmp_path / "a"):
        raise ValueError("no")
    assert names(tmp_path) == []


def test_a_process_killed_in_the_middle_leaves_the_old_content(tmp_path: Path) -> None:
    write_text(tmp_path / "a", "old")
    code = (
        "import os, pathlib\n"
        "from nshot.artifacts.atomic import replacing\n"
        "with replacing(pathlib.Path('a')) as work:\n"
        "    work.write_text('ne')\n"
        "    os.kill(os.getpid(), 9)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=False)
    assert done.returncode == -9
    assert (tmp_path / "a").read_text() == "old"
    left = [name for name in names(tmp_path) if name != "a"]
    assert len(left) == 1
    assert left[0].startswith(atomic.work_prefix("a"))


def test_the_content_is_on_disk_before_the_name_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done = []
    replace, sync = Path.replace, atomic.sync

    def noted_replace(self: Path, target: Path) -> Path:
        done.append(f"rename to {target.name}")
        return replace(self, target)

    def noted_sync(path: Path) -> None:
        done.append("sync folder" if path.is_dir() else f"sync file of {path.stat().st_size} bytes")
        sync(path)

    monkeypatch.setattr(Path, "replace", noted_replace)
    monkeypatch.setattr(atomic, "sync", noted_sync)
    write_bytes(tmp_path / "a", b"123")
    assert done == ["sync file of 3 bytes", "rename to a", "sync folder"]


def test_a_file_system_that_cannot_flush_folders_is_written_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fsync = os.fsync

    def files_only(descriptor: int) -> None:
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, "Invalid argument")
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", files_only)
    write_text(tmp_path / "a", "x")
    assert (tmp_path / "a").read_text() == "x"


def test_a_full_disk_leaves_the_old_content(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_text(tmp_path / "a", "old")

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_text(tmp_path / "a", "new")
    assert names(tmp_path) == ["a"]
    assert (tmp_path / "a").read_text() == "old"


def test_a_new_file_has_the_permissions_that_the_umask_gives(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        write_text(tmp_path / "a", "x")
    finally:
        os.umask(before)
    assert mode(tmp_path / "a") == 0o640


def test_a_replaced_file_keeps_its_permissions(tmp_path: Path) -> None:
    write_text(tmp_path / "a", "secret")
    (tmp_path / "a").chmod(0o600)
    write_text(tmp_path / "a", "new secret")
    assert mode(tmp_path / "a") == 0o600


def test_a_writer_that_makes_a_private_file_of_its_own_does_not_decide(tmp_path: Path) -> None:
    with replacing(tmp_path / "a") as work:
        normal = mode(work)
        work.unlink()
        work.touch(mode=0o600)
    assert mode(tmp_path / "a") == normal != 0o600


def test_writers_of_one_process_do_not_share_a_work_file(tmp_path: Path) -> None:
    texts = [str(number) * 100_000 for number in range(8)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda text: write_text(tmp_path / "a", text), texts * 4))
    assert (tmp_path / "a").read_text() in texts
    assert names(tmp_path) == ["a"]


def test_one_writer_inside_another_does_not_spoil_it(tmp_path: Path) -> None:
    with replacing(tmp_path / "a") as work:
        work.write_text("outer")
        write_text(tmp_path / "a", "inner")
        assert (tmp_path / "a").read_text() == "inner"
    assert (tmp_path / "a").read_text() == "outer"


def test_a_folder_appears_with_all_of_its_files(tmp_path: Path) -> None:
    with replacing_folder(tmp_path / "deep" / "out") as work:
        (work / "inner").mkdir()
        (work / "inner" / "a").write_text("new")
        assert not (tmp_path / "deep" / "out").exists()
    assert names(tmp_path / "deep") == ["out"]
    assert (tmp_path / "deep" / "out" / "inner" / "a").read_text() == "new"


def test_a_folder_is_replaced_whole(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "old").touch()
    with replacing_folder(out) as work:
        (work / "new").touch()
        assert names(out) == ["old"]
    assert names(out) == ["new"]
    assert names(tmp_path) == ["out"]


def test_a_folder_stays_if_the_new_one_cannot_take_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "old").touch()
    replace = Path.replace

    def interrupted(self: Path, target: Path) -> Path:
        if ".new." in self.name:
            raise KeyboardInterrupt
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt), replacing_folder(out) as work:
        (work / "new").touch()
    assert names(out) == ["old"]
    assert names(tmp_path) == ["out"]


def test_what_a_killed_process_left_beside_a_folder_is_tidied(tmp_path: Path) -> None:
    out = tmp_path / "out"
    (tmp_path / f".out.old.{DEAD}-0").mkdir()
    (tmp_path / f".out.old.{DEAD}-0" / "old").touch()
    (tmp_path / f".out.new.{DEAD}-1").mkdir()
    mine, strange = f".out.new.{os.getpid()}-2", f".out.new.{DEAD}x"
    (tmp_path / mine).mkdir()
    (tmp_path / strange).mkdir()
    with replacing_folder(out):
        assert names(out) == ["old"]
    assert names(tmp_path) == sorted([mine, strange, "out"])


def test_two_that_fill_an_empty_place_do_not_replace_each_other(tmp_path: Path) -> None:
    out = tmp_path / "out"

    def write_beside_another() -> None:
        with replacing_folder(out):
            out.mkdir()
            (out / "theirs").write_text("first")

    with pytest.raises(DataError, match="filled by another process"):
        write_beside_another()
    assert (out / "theirs").read_text() == "first"
    assert names(tmp_path) == ["out"]


def test_a_link_to_a_folder_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    with replacing_folder(tmp_path / "link") as work:
        (work / "new").touch()
    assert (tmp_path / "link").is_symlink()
    assert names(tmp_path / "real") == ["new"]


@pytest.mark.parametrize("new", ["file", "folder"])
@pytest.mark.parametrize("old", ["file", "folder", "nothing"])
def test_anything_is_put_in_the_place_of_anything(new: str, old: str, tmp_path: Path) -> None:
    def make(path: Path, kind: str, text: str) -> None:
        if kind == "folder":
            path.mkdir()
            path = path / "a"
        if kind != "nothing":
            path.write_text(text)

    make(tmp_path / "new", new, "new")
    make(tmp_path / "out", old, "old")
    put_in_place(tmp_path / "new", tmp_path / "out")
    assert names(tmp_path) == ["out"]
    file = tmp_path / "out" if new == "file" else tmp_path / "out" / "a"
    assert file.read_text() == "new"
