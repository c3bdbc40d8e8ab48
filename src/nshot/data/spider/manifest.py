"""The manifest that `prepare` writes beside the splits."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from nshot.artifacts import write_text
from nshot.data.spider.gold_check import BadGold

FORMAT = 1


@dataclass(frozen=True, slots=True)
class InputFile:
    bytes: int
    sha256: str
    git_blob: str
    official: bool | None
    """Whether it is the official file; None if no fingerprint is known."""


@dataclass(frozen=True, slots=True)
class SplitFile:
    rows: int
    databases: int
    """Number of distinct db_ids."""
    repeated: int
    """Rows that repeat an earlier row's question, database and SQL; they are kept."""
    sha256: str
    """SHA-256 of the CSV file."""
    made_from: tuple[str, ...]
    gold_ran: int | None
    """Number of gold queries that ran; None if they were not run."""
    gold_empty: int | None
    """Number of gold queries that ran and returned no row."""


@dataclass(frozen=True, slots=True)
class SpiderManifest:
    source: str
    """Name of the folder or zip file that was read."""
    splits: dict[str, SplitFile]
    inputs: dict[str, InputFile]
    missing: tuple[str, ...]
    """Parts of the official layout that were missing."""
    databases_present: int
    databases_missing: tuple[str, ...]
    """db_ids of questions without a database file."""
    databases_empty: tuple[str, ...]
    """db_ids of questions whose database has no rows or cannot be read."""
    gold_not_running: tuple[BadGold, ...]
    format: int = FORMAT


def write_manifest(manifest: SpiderManifest, file: Path) -> None:
    """Write the manifest as JSON, atomically."""
    fields = asdict(manifest) | {"gold_not_running": [bad._asdict() for bad in manifest.gold_not_running]}
    write_text(file, json.dumps(fields, indent=1, ensure_ascii=False) + "\n")
