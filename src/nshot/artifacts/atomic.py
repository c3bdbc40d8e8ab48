"""Atomic writes: a file or folder appears completely, or the old content stays.

Each writer uses its own file or folder beside the target, flushes it to disk, and renames it. A
reader therefore never sees a half-written file, concurrent writers do not affect each other (the
last one wins), and after a power failure the disk has either the old content or the new one.
"""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from nshot.errors import DataError


def write_text(path: Path, text: str, errors: str = "strict") -> None:
    r"""Writes a text file atomically: UTF-8, line breaks as they are in `text`.

    Args:
        path: The file. Its folder must exist.
        text: All of its content.
        errors: What to do with half a surrogate pair, which UTF-8 cannot hold: as `str.encode`
            takes it.
    """
    write_bytes(path, text.encode("utf-8", errors))


def write_bytes(path: Path, data: bytes) -> None:
    """Writes a binary file atomically. Its folder must exist."""
    with replacing(path) as work:
        work.write_bytes(data)


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yields an empty file beside `path` to write to. At the end of the block it replaces `path`.

    If the block raises, the work file is removed and `path` stays as it was. The new file has the
    permissions of the old one, or those that the umask gives to a new file. A symbolic link is
    replaced, not followed.

    For example:

        with replacing(folder / "weights.pt") as work:
            torch.save(weights, work)
    """
    work = work_path(path)
    os.close(os.open(work, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
    try:
        mode = _mode(path if path.is_file() else work)
        yield work
        sync(work)
        if (
            _mode(work) != mode
        ):  # of a file that is replaced, or that the block made again as safetensors does
            work.chmod(mode)
        work.replace(path)
        sync(path.parent)
    finally:
        work.unlink(missing_ok=True)


def work_prefix(name: str) -> str:
    """Prefix of the names of all work files and folders for a target of this name.

    A killed process leaves its work file behind. Whoever owns the folder may remove files with this
    prefix.

    >>> work_prefix("state.pt")
    '.state.pt.'
    """
    return f".{name}."


def work_path(path: Path, word: str = "new") -> Path:
    """A hidden path beside `path` that no other writer uses; nothing is created.

    Args:
        path: The target.
        word: What the work is: "new" content, or the "old" content on its way out.
    """
    return path.with_name(f"{work_prefix(path.name)}{word}.{os.getpid()}-{os.urandom(4).hex()}")


@contextmanager
def replacing_folder(out: Path) -> Iterator[Path]:
    """Yields an empty folder beside `out` to fill. At the end of the block it replaces `out`.

    If the block raises, the new folder is removed and `out` stays as it was. What killed processes
    left beside `out` is removed first. If `out` is a link to a folder, the link stays and that
    folder is replaced.

    Raises:
        DataError: `out` was empty or missing at the start, and another process has filled it
            meanwhile.
    """
    out = out.resolve()
    _tidy(out)
    was_empty = not _holds_something(out)
    work = work_path(out)
    work.mkdir(parents=True)
    try:
        yield work
        if was_empty and _holds_something(out):
            raise DataError(f"{out} was filled by another process meanwhile; name another folder")
        for path in (*work.rglob("*"), work):
            sync(path)
        put_in_place(work, out)
    finally:
        shutil.rmtree(work, ignore_errors=True)


@contextmanager
def scratch_folder(parent: Path, word: str) -> Iterator[Path]:
    """The path of a hidden folder in `parent` that nobody else uses; it is removed at the end of
    the block.

    The folder is not made. What killed processes left of the same word is removed first.

    Args:
        parent: On the file system on which the content is needed.
        word: What it is for, as a part of its name.
    """
    out = parent.resolve() / word
    _tidy(out, give_back=False)
    work = work_path(out)
    try:
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)


def put_in_place(new: Path, out: Path) -> None:
    """Move a finished file or folder to `out`, replacing the file or folder there.

    A file is replaced in one step. A folder needs two: the old one is moved aside first, and moved
    back if the second step fails. Both paths must be on one file system.
    """
    if not new.is_dir():
        sync(new)
    aside = work_path(out, "old")
    try:
        if out.exists() and (out.is_dir() or new.is_dir()):
            out.replace(aside)
        new.replace(out)
        sync(out.parent)
    finally:
        if aside.exists() and not out.exists():
            aside.replace(out)
        _remove(aside)


def make_folder(path: Path) -> None:
    """Makes a folder, and those that it lies in, so that a power cut does not take them away
    again."""
    missing = [folder for folder in (path, *path.absolute().parents) if not folder.exists()]
    path.mkdir(parents=True, exist_ok=True)
    for folder in missing:
        sync(folder.absolute().parent)


def sync(path: Path) -> None:
    """Flushes a file, or the list of names in a folder, to disk.

    Windows and some network file systems cannot flush a folder: there, it is left to the system.
    """
    if not path.is_dir():
        _flush(path, os.O_RDONLY if os.name == "posix" else os.O_RDWR)
    elif os.name == "posix":
        with suppress(OSError):
            _flush(path, os.O_RDONLY)


def _flush(path: Path, flags: int) -> None:
    descriptor = os.open(path, flags)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def _tidy(out: Path, give_back: bool = True) -> None:
    """Remove what killed processes left beside `out`, and restore `out` if one of them had moved it
    aside.
    """
    if not out.parent.is_dir():
        return
    for left in sorted(out.parent.iterdir()):
        rest = left.name.removeprefix(work_prefix(out.name))
        word, _, writer = rest.partition(".")
        process = writer.partition("-")[0]
        if rest == left.name or word not in ("new", "old") or not process.isdecimal():
            continue
        if _is_running(int(process)):
            continue
        if word == "old" and give_back and not out.exists():
            left.replace(out)
        else:
            _remove(left)


def _holds_something(out: Path) -> bool:
    return out.is_dir() and any(out.iterdir())


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:  # the file belongs to another user
        return True
    return True
