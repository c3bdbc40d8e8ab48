"""Question in, candidates out: masking, ranking, selecting, and the leak rule.

A strategy ranks the pool for a question (strategies.py), a selection picks k of the ranking
(selection.py); both are functions in a table. Whatever the strategy, the examples that the leak rule
(leak.py) or a filter forbids were never in the ranking.

A strategy of two passes is told the SQL of the first one by whom it may concern (`FirstPass`).
Knows nothing of prompts, templates or models, and does not execute SQL.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nshot.lazy import find_lazily

if TYPE_CHECKING:
    from nshot.retrieval.build import IndexConfig, add_examples, build_index, make_entries, remove_examples
    from nshot.retrieval.masking import FUNCTION_WORDS, NAME_PART
    from nshot.retrieval.policy import default_same_db
    from nshot.retrieval.retriever import Filters, FirstPass, RetrievalConfig, Retriever
    from nshot.retrieval.sample_index import is_fresh, sample_index_folder
    from nshot.retrieval.selection import SELECTIONS
    from nshot.retrieval.strategies import STRATEGIES, Strategy, encoder_text, names_where

_HOMES = {
    "FUNCTION_WORDS": "masking",
    "Filters": "retriever",
    "FirstPass": "retriever",
    "IndexConfig": "build",
    "NAME_PART": "masking",
    "RetrievalConfig": "retriever",
    "Retriever": "retriever",
    "SELECTIONS": "selection",
    "STRATEGIES": "strategies",
    "Strategy": "strategies",
    "add_examples": "build",
    "build_index": "build",
    "default_same_db": "policy",
    "encoder_text": "strategies",
    "is_fresh": "sample_index",
    "make_entries": "build",
    "names_where": "strategies",
    "remove_examples": "build",
    "sample_index_folder": "sample_index",
}

__all__ = [
    "FUNCTION_WORDS",
    "NAME_PART",
    "SELECTIONS",
    "STRATEGIES",
    "Filters",
    "FirstPass",
    "IndexConfig",
    "RetrievalConfig",
    "Retriever",
    "Strategy",
    "add_examples",
    "build_index",
    "default_same_db",
    "encoder_text",
    "is_fresh",
    "make_entries",
    "names_where",
    "remove_examples",
    "sample_index_folder",
]

__getattr__ = find_lazily(__name__, _HOMES)
