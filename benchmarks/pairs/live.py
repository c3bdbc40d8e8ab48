"""How long a running program takes to save one more pair, and to find it.

    python benchmarks/pairs/live.py [--pairs 1000] [--adds 50] [--index DIR]

`save` is the gate (the SQL runs in the sandbox), the line, and the flush to disk. `follow` brings
the live store to the journal: the masked question, three vectors, and the postings of all pairs.
Milliseconds by the clock, and of processor time, which says what it takes on a machine that does
nothing else.
"""

from __future__ import annotations

import argparse
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path
from statistics import median
from time import perf_counter, process_time

from nshot.data import Catalog
from nshot.index import open_store
from nshot.pairs import PairBook
from nshot.pairs.book import now
from nshot.pairs.event import PairEvent
from nshot.pairs.journal import Journal
from nshot.pairs.pair import Pair, pair_id
from nshot.retrieval import LivePairs
from nshot.types import Question


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--pairs", type=int, default=1000, help="pairs that are there already")
    parser.add_argument("--adds", type=int, default=50, help="pairs that are added one by one")
    parser.add_argument("--index", type=Path, help="an index beneath; by default none")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        measure(Path(folder), asked.pairs, asked.adds, asked.index)


def measure(folder: Path, there: int, adds: int, index: Path | None) -> None:
    """Fill a journal, open it, and add to it."""
    with closing(sqlite3.connect(folder / "shop.sqlite")) as connection:
        connection.executescript("CREATE TABLE product (id INTEGER PRIMARY KEY, name TEXT, price REAL)")
    catalog, path = Catalog(folder), folder / "pairs.jsonl"
    fill(path, there)
    book = PairBook(path, catalog)
    book.verify()
    base = None if index is None else open_store(index)
    start = perf_counter()
    live = LivePairs(base, book, catalog, folder=folder / "kept")
    retriever = live.retriever()
    print(f"opened {there} pairs for the first time: {perf_counter() - start:.1f} s")
    start = perf_counter()
    LivePairs(base, book, catalog, folder=folder / "kept").retriever()
    print(f"opened again: {perf_counter() - start:.1f} s")
    times: dict[str, list[tuple[float, float]]] = {"save": [], "follow": [], "retrieve": []}
    for at in range(adds):
        question = f"Which products cost between {at} and {at + 2} euros?"
        marks = [clocks()]
        result = book.add(question, f"SELECT name FROM product WHERE price BETWEEN {at} AND {at + 2}", "shop")
        assert result.outcome == "added", result
        marks.append(clocks())
        live.follow({"shop"})
        marks.append(clocks())
        ((best, *_),) = retriever.retrieve([Question(question, "shop")], 3, live=True)
        marks.append(clocks())
        assert result.pair is not None
        assert best.example.id == result.pair.id
        for name, before, after in zip(times, marks, marks[1:], strict=False):
            times[name].append(((after[0] - before[0]) * 1000, (after[1] - before[1]) * 1000))
    for name, some in times.items():
        clock, processor = ([one[at] for one in some] for at in (0, 1))
        print(
            f"{name:<9} {median(clock):7.1f} ms median, {max(clock):7.1f} ms most; "
            f"processor {median(processor):7.1f} ms"
        )


def clocks() -> tuple[float, float]:
    """Seconds by the clock, and of processor time."""
    return perf_counter(), process_time()


def fill(path: Path, count: int) -> None:
    """A journal of that many pairs, without the gate."""
    journal = Journal(path)
    events = []
    for at in range(count):
        question, sql = (
            f"How many products cost more than {at} euros?",
            f"SELECT count(*) FROM product WHERE price > {at}",
        )
        pair = Pair(pair_id(question, sql, "shop"), question, sql, "shop", time=now())
        events.append(PairEvent("add", pair))
    with journal.writing():
        journal.append(events)


if __name__ == "__main__":
    main()
