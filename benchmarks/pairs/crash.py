"""Pairs saved and retracted under kill -9: nothing that was acknowledged may be lost, doubled or
come back.

    python benchmarks/pairs/crash.py --kills 200 --saves 200 --writers 2

Each round forks writers that save pairs and retract some of them, all into one journal, and kills
them at random moments. A writer notes on a pipe what it is about to do, and what was acknowledged;
it keeps the index of the pairs up to date, too. At the end the journal is opened anew and held
against the notes, and the index that the killed writers left against the journal.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import sqlite3
import sys
import tempfile
import time
from contextlib import closing
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

from nshot.data import Catalog
from nshot.databases import execute
from nshot.pairs import PairBook
from nshot.retrieval import LivePairs
from nshot.sql import hardness, normalise, parse, skeleton

LONGEST = 0.15
"""Seconds that a writer lives at most, once it is ready."""
READY = b"ready\n"


class Notes(NamedTuple):
    """What the writers said, by question."""

    added: set[str]
    retracting: set[str]
    """Retracted, or killed on the way."""
    retracted: set[str]


def main() -> None:
    """Run, print the counts, and fail if a promise is broken."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--saves", type=int, default=200, help="saves that must have been acknowledged")
    parser.add_argument("--writers", type=int, default=2, help="processes that write at the same time")
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        print(run(Path(folder), asked.kills, asked.saves, asked.writers, asked.seed))


def run(folder: Path, kills: int, saves: int, writers: int, seed: int) -> str:
    """The counts, for people.

    Raises:
        SystemExit: A promise is broken.
    """
    with closing(sqlite3.connect(folder / "shop.sqlite")) as connection:
        connection.executescript("CREATE TABLE product (id INTEGER PRIMARY KEY, price REAL)")
    warm_up()
    journal, draw = folder / "pairs.jsonl", random.Random(seed)
    notes = Notes(set(), set(), set())
    torn = killed = 0
    while killed < kills or len(notes.added) < saves:
        number = killed
        living = [fork_writer(folder, journal, f"{number}-{at}") for at in range(writers)]
        for _, pipe in living:
            assert os.read(pipe, len(READY)) == READY
        for process, _ in living:
            time.sleep(draw.uniform(0, LONGEST) / writers)
            os.kill(process, signal.SIGKILL)
        for process, pipe in living:
            os.waitpid(process, 0)
            take(pipe, notes)
            killed += 1
        torn += journal.exists() and not journal.read_bytes().endswith(b"\n")
    return check(folder, journal, notes, killed, torn)


def warm_up() -> None:
    """Import here, once, what every writer needs; no process of the sandbox may be there before the
    fork.
    """
    for name in ("bm25s", "nshot.data.sql_check", "nshot.retrieval.build", "nshot.index.live_store"):
        import_module(name)
    for read in (parse, normalise, skeleton, hardness):
        read("SELECT count(*) FROM product WHERE price > 1")


def fork_writer(folder: Path, journal: Path, name: str) -> tuple[int, int]:
    """A process that saves until it is killed, and the pipe that it notes on."""
    reading, noting = os.pipe()
    process = os.fork()
    if process:
        os.close(noting)
        return process, reading
    try:
        book = PairBook(journal, Catalog(folder))
        execute(folder / "shop.sqlite", "SELECT 1")  # starts the sandbox
        live = LivePairs(None, book, Catalog(folder), vectors=False, folder=folder / "index")
        live.follow()
        os.write(noting, READY)
        for at in range(10_000):
            question = f"Products {name}-{at}?"
            result = book.add(question, f"SELECT count(*) FROM product WHERE price > {at}", "shop")
            assert result.pair is not None, result.reason
            os.write(noting, f"added {question}\n".encode())
            if at % 3 == 2:
                os.write(noting, f"retracting {question}\n".encode())
                book.retract(result.pair.id)
                os.write(noting, f"retracted {question}\n".encode())
            live.follow()
            live.save()
    except BaseException as error:  # noqa: BLE001
        os.write(noting, f"failed {error!r}\n".encode())
    os._exit(1)


def take(pipe: int, notes: Notes) -> None:
    """Read the notes of a writer that was killed."""
    with os.fdopen(pipe, encoding="utf-8") as stream:
        for line in stream:
            what, _, question = line.strip().partition(" ")
            if what == "failed":
                sys.exit(f"a writer failed: {question}")
            getattr(notes, what).add(question)


def check(folder: Path, journal: Path, notes: Notes, kills: int, torn: int) -> str:
    """Holds the journal against the notes."""
    book = PairBook(journal, Catalog(folder))
    questions = [pair.question for pair in book.active()]
    there = set(questions)
    index = LivePairs(None, book, Catalog(folder), vectors=False, folder=folder / "index").verify()
    broken = {
        "doubled": len(questions) - len(there),
        "lost": len(notes.added - notes.retracting - there),
        "came back": len(notes.retracted & there),
        "not in the index": len(index.missing),
        "in the index only": len(index.surplus),
    }
    text = (
        f"{kills} writers killed: {len(notes.added)} saves and {len(notes.retracted)} retractions "
        f"acknowledged, {torn} torn lines, {len(there)} active at the end; "
        + ", ".join(f"{count} {what}" for what, count in broken.items())
    )
    if any(broken.values()):
        sys.exit(text)
    return text


if __name__ == "__main__":
    main()
