"""The folder of fine-tuning data: whose it is, and its replacement in one step."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from nshot.errors import DataError
from nshot.training.data.output.files import FORMATS

CARD, RUN = "README.md", "run.json"
KIND = "fine-tuning data"
"""What run.json says of a folder of ours."""
PARTS = ("train", "held_out")
_OURS = frozenset((CARD, RUN, *(f"{part}.{ending}" for part in PARTS for ending in FORMATS)))


def check_folder(out: Path, overwrite: bool) -> None:
    """Nothing, where fine-tuning data may be written to `out`.

    Raises:
        DataError: It may not: `out` holds other things, or such data, and `overwrite` is not said; or it is
            the working directory.
    """
    if out.resolve() == Path.cwd():
        raise DataError(
            f"{out} is the folder that you are in, and it is put there whole; name one inside of it"
        )
    if not out.exists() or (out.is_dir() and not any(out.iterdir())):
        return
    if not _is_ours(out):
        raise DataError(f"{out} holds other things; name a folder that is empty or not there yet")
    if not overwrite:
        raise DataError(f"{out} holds fine-tuning data; replace it with --overwrite, or name another folder")


@contextmanager
def appearing(out: Path) -> Iterator[Path]:
    """A folder to write to, which becomes `out` at the end, and leaves nothing if that does not come.

    What `out` held stays until the new is in its place. A link to a folder stays a link.
    """
    out = out.resolve()
    _tidy(out)
    was_empty = not _holds_something(out)
    work, old = (out.parent / f".{out.name}.{word}.{os.getpid()}" for word in ("new", "old"))
    work.mkdir(parents=True)
    try:
        yield work
        if was_empty and _holds_something(out):
            raise DataError(f"{out} was filled by another process meanwhile; name another folder")
        if out.exists():
            out.replace(old)
        work.replace(out)
    finally:
        if old.exists() and not out.exists():
            old.replace(out)
        for leftover in (work, old):
            shutil.rmtree(leftover, ignore_errors=True)


def _holds_something(out: Path) -> bool:
    return out.is_dir() and any(out.iterdir())


def _tidy(out: Path) -> None:
    """Removes what killed processes left beside `out`; gives `out` back where one took it away."""
    for word in ("old", "new"):
        for left in out.parent.glob(f".{out.name}.{word}.*"):
            number = left.name.rpartition(".")[2]
            if not number.isdecimal() or _lives(int(number)):
                continue
            if word == "old" and not out.exists():
                left.replace(out)
            else:
                shutil.rmtree(left, ignore_errors=True)


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:  # it is another user's
        return True
    return True


def _is_ours(out: Path) -> bool:
    if not out.is_dir() or any(entry.name not in _OURS for entry in out.iterdir()):
        return False
    try:
        found = json.loads((out / RUN).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(found, dict) and found.get("kind") == KIND
