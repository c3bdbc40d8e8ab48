"""The folder of fine-tuning data: its files, and whether it may be replaced."""

from __future__ import annotations

import json
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
        raise DataError(f"{out} holds fine-tuning data; replace it with `overwrite`, or name another folder")


def _is_ours(out: Path) -> bool:
    if not out.is_dir() or any(entry.name not in _OURS for entry in out.iterdir()):
        return False
    try:
        found = json.loads((out / RUN).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(found, dict) and found.get("kind") == KIND
