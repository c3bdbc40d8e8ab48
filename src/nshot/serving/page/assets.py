"""The static files of the page, read once and addressed by their content."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

STATIC = Path(__file__).resolve().parent / "static"

MEDIA_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
}


@dataclass(frozen=True, slots=True)
class Assets:
    """Files by their path below `static/`, such as `js/ask.js`."""

    files: Mapping[str, bytes]
    digest: str
    """First 16 hex digits of a SHA-256 over all names and contents. It is part of every address, so
    that a browser may keep a file for ever, and modules that import each other are of one
    version."""

    @property
    def root(self) -> str:
        """The address below which the files are."""
        return f"/static/{self.digest}"


def load_assets(folder: Path = STATIC) -> Assets:
    """The files of a folder. A request can then name a file, but no path that is opened.

    Args:
        folder: Files of other types than `MEDIA_TYPES` are no assets.
    """
    paths = sorted(path for path in folder.rglob("*") if path.suffix in MEDIA_TYPES)
    files = {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}
    digest = hashlib.sha256()
    for name, content in files.items():
        digest.update(f"{name} {len(content)}\n".encode() + content)
    return Assets(MappingProxyType(files), digest.hexdigest()[:16])
