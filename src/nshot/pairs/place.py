"""Where the journal of a database is when nobody names a file."""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path

_UNSAFE = re.compile(r"[^A-Za-z0-9_.-]+")


def data_folder() -> Path:
    """`NSHOT_DATA`, or the user's data folder for nshot: what cannot be made again lies there."""
    if chosen := os.environ.get("NSHOT_DATA"):
        return Path(chosen)
    from platformdirs import user_data_dir

    return Path(user_data_dir("nshot"))


def default_journal(source: Path | str | None) -> Path:
    """The journal of a database, or of a folder of databases, in the user's data folder.

    Two databases of one name in two places have two journals: a verified answer must never be that
    of another database. A password in a URL does not count.

    Args:
        source: The database's file or URL, or the folder of databases; None for the sample.
    """
    if source is None:
        return data_folder() / "pairs" / "sample.jsonl"
    if isinstance(source, str) and "://" in source:
        text = re.sub(r"(://[^/@]*?):[^/@]*@", r"\1@", source)
        name = text.partition("?")[0].rstrip("/").rpartition("/")[2]
    else:
        path = Path(source).resolve()
        text, name = str(path), path.stem
    digest = hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:8]
    return data_folder() / "pairs" / f"{_UNSAFE.sub('-', name) or 'database'}-{digest}.jsonl"
