"""How often verified answers are used again, and how often they are right: half of each database is
the pool.

    python benchmarks/pairs/reuse.py --spider DIR

Questions at even places of each held-out database are verified pairs, those at odd places are
asked. An answer is right if it gives gold's rows (official comparison of nshot eval).
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections import Counter
from pathlib import Path

from nshot.data import Catalog
from nshot.databases import execute
from nshot.errors import NshotError
from nshot.pairs import PairBook
from nshot.pipeline.reuse import ExactReuse, ExchangedReuse, FirstOf
from nshot.sql import normalise
from nshot.types import Question

HELD_OUT = (
    "chinook_1 customer_deliveries customers_and_invoices decoration_competition election_representative "
    "entrepreneur hospital_1 machine_repair movie_1 party_host restaurants school_bus swimming theme_gallery"
).split()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--spider", type=Path, required=True, help="folder of Spider")
    spider = parser.parse_args().spider
    catalog = Catalog(spider)
    rows = [
        row
        for name in ("train_spider", "train_others")
        for row in json.loads((spider / f"{name}.json").read_text(encoding="utf-8"))
        if row["db_id"] in HELD_OUT
    ]
    by_db = {name: [row for row in rows if row["db_id"] == name] for name in HELD_OUT}
    counts: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        book = PairBook(Path(folder) / "pairs.jsonl", catalog)
        for name, own in by_db.items():
            for row in own[::2]:
                book.add(row["question"], row["query"], name)
        reuse = FirstOf([ExactReuse(book), ExchangedReuse(book, catalog.values)])
        for name, own in by_db.items():
            known = {normalise(row["query"], catalog.schema(name)) for row in own[::2]}
            for row in own[1::2]:
                novel = normalise(row["query"], catalog.schema(name)) not in known
                counts["asked, novel" if novel else "asked, SQL in the pool"] += 1
                found = reuse.find(Question(row["question"], name))
                if found is not None:
                    right = _same_rows(catalog.path(name), found.example.sql, row["query"])
                    kind = "novel" if novel else "SQL in the pool"
                    counts[f"{found.how}, {kind}, {'right' if right else 'wrong'}"] += 1
                    if not right:
                        print(f"wrong: {row['question']}\n  {found.example.question}\n  {found.example.sql}")
    for key, count in sorted(counts.items()):
        print(f"{key}: {count}")


def _same_rows(database: Path | str | None, sql: str, gold: str) -> bool:
    try:
        one, other = (execute(database or "", text, max_rows=None).rows for text in (sql, gold))
    except NshotError:
        return False
    return sorted(map(repr, one)) == sorted(map(repr, other))


if __name__ == "__main__":
    main()
