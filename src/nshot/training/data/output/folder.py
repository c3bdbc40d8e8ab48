"""The folder of fine-tuning data: its files, and whether it may be replaced."""

from __future__ import annotations

from pathlib import Path

from nshot.artifacts import check_new_folder, parse_json
from nshot.errors import DataError
from nshot.training.data.output.files import FORMATS

CARD, RUN = "README.md", "run.json"
KIND = "fine-tuning data"
"""The kind of folder in run.json."""
PARTS = ("train", "held_out")
_OURS = frozenset((CARD, RUN, *(f"{part}.{ending}" for part in PARTS for ending in FORMATS)))


def check_folder(out: Path, overwrite: bool) -> None:
    """Raise an error if fine-tuning data must not be written to the folder.

    Raises:
        DataError: `out` has other files, or fine-tuning data while `overwrite` is False, or it is
            the working directory.
    """
    if out.resolve() == Path.cwd():
        raise DataError(f"{out} is the working directory, which cannot be replaced; give a folder inside it")
    if not out.exists() or (out.is_dir() and not any(out.iterdir())):
        return
    if not _is_ours(out):
        check_new_folder(out)
    if not overwrite:
        raise DataError(f"{out} has fine-tuning data; replace it with `overwrite`, or give another folder")


def _is_ours(out: Path) -> bool:
    if not out.is_dir() or any(entry.name not in _OURS for entry in out.iterdir()):
        return False
    try:
        found = parse_json((out / RUN).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(found, dict) and found.get("kind") == KIND
