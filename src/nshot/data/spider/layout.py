"""The official Spider release: its files, its splits, its fingerprints."""

from __future__ import annotations

import hashlib
from pathlib import Path

from nshot.errors import DataError

SPIDER_URL = (
    "https://drive.usercontent.google.com/download"
    "?id=1403EGqzIDoHMdQF4c9Bkyl7dZLZ5Wt6J&export=download&authuser=0&confirm=t"
)
"""The archive that Spider's page links to; `confirm` skips Google's page about large files."""

SPLITS = {"train": ("train_spider.json", "train_others.json"), "dev": ("dev.json",), "test": ("test.json",)}
"""Split -> the files that it consists of, in this order."""

EXPECTED = (
    "train_spider.json",
    "train_others.json",
    "dev.json",
    "test.json",
    "tables.json",
    "test_tables.json",
    "database",
    "test_database",
)

GIT_BLOBS = {
    "train_spider.json": "673f7c4ca415a4fd1ebb8654960c2ff18cbc90c3",
    "train_others.json": "cdbb95e730172ea090c64d577826bba4d6ab04f4",
    "dev.json": "4e0338a32452",
    "test.json": "cdd8e6dcaa6501a991acb819c92b257f64878fd7",
    "dev_gold.sql": "58170499fdec73ba939b1d1ed28d4c578eac3f6e",
}
"""Git object ids of the official files; for dev.json only the first digits are known."""


def find_root(folder: Path) -> Path:
    """The folder with Spider's files: the given one, or the only one below it that has them.

    Raises:
        DataError: There is none, or more than one.
    """
    if _holds_spider(folder):
        return folder
    below = [entry for entry in sorted(folder.iterdir()) if entry.is_dir() and _holds_spider(entry)]
    if len(below) == 1:
        return below[0]
    names = ", ".join(name for names in SPLITS.values() for name in names)
    found = "more than one folder with them: " + ", ".join(map(str, below)) if below else "none of them"
    raise DataError(
        f"{folder}: expected Spider's layout ({names}, database/), found {found}; see nshot data download"
    )


def check_files(root: Path) -> dict[str, str]:
    """File -> "official", "differs" or "missing", for the files whose fingerprint is known."""
    return {name: _check(root / name, blob) for name, blob in GIT_BLOBS.items()}


def git_blob(file: Path) -> str:
    """The file's object id in git: SHA-1 over a short header and the content."""
    data = file.read_bytes()
    return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()


def _check(file: Path, blob: str) -> str:
    if not file.is_file():
        return "missing"
    return "official" if git_blob(file).startswith(blob) else "differs"


def _holds_spider(folder: Path) -> bool:
    return any((folder / name).is_file() for names in SPLITS.values() for name in names)
