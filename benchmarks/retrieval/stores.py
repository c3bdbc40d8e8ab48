r"""Do LanceDB and Milvus Lite find what the folder finds, and what does a question cost in each?

    python benchmarks/retrieval/stores.py --spider FOLDER [--questions 1034] [--timed 100] \
        [--stores lancedb,milvus] [--writers 2]

Spider's train_spider.json is the pool, dev.json has the questions; the encoder is `structural`, and
each text is encoded once. Prints for every strategy how many questions have the same candidates in
the same order as in the folder, the largest difference of two scores of one candidate, and
processor milliseconds a question, one at a time, without encoding. First-pass SQL is the gold SQL.
At last, processes add to one LanceDB pool at once, and what is there is counted.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from nshot.data import Catalog, read_pool, read_questions
from nshot.index import (
    EVERYTHING,
    RememberingEncoder,
    SentenceTransformerEncoder,
    StoreConfig,
    open_store,
)
from nshot.retrieval import STRATEGIES, IndexConfig, RetrievalConfig, Retriever, build_index
from nshot.types import Candidate, Question

K = 5
WRITER = """
import sys
from pathlib import Path
from nshot.data import Catalog
from nshot.retrieval import add_examples
from nshot.types import Example
path, name, count = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
for at in range(count):
    rows = [Example(f"{name}-{at}-{n}", f"How many {name} {n}?", f"SELECT {n}", "own") for n in range(100)]
    add_examples(path, rows, Catalog(), same_db="never")
"""


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--spider", type=Path, required=True)
    parser.add_argument("--questions", type=int, default=1034)
    parser.add_argument("--timed", type=int, default=100)
    parser.add_argument("--stores", default="lancedb,milvus")
    parser.add_argument("--writers", type=int, default=2)
    arguments = parser.parse_args()
    catalog = Catalog(arguments.spider / "database")
    pool = read_pool(arguments.spider / "train_spider.json").examples
    questions = read_questions(arguments.spider / "dev.json")[: arguments.questions]
    encoder = RememberingEncoder(SentenceTransformerEncoder())
    with tempfile.TemporaryDirectory() as scratch:
        places = {}
        for store in ("folder", *arguments.stores.split(",")):
            place = Path(scratch) / store
            config = StoreConfig(store, "" if store == "folder" else str(place.with_suffix(".db")))
            begun = time.process_time()
            build_index(place, pool, catalog, IndexConfig("never"), store=config, encoder=encoder)
            print(f"built {store}: {time.process_time() - begun:.1f} s of processor", flush=True)
            places[store] = place
        compare(places, catalog, questions, encoder, arguments.timed)
        add_at_once(Path(scratch), arguments.writers)


def compare(
    places: dict[str, Path],
    catalog: Catalog,
    questions: Sequence[Question],
    encoder: RememberingEncoder,
    timed: int,
) -> None:
    """One line for each strategy and store."""
    gold = {(one.text, one.db_id): one.sql or "" for one in questions}
    stores = {}
    for name, place in places.items():
        begun = time.process_time()
        stores[name] = open_store(place)
        stores[name].search_terms("masked", ["how"], 1, EVERYTHING)
        print(f"opened {name}, with keywords: {(time.process_time() - begun) * 1000:.0f} ms", flush=True)
    print(f"{'strategy':<18} {'store':<8} {'same':>11} {'scores differ':>13} {'ms a question':>13}")
    for strategy in STRATEGIES:
        expected: list[dict[str, float]] = []
        for name, store in stores.items():
            retriever = Retriever(
                store,
                RetrievalConfig(strategy),
                catalog=catalog,
                encoder=encoder,
                first_pass=lambda some: [gold[one.text, one.db_id] for one in some],
            )
            found = [plain(some) for some in retriever.retrieve(questions, K)]
            expected = expected or found
            same = sum(list(one) == list(other) for one, other in zip(found, expected, strict=True))
            far = max(
                abs(score - other[one])
                for some, other in zip(found, expected, strict=True)
                for one, score in some.items()
                if one in other
            )
            begun = time.process_time()
            for question in questions[:timed]:
                retriever.retrieve([question], K)
            cost = (time.process_time() - begun) / len(questions[:timed]) * 1000
            agreed = f"{same}/{len(found)}"
            print(f"{strategy:<18} {name:<8} {agreed:>11} {far:>13.0e} {cost:>13.1f}", flush=True)


def plain(candidates: Sequence[Candidate]) -> dict[str, float]:
    """The scores of candidates by id, in their order."""
    return {one.example.id: one.score for one in candidates}


def add_at_once(scratch: Path, writers: int) -> None:
    """Processes that each add 10 times 100 examples to one pool."""
    place = scratch / "shared"
    rows = read_pool("sample").examples
    config = StoreConfig("lancedb", str(scratch / "shared.db"))
    build_index(place, rows, Catalog.sample(), IndexConfig("never", "none"), store=config)
    command = [sys.executable, "-c", WRITER, str(place)]
    begun = time.perf_counter()
    running = [subprocess.Popen([*command, f"w{at}", "10"]) for at in range(writers)]
    codes = [one.wait() for one in running]
    seconds = time.perf_counter() - begun
    ids = [entry.example.id for entry in open_store(place).entries]
    print(
        json.dumps(
            {
                "writers": writers,
                "exit codes": codes,
                "seconds": round(seconds, 1),
                "expected": len(rows) + writers * 1000,
                "there": len(ids),
                "different ids": len(set(ids)),
            }
        )
    )


if __name__ == "__main__":
    main()
