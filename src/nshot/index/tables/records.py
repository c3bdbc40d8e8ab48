"""Entries as records of a table, and back."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from nshot.arrays import Float32Array, IntArray
from nshot.index.entries import Entry, read_entries, write_entries
from nshot.index.example_store import FIELDS, VectorField
from nshot.index.keys import question_key
from nshot.index.store import Content
from nshot.index.tables.table import vector_column
from nshot.types import Example

INT64 = np.dtype("<i8")


@lru_cache(maxsize=1 << 18)
def number_of(text: str) -> int:
    """A number of 63 bits that stands for a text.

    Among a million texts, the chance that any two share one is below 1 in 10 million.
    """
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little") >> 1


def pack(numbers: Iterable[int]) -> bytes:
    """Numbers as bytes."""
    return np.fromiter(numbers, dtype=INT64).tobytes()


def unpack(packed: Sequence[bytes]) -> tuple[IntArray, IntArray]:
    """All numbers, one record after the other, and how many each record has."""
    counts = np.fromiter((len(one) // 8 for one in packed), dtype=np.int64, count=len(packed))
    return np.frombuffer(b"".join(packed), dtype=INT64).astype(np.int64), counts


def terms_of(tokens: Sequence[str]) -> bytes:
    """The terms of a document; an empty one counts as the single term "", as in bm25.py."""
    return pack(number_of(token) for token in tokens or [""])


def repeat_key(example: Example) -> int:
    """Equal for exact repeats."""
    return number_of(json.dumps([example.db_id, example.question, example.sql]))


def columns_of(content: Content, first: int) -> dict[str, Any]:
    """The records of a content.

    Args:
        content: Its entries, tokens and vectors are used.
        first: The stamp of the first record.
    """
    entries = content.entries
    examples = [entry.example for entry in entries]
    columns: dict[str, Any] = {
        "id": [example.id for example in examples],
        "db_id": [example.db_id for example in examples],
        "difficulty": [example.difficulty for example in examples],
        "tags": [json.dumps(example.tags, ensure_ascii=False) for example in examples],
        "same_db": [entry.same_db for entry in entries],
        "entry": list(write_entries(entries)),
        "stamp": list(range(first, first + len(entries))),
        "repeat": [repeat_key(example) for example in examples],
        "question_key": [number_of(question_key(example.question)) for example in examples],
        "digest": [_digest(entry) for entry in entries],
        "sql_keys": [pack(number_of(key) for key in entry.sql_keys) for entry in entries],
    }
    for field in FIELDS:
        columns[f"{field}_terms"] = [terms_of(tokens) for tokens in content.tokens[field]]
    for name, vectors in content.vectors.items():
        columns[vector_column(name)] = np.ascontiguousarray(vectors, dtype=np.float32)
    return columns


def vectors_of(content: Content, dims: Mapping[VectorField, int]) -> dict[VectorField, Float32Array]:
    """The vectors for a table with these columns; those that the content lacks have length 0."""
    size = len(content.entries)
    return {
        name: content.vectors.get(name, np.zeros((size, dim), dtype=np.float32)) for name, dim in dims.items()
    }


def schema_texts(content: Content, there: Mapping[str, str]) -> dict[str, str]:
    """The schemas of a content as JSON texts, by db_id, without those that are there."""
    return {
        db_id: json.dumps(schema, ensure_ascii=False)
        for db_id, schema in content.schemas.items()
        if db_id not in there
    }


def entries_of(texts: Sequence[str], policies: Sequence[str]) -> list[Entry]:
    """The entries of the records."""
    found = read_entries(texts, "never")
    return [entry._replace(same_db=policy) for entry, policy in zip(found, policies, strict=True)]


def _digest(entry: Entry) -> int:
    example = entry.example
    record = [example.id, example.db_id, example.question, example.sql, example.difficulty, example.dialect]
    return number_of(json.dumps([*record, *example.tags, entry.masked, entry.same_db]))
