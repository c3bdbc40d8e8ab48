"""Verified pairs: questions with SQL that a person has checked, kept in one text file.

The journal (`pairs.jsonl`) is the truth: one line an event, flushed to disk before it is
acknowledged, with a checksum. The gate lets in what parses, is one SELECT and runs in the sandbox;
duplicates and conflicts are values. `PairBook` is the live view of a journal: several processes may
have it open and write to it.

It knows nothing of indexes, retrieval, prompts or models. No row of a result ever enters the file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nshot.lazy import find_lazily

if TYPE_CHECKING:
    from nshot.pairs.book import PairBook, PairsVerified
    from nshot.pairs.exporting import export_pairs
    from nshot.pairs.gate import GateResult, PairDatabases
    from nshot.pairs.importing import ImportReport, import_pairs
    from nshot.pairs.journal import Journal, is_journal
    from nshot.pairs.pair import Pair, State, pair_id, same_question_key, same_sql_key
    from nshot.pairs.place import data_folder, default_journal
    from nshot.pairs.table import PairPage

_HOMES = {
    "GateResult": "gate",
    "ImportReport": "importing",
    "Journal": "journal",
    "Pair": "pair",
    "PairBook": "book",
    "PairDatabases": "gate",
    "PairPage": "table",
    "PairsVerified": "book",
    "State": "pair",
    "data_folder": "place",
    "default_journal": "place",
    "export_pairs": "exporting",
    "import_pairs": "importing",
    "is_journal": "journal",
    "pair_id": "pair",
    "same_question_key": "pair",
    "same_sql_key": "pair",
}

__all__ = [
    "GateResult",
    "ImportReport",
    "Journal",
    "Pair",
    "PairBook",
    "PairDatabases",
    "PairPage",
    "PairsVerified",
    "State",
    "data_folder",
    "default_journal",
    "export_pairs",
    "import_pairs",
    "is_journal",
    "pair_id",
    "same_question_key",
    "same_sql_key",
]

__getattr__ = find_lazily(__name__, _HOMES)
