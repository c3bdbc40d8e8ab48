"""The default policy of the leak rule for a pool."""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import cache

from nshot.data import is_spider, sample_dir


def default_same_db(db_ids: Iterable[str]) -> str:
    """`never` for Spider and the sample, which serve for measurements; `allow` for a pool of your
    own.

    >>> default_same_db(["shop", "shop"])
    'allow'
    """
    used = set(db_ids)
    return "never" if is_spider(used) or (used and used <= _sample_databases()) else "allow"


@cache
def _sample_databases() -> frozenset[str]:
    entries = json.loads((sample_dir() / "tables.json").read_text(encoding="utf-8"))
    return frozenset(entry["db_id"] for entry in entries)
