"""Vectors or tokens in, rows and scores out; and the folder on disk that keeps them.

FAISS for vectors, BM25 for tokens, an encoder in front of the first. A row is the position of an
entry in the index; every search returns rows with scores, higher is better, and breaks ties by the
lower row, so that a ranking is one and the same on every engine and every machine.

`ExampleStore` (example_store.py) is what retrieval asks for; `ExampleIndex` is the one over a folder.

Knows nothing of SQL, of databases, of masking, of leaks or of prompts: it is handed texts and
tokens that are already what should be indexed.
"""

from nshot.index.entries import Entry, Hits
from nshot.index.example_store import ExampleStore
from nshot.index.filter import Filter
from nshot.index.folder import IndexFolder, read_manifest
from nshot.index.store import ExampleIndex

__all__ = ["Entry", "ExampleIndex", "ExampleStore", "Filter", "Hits", "IndexFolder", "read_manifest"]
