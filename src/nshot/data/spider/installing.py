"""Moves what an archive held to where it stays, in place of what an earlier download put there.

Files of others, and files that were changed, are never replaced. `.nshot-download.json` in the
folder keeps a hash of each entry that was put there, so that the next download knows its own.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

from nshot.artifacts import parse_json, put_in_place, write_text
from nshot.errors import DataError

RECORD = ".nshot-download.json"
KIND = "nshot download"
_OWN = ("spider.zip", "spider.zip.part", "spider.zip.part.json", ".download.lock", "processed")
_OWN_BEGINNINGS = (".nshot-", ".unpacking", ".replaced", ".preparing", ".spider.zip")
"""Names that nshot uses in the folder itself, and how they begin."""


def refuse_own_names(names: Sequence[str], archive: Path) -> None:
    """Refuses an archive that would write over the files by which nshot keeps the folder.

    Raises:
        DataError: It says which member.
    """
    for name in names:
        if name.lower() in _OWN or name.lower().startswith(_OWN_BEGINNINGS):
            raise DataError(
                f"{archive} holds {name!r}, a name that nshot uses itself; unpack it yourself into another "
                "folder, and give that to nshot data prepare"
            )


def install(entries: Sequence[Path], folder: Path) -> None:
    """Moves files and folders into `folder`.

    Raises:
        DataError: One would replace something that no download put there; nothing was moved.
    """
    known = _read_record(folder)
    hashes = {entry.name: hash_tree(entry) for entry in entries}
    same = set()
    for name, digest in hashes.items():
        there = folder / name
        if not there.exists() and not there.is_symlink():
            continue
        found = hash_tree(there)
        if found == digest:
            same.add(name)
        elif found not in known.get(name, ()):
            raise DataError(
                f"{there} was not put there by a download, or was changed since, and is not replaced; "
                "move it away, or choose another `out`"
            )
    both = {name: [*known.get(name, ()), digest] for name, digest in hashes.items()}
    _write_record(folder, {**known, **both})  # a killed run leaves some of the old ones, some of the new
    for entry in entries:
        if entry.name not in same:
            put_in_place(entry, folder / entry.name)
    _write_record(folder, {**known, **{name: [digest] for name, digest in hashes.items()}})


def hash_tree(path: Path) -> str:
    """SHA-256 over the content of a file, or over names and contents of all files in a folder."""
    if path.is_symlink():
        return f"link {path.readlink()}"
    if path.is_file():
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    digest = hashlib.sha256()
    for entry in sorted(path.iterdir()):
        digest.update(f"{entry.name}\n{hash_tree(entry)}\n".encode("utf-8", "surrogateescape"))
    return digest.hexdigest()


def _read_record(folder: Path) -> dict[str, list[str]]:
    try:
        found = parse_json((folder / RECORD).read_bytes())
        return {str(name): [*map(str, hashes)] for name, hashes in found["entries"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def _write_record(folder: Path, entries: dict[str, list[str]]) -> None:
    write_text(folder / RECORD, json.dumps({"kind": KIND, "entries": entries}, indent=1) + "\n")
