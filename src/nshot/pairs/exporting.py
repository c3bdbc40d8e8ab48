"""Pairs as a file that any pool reader takes."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence

from nshot.errors import OptionError
from nshot.pairs.pair import Pair

COLUMNS = ("id", "question", "sql", "db_id", "author", "time")
ENDINGS = (".csv", ".jsonl")


def export_pairs(pairs: Sequence[Pair], ending: str) -> str:
    """The text of a pool file: one pair per row, with id, question, sql, db_id, author and time.

    Args:
        pairs: In the order of the file.
        ending: `.csv` or `.jsonl`.

    Raises:
        OptionError: It is another ending.

    >>> export_pairs([Pair("a1", "How many?", "SELECT 1", "shop")], ".csv").splitlines()[1]
    'a1,How many?,SELECT 1,shop,,'
    """
    if ending not in ENDINGS:
        raise OptionError(f"`out` must be a file ending in {' or '.join(ENDINGS)}, got the ending {ending!r}")
    records = [{name: getattr(pair, name) for name in COLUMNS} for pair in pairs]
    if ending == ".jsonl":
        return "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records)
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(records)
    return text.getvalue()
