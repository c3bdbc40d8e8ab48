"""Vectors or tokens in, rows and scores out; and the folder on disk that keeps them.

FAISS for vectors, BM25 for tokens, an encoder in front of the first. A row is the position of an
entry in the index; every search returns rows with scores, higher is better, and breaks ties by the
lower row, so that a ranking is one and the same on every engine and every machine.

`ExampleStore` (example_store.py) is what retrieval asks for; `ExampleIndex` is the one over a folder.

Knows nothing of SQL, of databases, of masking, of leaks or of prompts: it is handed texts and
tokens that are already what should be indexed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nshot.lazy import find_lazily

if TYPE_CHECKING:
    from nshot.index.encoder import STRUCTURAL, Encoder, SentenceTransformerEncoder
    from nshot.index.entries import Entry, Hits, RowArray, Scores
    from nshot.index.example_store import FIELDS, ExampleStore, Field
    from nshot.index.filter import EVERYTHING, Filter
    from nshot.index.folder import IndexFolder, read_manifest, writing
    from nshot.index.keyword.bm25 import BM25Config
    from nshot.index.manifest import EncoderInfo, Manifest
    from nshot.index.ranking import DECIMALS, best
    from nshot.index.remembering_encoder import RememberingEncoder
    from nshot.index.store import Content, ExampleIndex, pool_hash
    from nshot.index.vectors.faiss_vectors import KINDS

_HOMES = {
    "BM25Config": "keyword.bm25",
    "Content": "store",
    "DECIMALS": "ranking",
    "EVERYTHING": "filter",
    "Encoder": "encoder",
    "EncoderInfo": "manifest",
    "Entry": "entries",
    "ExampleIndex": "store",
    "ExampleStore": "example_store",
    "FIELDS": "example_store",
    "Field": "example_store",
    "Filter": "filter",
    "Hits": "entries",
    "IndexFolder": "folder",
    "KINDS": "vectors.faiss_vectors",
    "Manifest": "manifest",
    "RememberingEncoder": "remembering_encoder",
    "RowArray": "entries",
    "STRUCTURAL": "encoder",
    "Scores": "entries",
    "SentenceTransformerEncoder": "encoder",
    "best": "ranking",
    "pool_hash": "store",
    "read_manifest": "folder",
    "writing": "folder",
}

__all__ = [
    "DECIMALS",
    "EVERYTHING",
    "FIELDS",
    "KINDS",
    "STRUCTURAL",
    "BM25Config",
    "Content",
    "Encoder",
    "EncoderInfo",
    "Entry",
    "ExampleIndex",
    "ExampleStore",
    "Field",
    "Filter",
    "Hits",
    "IndexFolder",
    "Manifest",
    "RememberingEncoder",
    "RowArray",
    "Scores",
    "SentenceTransformerEncoder",
    "best",
    "pool_hash",
    "read_manifest",
    "writing",
]

__getattr__ = find_lazily(__name__, _HOMES)
