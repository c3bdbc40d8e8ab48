"""From a question to ranked candidates: masking, ranking, selection and the leak rule.

A strategy ranks the pool for a question (strategies.py). A selection then picks k candidates from
the ranking (selection.py). Strategies and selections are functions in tables. Examples that the
leak rule (leak.py) or a filter forbids are excluded before ranking, whatever the strategy.

A two-pass strategy also needs SQL that was written without examples; the caller supplies it as
`FirstPass`. This package knows nothing of prompts, templates or models, and it never executes SQL.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nshot.lazy import find_lazily

if TYPE_CHECKING:
    from nshot.retrieval.build import IndexConfig, add_examples, build_index, make_entries, remove_examples
    from nshot.retrieval.config import Filters, RetrievalConfig
    from nshot.retrieval.leak import question_key, sql_keys
    from nshot.retrieval.live import LivePairs, PairsIndexCheck
    from nshot.retrieval.masking import FUNCTION_WORDS, NAME_PART
    from nshot.retrieval.policy import default_same_db
    from nshot.retrieval.retriever import FirstPass, Retriever
    from nshot.retrieval.sample_index import is_fresh, sample_index_folder
    from nshot.retrieval.selection import SELECTIONS
    from nshot.retrieval.strategies import STRATEGIES, Strategy, encoder_text, names_where

_HOMES = {
    "FUNCTION_WORDS": "masking",
    "Filters": "config",
    "FirstPass": "retriever",
    "IndexConfig": "build",
    "LivePairs": "live",
    "NAME_PART": "masking",
    "PairsIndexCheck": "live",
    "RetrievalConfig": "config",
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
    "question_key": "leak",
    "remove_examples": "build",
    "sample_index_folder": "sample_index",
    "sql_keys": "leak",
}

__all__ = [
    "FUNCTION_WORDS",
    "NAME_PART",
    "SELECTIONS",
    "STRATEGIES",
    "Filters",
    "FirstPass",
    "IndexConfig",
    "LivePairs",
    "PairsIndexCheck",
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
    "question_key",
    "remove_examples",
    "sample_index_folder",
    "sql_keys",
]

__getattr__ = find_lazily(__name__, _HOMES)
