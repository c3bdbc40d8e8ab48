"""Search over examples: vectors or tokens in, rows and scores out, and the index folder on disk.

Vectors are searched with FAISS and come from an encoder; tokens are searched with BM25. A row is
the position of an entry in the index. Every search returns rows with scores (higher is better) and
breaks ties by the lower row, so that the ranking is the same with every engine and on every
machine.

`ExampleStore` (example_store.py) is the interface that retrieval uses; `ExampleIndex` implements it
over an index folder.

This package knows nothing of SQL, databases, masking, leaks or prompts: it receives the texts and
tokens exactly as they are to be indexed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nshot.lazy import find_lazily

if TYPE_CHECKING:
    from nshot.index.encoder import (
        STRUCTURAL,
        Encoder,
        SentenceTransformerEncoder,
        check_encoder_folder,
        find_content_encoder,
    )
    from nshot.index.entries import Entry, Hits, RowArray, Scores
    from nshot.index.example_store import FIELDS, ExampleStore, Field, StoredExamples, VectorField
    from nshot.index.filter import EVERYTHING, Filter
    from nshot.index.folder import IndexFolder, check_index_place, lock_for_writing
    from nshot.index.keys import question_key
    from nshot.index.keyword.bm25 import BM25Config
    from nshot.index.live_store import LiveEntry, LiveStore
    from nshot.index.manifest import EncoderInfo, Manifest
    from nshot.index.ranking import DECIMALS, best
    from nshot.index.remembering_encoder import RememberingEncoder
    from nshot.index.store import Content, ExampleIndex, pool_hash
    from nshot.index.stores import find_table, open_store, read_manifest
    from nshot.index.tables.places import (
        STORES,
        StoreConfig,
        TableBuild,
        append_to_table,
        check_new_ids,
        delete_from_table,
    )
    from nshot.index.tables.table_store import TableStore
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
    "LiveEntry": "live_store",
    "LiveStore": "live_store",
    "Manifest": "manifest",
    "RememberingEncoder": "remembering_encoder",
    "RowArray": "entries",
    "STORES": "tables.places",
    "STRUCTURAL": "encoder",
    "Scores": "entries",
    "SentenceTransformerEncoder": "encoder",
    "StoreConfig": "tables.places",
    "StoredExamples": "example_store",
    "TableBuild": "tables.places",
    "TableStore": "tables.table_store",
    "VectorField": "example_store",
    "append_to_table": "tables.places",
    "best": "ranking",
    "check_encoder_folder": "encoder",
    "check_new_ids": "tables.places",
    "delete_from_table": "tables.places",
    "find_content_encoder": "encoder",
    "find_table": "stores",
    "check_index_place": "folder",
    "lock_for_writing": "folder",
    "open_store": "stores",
    "pool_hash": "store",
    "question_key": "keys",
    "read_manifest": "stores",
}

__all__ = [
    "DECIMALS",
    "EVERYTHING",
    "FIELDS",
    "KINDS",
    "STORES",
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
    "LiveEntry",
    "LiveStore",
    "Manifest",
    "RememberingEncoder",
    "RowArray",
    "Scores",
    "SentenceTransformerEncoder",
    "StoreConfig",
    "StoredExamples",
    "TableBuild",
    "TableStore",
    "VectorField",
    "append_to_table",
    "best",
    "check_encoder_folder",
    "check_index_place",
    "check_new_ids",
    "delete_from_table",
    "find_content_encoder",
    "find_table",
    "lock_for_writing",
    "open_store",
    "pool_hash",
    "question_key",
    "read_manifest",
]

__getattr__ = find_lazily(__name__, _HOMES)
