"""The manifest of an index folder, `manifest.json`."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field
from typing import Any, NamedTuple

from nshot.errors import IndexDamagedError, IndexVersionError
from nshot.index.keyword.bm25 import BM25Config

FORMAT = 3
"""Incremented whenever an older nshot could misread the new files."""
READABLE = (2, FORMAT)
"""In format 2 all examples have one policy, and there are no content vectors."""


class FileInfo(NamedTuple):
    bytes: int
    sha256: str


class EncoderInfo(NamedTuple):
    name: str
    fingerprint: str
    dim: int


@dataclass(frozen=True)
class Manifest:
    """What an index was built from and which files belong to it."""

    nshot: str
    """The version of nshot that wrote it."""
    created: str
    """Time of writing, UTC, ISO 8601."""
    data: str
    """Name of the sub-folder with the files."""
    count: int
    """Number of examples."""
    pool_sha256: str
    """SHA-256 over id, db_id, question, SQL, difficulty and tags of every example, in order."""
    same_db: str
    """`never` or `allow`: whether a question may be shown examples of its own database; `mixed` if the pools
    have different policies (`Entry.same_db`)."""
    encoder: EncoderInfo | None
    """None for an index without vectors."""
    bm25: BM25Config
    vectors: str
    """Kind of vector index: `flat`, `hnsw`, or `none`."""
    vectors_asked: str = "auto"
    """The requested kind, `flat`, `hnsw` or `auto`; it still applies when examples are added."""
    files: dict[str, FileInfo] = field(default_factory=dict)
    content: EncoderInfo | None = None
    """The encoder of the content vectors; None for an index without them."""
    notes: dict[str, int] = field(default_factory=dict)
    """Counts for the user: databases, examples masked without a schema ..."""
    format: int = FORMAT

    def identity(self) -> str:
        """A digest that is equal for indexes that give the same candidates."""
        deciding = {
            "files": {name: info.sha256 for name, info in self.files.items()},
            "same_db": self.same_db,
            "encoder": self.encoder and self.encoder.fingerprint,
            **({"content": self.content.fingerprint} if self.content else {}),
        }
        return hashlib.sha256(json.dumps(deciding, sort_keys=True).encode()).hexdigest()

    def to_json(self) -> str:
        """The manifest as indented JSON."""
        record = asdict(self)
        record["files"] = {name: info._asdict() for name, info in self.files.items()}
        for name in ("encoder", "content"):
            record[name] = record[name] and EncoderInfo(*record[name])._asdict()
        return json.dumps(record, indent=2, ensure_ascii=False) + "\n"

    @classmethod
    def from_json(cls, text: str, where: str) -> Manifest:
        """The manifest written by `to_json`.

        Raises:
            IndexVersionError: Its format is none of READABLE.
            IndexDamagedError: The text is not a manifest.
        """
        try:
            record: dict[str, Any] = json.loads(text)
            found = record["format"]
        except (ValueError, KeyError, TypeError) as error:
            raise IndexDamagedError(f"{where} is not an index manifest; rebuild the index") from error
        if found not in READABLE:
            raise IndexVersionError(
                f"{where} has format {found}, this nshot reads format {' and '.join(map(str, READABLE))}; "
                "upgrade nshot, or rebuild the index with this one"
            )
        try:
            record["files"] = {name: FileInfo(**info) for name, info in record["files"].items()}
            for name in ("encoder", "content"):
                record[name] = record.get(name) and EncoderInfo(**record[name])
            record["bm25"] = BM25Config(**record["bm25"])
            return cls(**record)
        except (TypeError, AttributeError, KeyError) as error:
            raise IndexDamagedError(f"{where} is damaged ({error}); rebuild the index") from error
