"""An index on disk: many readers, one writer, atomic replacement.

``` DIR/manifest.json      the pointer: names the data folder and the checksum of each file in it
DIR/data-<hex>/        the files that the manifest names DIR/.lock              held by the writer
``` The index is crash-safe. A writer fills a new folder and then replaces the manifest with
`os.replace`. If it is killed, either the old manifest with the old files or the new manifest with
the new files is left. The next writer removes what a killed writer left behind. A reader opens
every file when it opens the folder, so a later writer cannot take the files away from it.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import uuid
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from nshot.artifacts import hold_lock, make_folder, put_in_place, sync
from nshot.errors import IndexDamagedError, IndexFolderError, IndexLockedError
from nshot.index.manifest import FileInfo, Manifest, is_manifest

MANIFEST = "manifest.json"
LOCK = ".lock"
DATA, UNFINISHED = "data-", ".unfinished-"
FILES = (
    "examples.jsonl",
    "schemas.json",
    *(f"{field}.{kind}" for field in ("question", "masked", "content") for kind in ("bm25", "faiss")),
)
"""Names of the files in a data folder."""
_OURS = re.compile(r"(data-|\.unfinished-)[0-9a-f]{12}")
ATTEMPTS = 5
"""How often a reader tries to open the folder if a writer replaces the index at the same time."""


def read_manifest(path: Path) -> Manifest:
    """The manifest of the index in `path`.

    Raises:
        IndexFolderError: There is no index.
        IndexVersionError: The index has a newer format.
        IndexDamagedError: The manifest cannot be read.
    """
    manifest = path / MANIFEST
    if not manifest.is_file():
        if path.is_file():
            raise IndexFolderError(
                f"{path} is a file, and an index is a folder; make one: nshot index build --pool FILE "
                "--out DIR"
            )
        raise IndexFolderError(f"no index in {path}; make one: nshot index build --pool FILE --out {path}")
    try:
        text = manifest.read_bytes().decode()
    except UnicodeDecodeError as error:
        raise IndexDamagedError(f"{manifest} is damaged ({error}); rebuild the index") from error
    return Manifest.from_json(text, str(manifest))


class IndexFolder:
    """An open index: its manifest and its files. The checksum of a file is verified when it is
    read.
    """

    def __init__(self, path: Path) -> None:
        self._open: dict[str, BinaryIO] = {}
        self.path = path
        for attempt in range(ATTEMPTS):
            self.manifest = read_manifest(path)
            try:
                self._open = self._open_files()
                return
            except FileNotFoundError as error:
                if attempt == ATTEMPTS - 1:
                    raise IndexDamagedError(
                        f"the index in {path} lacks {Path(error.filename).name}; rebuild the index"
                    ) from error

    def _open_files(self) -> dict[str, BinaryIO]:
        opened: dict[str, BinaryIO] = {}
        try:
            for name in self.manifest.files:
                opened[name] = (self.path / self.manifest.data / name).open("rb")
                self._check_size(name, os.fstat(opened[name].fileno()).st_size)
        except BaseException:
            for file in opened.values():
                file.close()
            raise
        return opened

    def _check_size(self, name: str, found: int) -> None:
        """A cheap look at every file when the folder is opened; `read` proves all bytes.

        Raises:
            IndexDamagedError: The file has another size than the manifest says.
        """
        expected = self.manifest.files[name].bytes
        if found != expected:
            raise IndexDamagedError(
                f"{self.path / self.manifest.data / name} is damaged: expected {expected} bytes, found "
                f"{found}; rebuild the index"
            )

    def read(self, name: str) -> bytes:
        """The content of one file.

        Raises:
            IndexDamagedError: The content does not match its checksum.
        """
        file, expected = self._open[name], self.manifest.files[name]
        file.seek(0)
        data = file.read()
        if len(data) != expected.bytes or hashlib.sha256(data).hexdigest() != expected.sha256:
            raise IndexDamagedError(
                f"{self.path / self.manifest.data / name} is damaged: expected {expected.bytes} bytes with "
                f"SHA-256 {expected.sha256[:12]}..., found {len(data)} bytes; rebuild the index"
            )
        return data

    def verify(self) -> None:
        """Read every file and verify its checksum.

        Raises:
            IndexDamagedError: A file does not match its checksum.
        """
        for name in self.manifest.files:
            self.read(name)

    def close(self) -> None:
        """Close the files."""
        for file in self._open.values():
            file.close()
        self._open = {}

    def __del__(self) -> None:
        self.close()

    def __enter__(self) -> IndexFolder:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def check_index_place(path: Path) -> None:
    """Refuse a place where an index must not be written: better before the pool is read.

    Raises:
        IndexFolderError: The path is a file, or a folder that holds something other than an index.
    """
    if path.exists() and not path.is_dir():
        raise IndexFolderError(f"{path} is a file; name a folder for the index")
    manifest = path / MANIFEST
    if manifest.exists() and not (manifest.is_file() and is_manifest(manifest)):
        raise IndexFolderError(f"{manifest} belongs to another program; name another folder for the index")
    if path.is_dir() and not manifest.exists():
        strangers = [p.name for p in path.iterdir() if not _ours(p)]
        if strangers:
            raise IndexFolderError(
                f"{path} is not empty and holds no index ({', '.join(sorted(strangers)[:3])}); "
                "name a new folder"
            )


@contextmanager
def lock_for_writing(path: Path) -> Iterator[None]:
    """Hold the writer's lock of `path`; the folder is created if it does not exist.

    Raises:
        IndexLockedError: Another process holds the lock.
        IndexFolderError: The path is a file, or a folder that holds something other than an index.
    """
    check_index_place(path)
    make_folder(path)
    problem = IndexLockedError(f"another process is writing to {path}; try again when it is done")
    with hold_lock(path / LOCK, problem):
        yield


def replace(
    path: Path, files: Mapping[str, bytes], manifest: Callable[[str, dict[str, FileInfo]], Manifest]
) -> Manifest:
    """Replace the index atomically; call it inside `lock_for_writing`.

    Args:
        path: The index folder.
        files: Content of each file by name.
        manifest: Makes the manifest from the data folder's name and the files' checksums.
    """
    unfinished = path / f"{UNFINISHED}{uuid.uuid4().hex[:12]}"
    unfinished.mkdir()
    try:
        infos = {name: _write(unfinished / name, data) for name, data in files.items()}
        data_folder = path / f"{DATA}{uuid.uuid4().hex[:12]}"
        made = manifest(data_folder.name, infos)
        _write(unfinished / MANIFEST, made.to_json().encode())
        sync(unfinished)
        unfinished.rename(data_folder)
        sync(path)  # the files are there before the manifest that names them
        put_in_place(data_folder / MANIFEST, path / MANIFEST)
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise
    for leftover in path.iterdir():
        if leftover.name != data_folder.name and leftover.name != LOCK and _ours(leftover, infos):
            shutil.rmtree(leftover, ignore_errors=True)
    return made


def remove_files(path: Path) -> None:
    """Remove the data folders of an index whose manifest names none of them any more."""
    for leftover in path.iterdir():
        if leftover.name != LOCK and leftover.is_dir() and _ours(leftover):
            shutil.rmtree(leftover, ignore_errors=True)


def _ours(entry: Path, names: Collection[str] = ()) -> bool:
    """Whether something in the folder is an index's: by its name, and for a folder by what is in
    it.

    Args:
        entry: The lock, or a folder that a writer filled.
        names: Further names of files of an index.
    """
    if entry.name == LOCK:
        return entry.is_file() and not entry.stat().st_size
    if not _OURS.fullmatch(entry.name) or entry.is_symlink() or not entry.is_dir():
        return False
    known = {MANIFEST, *FILES, *names}
    return all(file.name in known and file.is_file() for file in entry.iterdir())


def _write(path: Path, data: bytes) -> FileInfo:
    path.write_bytes(data)
    sync(path)
    return FileInfo(len(data), hashlib.sha256(data).hexdigest())
