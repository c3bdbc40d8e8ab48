"""The manifest of an index folder, `manifest.json`."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from nshot.artifacts import parse_json
from nshot.errors import IndexDamagedError, IndexVersionError, OptionError
from nshot.index.keyword.bm25 import BM25Config

CHECKSUM = "sha256"
"""Key of the manifest's own checksum: of its bytes, with zeros in the place of the checksum."""
_BLANK = "0" * 64
FORMAT = 3
"""Incremented whenever an older nshot could misread the new files."""
READABLE = (2, FORMAT)
"""In format 2 all examples have one policy, and there are no content vectors."""


class FileInfo(NamedTuple):
    bytes: int
    sha256: str


class StoreInfo(NamedTuple):
    """Which store keeps the examples, if it is not the folder itself."""

    kind: str
    """`lancedb` or `milvus`."""
    url: str
    """Without a password."""


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
    """`never` or `allow`: whether a question may be shown examples of its own database; `mixed` if
    the pools have different policies (`Entry.same_db`)."""
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
    store: StoreInfo | None = None
    """The store of the examples, in whose table `data` they are; None for the folder itself."""
    format: int = FORMAT
    is_sealed: bool = True
    """Whether the manifest has a checksum of its own; not kept in it."""

    def identity(self) -> str:
        """A digest that is equal for indexes that give the same candidates."""
        deciding = {
            "files": {name: info.sha256 for name, info in self.files.items()},
            "same_db": self.same_db,
            "encoder": self.encoder and self.encoder.fingerprint,
            **({"content": self.content.fingerprint} if self.content else {}),
            **({"pool": self.pool_sha256, "bm25": asdict(self.bm25)} if self.store else {}),
        }
        return hashlib.sha256(json.dumps(deciding, sort_keys=True).encode()).hexdigest()

    def to_json(self) -> str:
        """The manifest as indented JSON."""
        record = asdict(self)
        del record["is_sealed"]
        if self.store is None:
            del record["store"]
        else:
            record["store"] = self.store._asdict()
        record["files"] = {name: info._asdict() for name, info in self.files.items()}
        for name in ("encoder", "content"):
            record[name] = record[name] and EncoderInfo(*record[name])._asdict()
        text = json.dumps({**record, CHECKSUM: _BLANK}, indent=2, ensure_ascii=False) + "\n"
        return text.replace(_BLANK, _digest(text))

    @classmethod
    def from_json(cls, text: str, where: str) -> Manifest:
        """The manifest written by `to_json`; older ones have no checksum of their own.

        Raises:
            IndexVersionError: Its format is none of READABLE.
            IndexDamagedError: The text is not a manifest, or not as it was written.
        """
        damaged = f"{where} is damaged, or is not the manifest of an index"
        try:
            record: dict[str, Any] = parse_json(text)
            found = record["format"]
            checksum = record.pop(CHECKSUM, None)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise IndexDamagedError(f"{damaged}; rebuild the index") from error
        if checksum is not None and not _is_whole(text, checksum):
            raise IndexDamagedError(f"{where} is not as it was written; rebuild the index")
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
            record["store"] = StoreInfo(**record["store"]) if record.get("store") else None
            made = cls(**record, is_sealed=checksum is not None)
            made._check_types()
        except (TypeError, AttributeError, KeyError, ValueError, OptionError) as error:
            raise IndexDamagedError(f"{damaged} ({error}); rebuild the index") from error
        return made

    def _check_types(self) -> None:
        """Checks the values of a manifest that has no checksum.

        Raises:
            ValueError: One cannot be.
        """
        texts = [self.nshot, self.created, self.data, self.pool_sha256, *(self.store or ())]
        names = [*self.files, self.data]
        sizes = [self.count, *(info.bytes for info in self.files.values()), *self.notes.values()]
        for encoder in (self.encoder, self.content):
            if encoder is not None:
                texts += [encoder.name, encoder.fingerprint]
                sizes.append(encoder.dim)
        if not all(isinstance(text, str) for text in texts):
            raise ValueError("text is missing")
        if not all(re.fullmatch(r"[\w][\w.-]*", name) for name in names):
            raise ValueError("a name of a file cannot be")
        if not all(isinstance(size, int) and size >= 0 for size in sizes):
            raise ValueError("a number cannot be")
        if not all(re.fullmatch("[0-9a-f]{64}", info.sha256) for info in self.files.values()):
            raise ValueError("a checksum cannot be")
        if self.same_db not in ("never", "allow", "mixed") or self.vectors not in ("flat", "hnsw", "none"):
            raise ValueError("a word is unknown")


def is_manifest(path: Path) -> bool:
    """Whether a file is the manifest of an index, perhaps a damaged one, of any format."""
    data = path.read_bytes()
    return sum(f'"{name}"'.encode() in data for name in ("pool_sha256", "same_db", "bm25")) >= 2


def _digest(text: str) -> str:
    """SHA-256 of the manifest's text with a blank in the place of the checksum."""
    return hashlib.sha256(text.encode()).hexdigest()


def _is_whole(text: str, checksum: Any) -> bool:
    if not isinstance(checksum, str) or text.count(checksum) != 1 or len(checksum) != len(_BLANK):
        return False
    return _digest(text.replace(checksum, _BLANK)) == checksum
