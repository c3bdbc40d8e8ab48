"""The folder on disk: one step, one writer, many readers, every damage seen."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import multiprocessing
import os
import time
from collections.abc import Callable
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest

from nshot.errors import (
    DataError,
    IndexDamagedError,
    IndexFolderError,
    IndexLockedError,
    IndexVersionError,
)
from nshot.index.folder import MANIFEST, IndexFolder, lock_for_writing, read_manifest, replace
from nshot.index.keyword.bm25 import BM25Config
from nshot.index.manifest import FORMAT, FileInfo, Manifest


def put(path: Path, content: bytes, count: int = 1) -> Manifest:
    """An index folder with one file."""

    def manifest(data: str, files: dict[str, FileInfo]) -> Manifest:
        return Manifest("0", "now", data, count, "", "never", None, BM25Config(), "none", files=files)

    with lock_for_writing(path):
        return replace(path, {"file": content}, manifest)


def test_what_was_written_is_read(tmp_path: Path) -> None:
    put(tmp_path / "i", b"one")
    with IndexFolder(tmp_path / "i") as folder:
        assert folder.read("file") == b"one"


def test_a_reader_keeps_what_it_opened_when_a_writer_replaces_it(tmp_path: Path) -> None:
    put(tmp_path / "i", b"old")
    with IndexFolder(tmp_path / "i") as reader:
        put(tmp_path / "i", b"new")
        assert reader.read("file") == b"old"
    with IndexFolder(tmp_path / "i") as reader:
        assert reader.read("file") == b"new"


def test_only_the_current_files_stay_on_disk(tmp_path: Path) -> None:
    for content in (b"1", b"2", b"3"):
        manifest = put(tmp_path / "i", content)
    names = {path.name for path in (tmp_path / "i").iterdir()}
    assert names - {".lock"} == {MANIFEST, manifest.data}


@pytest.mark.parametrize("damage", [b"", b"onE", b"one and more"])
def test_every_changed_byte_is_seen(tmp_path: Path, damage: bytes) -> None:
    manifest = put(tmp_path / "i", b"one")
    (tmp_path / "i" / manifest.data / "file").write_bytes(damage)
    with pytest.raises(IndexDamagedError, match="rebuild"), IndexFolder(tmp_path / "i") as folder:
        folder.read("file")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    manifest = put(tmp_path / "i", b"one")
    (tmp_path / "i" / manifest.data / "file").unlink()
    with pytest.raises(IndexDamagedError, match="lacks file"):
        IndexFolder(tmp_path / "i")


def test_no_index_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(IndexFolderError, match="nshot index build"):
        read_manifest(tmp_path)


def test_a_newer_format_is_refused(tmp_path: Path) -> None:
    newer = dataclasses.replace(put(tmp_path / "i", b"one"), format=FORMAT + 1)
    (tmp_path / "i" / MANIFEST).write_text(newer.to_json())
    with pytest.raises(IndexVersionError, match=f"format {FORMAT + 1}.*reads format .*{FORMAT}"):
        read_manifest(tmp_path / "i")


@pytest.mark.parametrize(
    "text", ["", "{", "[]", f'{{"format": {FORMAT}}}', f'{{"format": {FORMAT}, "files": 3}}']
)
def test_a_damaged_manifest_is_refused(tmp_path: Path, text: str) -> None:
    put(tmp_path / "i", b"one")
    (tmp_path / "i" / MANIFEST).write_text(text)
    with pytest.raises(IndexDamagedError):
        read_manifest(tmp_path / "i")


def test_a_folder_with_other_things_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(IndexFolderError, match=r"thesis\.tex"), lock_for_writing(tmp_path):
        pass
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


def test_a_users_folder_with_a_name_like_ours_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "i" / "data-2024").mkdir(parents=True)
    (tmp_path / "i" / "data-2024" / "precious.csv").write_text("years of work")
    with pytest.raises(IndexFolderError, match="data-2024"), lock_for_writing(tmp_path / "i"):
        pass
    put(tmp_path / "j", b"one")
    (tmp_path / "i" / "data-2024").rename(tmp_path / "j" / "data-2024")
    put(tmp_path / "j", b"two")
    assert (tmp_path / "j" / "data-2024" / "precious.csv").read_text() == "years of work"


def test_a_file_in_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "i").write_text("")
    with pytest.raises(IndexFolderError, match="is a file"), lock_for_writing(tmp_path / "i"):
        pass


def test_a_failed_write_leaves_the_old_index_and_nothing_else(tmp_path: Path) -> None:
    old = put(tmp_path / "i", b"old")

    def fails(data: str, files: dict[str, FileInfo]) -> Manifest:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), lock_for_writing(tmp_path / "i"):
        replace(tmp_path / "i", {"file": b"new"}, fails)
    assert {path.name for path in (tmp_path / "i").iterdir()} - {".lock"} == {MANIFEST, old.data}


def _hold(path: Path, held: str) -> None:
    with lock_for_writing(path):
        Path(held).touch()
        time.sleep(60)


def _write_forever(path: Path) -> None:
    number = 0
    while True:
        number += 1
        put(path, str(number).encode() * 50_000, count=number)


def _start(target: Callable[..., None], *arguments: object) -> BaseProcess:
    process = multiprocessing.get_context("fork").Process(target=target, args=arguments)
    process.start()
    return process


def test_a_second_writer_is_refused_and_a_killed_one_frees_the_lock(tmp_path: Path) -> None:
    put(tmp_path / "i", b"one")
    process = _start(_hold, tmp_path / "i", str(tmp_path / "held"))
    while not (tmp_path / "held").exists():
        time.sleep(0.01)
    with pytest.raises(IndexLockedError, match="another process"):
        put(tmp_path / "i", b"two")
    with IndexFolder(tmp_path / "i") as reader:
        assert reader.read("file") == b"one"
    process.kill()
    process.join()
    put(tmp_path / "i", b"two")


def test_a_writer_killed_at_any_moment_leaves_a_whole_index(tmp_path: Path) -> None:
    path = tmp_path / "i"
    put(path, b"0" * 50_000, count=0)
    for moment in range(12):
        process = _start(_write_forever, path)
        time.sleep(0.02 + 0.004 * moment)
        process.kill()
        process.join()
        with IndexFolder(path) as folder:
            assert folder.read("file") == str(folder.manifest.count).encode() * 50_000
    manifest = put(path, b"end")
    assert {p.name for p in path.iterdir()} - {".lock"} == {MANIFEST, manifest.data}


def test_readers_always_find_a_whole_index_while_a_writer_writes(tmp_path: Path) -> None:
    path = tmp_path / "i"
    put(path, b"0" * 50_000, count=0)
    process = _start(_write_forever, path)
    try:
        counts: set[int] = set()
        reads = 0
        given_up = time.monotonic() + 60  # a writer that never writes
        while reads < 200 or (len(counts) < 2 and time.monotonic() < given_up):
            with IndexFolder(path) as folder:
                assert folder.read("file") == str(folder.manifest.count).encode() * 50_000
                counts.add(folder.manifest.count)
            reads += 1
    finally:
        process.kill()
        process.join()
    assert len(counts) > 1


@pytest.mark.parametrize("text", ['{"name": "my web app", "icons": []}', "not even JSON", ""])
def test_the_manifest_of_another_program_is_left_alone(tmp_path: Path, text: str) -> None:
    (tmp_path / MANIFEST).write_text(text)
    (tmp_path / "data-0123456789ab").mkdir()
    with pytest.raises(IndexFolderError, match="belongs to another program"):
        put(tmp_path, b"one")
    assert (tmp_path / MANIFEST).read_text() == text
    assert (tmp_path / "data-0123456789ab").is_dir()


def test_a_damaged_manifest_of_ours_may_be_replaced(tmp_path: Path) -> None:
    put(tmp_path / "i", b"one")
    data = bytearray((tmp_path / "i" / MANIFEST).read_bytes())
    data[5] ^= 1
    (tmp_path / "i" / MANIFEST).write_bytes(bytes(data))
    put(tmp_path / "i", b"two")
    with IndexFolder(tmp_path / "i") as folder:
        assert folder.read("file") == b"two"


def test_a_folder_of_others_with_exactly_our_names_outside_is_left_alone(tmp_path: Path) -> None:
    put(tmp_path / "i", b"one")
    precious = tmp_path / "i" / "data-0123456789ab" / "precious.csv"
    precious.parent.mkdir()
    precious.write_text("years of work")
    put(tmp_path / "i", b"two")
    assert precious.read_text() == "years of work"


def test_a_lock_file_with_content_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / ".lock").write_text("pid 17")
    with pytest.raises(IndexFolderError, match=r"\.lock"):
        put(tmp_path, b"one")
    put(tmp_path / "i", b"one")
    (tmp_path / "i" / ".lock").write_text("pid 17")
    with pytest.raises(DataError, match="is not a lock of nshot"):
        put(tmp_path / "i", b"two")
    assert (tmp_path / "i" / ".lock").read_text() == "pid 17"


def test_every_flipped_bit_of_a_manifest_is_seen_when_it_is_opened(tmp_path: Path) -> None:
    put(tmp_path / "i", b"one")
    file = tmp_path / "i" / MANIFEST
    whole = file.read_bytes()
    for at in range(len(whole)):
        flipped = bytearray(whole)
        flipped[at] ^= 1 << at % 8
        file.write_bytes(bytes(flipped))
        with pytest.raises(IndexDamagedError, match="rebuild"):
            read_manifest(tmp_path / "i")


def test_a_manifest_without_a_checksum_is_read_and_never_a_traceback(tmp_path: Path) -> None:
    put(tmp_path / "i", b"one")
    file = tmp_path / "i" / MANIFEST
    record = json.loads(file.read_text())
    assert read_manifest(tmp_path / "i").is_sealed
    del record["sha256"]
    whole = json.dumps(record, indent=2).encode()
    file.write_bytes(whole)
    assert not read_manifest(tmp_path / "i").is_sealed
    for at in range(len(whole)):
        flipped = bytearray(whole)
        flipped[at] ^= 1 << at % 8
        file.write_bytes(bytes(flipped))
        with contextlib.suppress(IndexFolderError), IndexFolder(tmp_path / "i") as folder:
            folder.verify()


def test_files_are_flushed_before_the_manifest_names_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path / "new" / "i", b"zero")
    steps: list[str] = []
    flush, rename = os.fsync, Path.replace

    def record_flush(descriptor: int) -> None:
        steps.append("flush " + Path(f"/proc/self/fd/{descriptor}").readlink().name)
        flush(descriptor)

    def record_rename(self: Path, target: Path) -> Path:
        steps.append(f"put {target.name}")
        return rename(self, target)

    monkeypatch.setattr(os, "fsync", record_flush)
    monkeypatch.setattr(Path, "replace", record_rename)
    put(tmp_path / "new" / "i", b"one")
    at = steps.index("put manifest.json")
    assert "flush i" in steps[:at]
    assert "flush file" in steps[:at]
    assert "flush i" in steps[at:]
