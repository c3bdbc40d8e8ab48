"""Checksums of files and of single records of JSONL, so that a flipped bit is noticed on
reading."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

CHECKSUM = "sha256"
"""Key of a record's checksum."""


def seal(record: Mapping[str, Any]) -> dict[str, Any]:
    """The record as plain JSON values, with a checksum of all others as its last key.

    The checksum is one of the content: a program that writes the line again with other blanks keeps
    it valid.

    >>> check_seal(seal({"sql": "SELECT 1"})), check_seal({"sql": "SELECT 1"})
    (True, True)
    >>> check_seal(seal({"sql": "SELECT 1"}) | {"sql": "SELECT 2"})
    False
    """
    plain: dict[str, Any] = json.loads(json.dumps(dict(record), default=str))
    return {**plain, CHECKSUM: _digest(plain)}


def check_seal(record: Mapping[str, Any]) -> bool:
    """Whether a record is as it was sealed; one without a checksum is taken as it is."""
    if CHECKSUM not in record:
        return True
    return bool(
        record[CHECKSUM] == _digest({name: value for name, value in record.items() if name != CHECKSUM})
    )


def _digest(record: Mapping[str, Any]) -> str:
    text = json.dumps(record, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def file_sha256(path: Path) -> str:
    """SHA-256 of a file's bytes, in hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
