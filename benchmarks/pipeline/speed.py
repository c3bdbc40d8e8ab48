"""The bounds of the pipeline on real Spider, in one run, each beside what it is held against.

    python benchmarks/pipeline/speed.py --spider DIR

Whole processes are timed from outside (median of 5 after a warm-up), the rest inside this process.
Run it on a quiet machine. Exit status 1 if a bound does not hold.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from nshot.data import Catalog, prepare, read_pool, read_questions
from nshot.index import ExampleIndex
from nshot.index.encoder import BATCH, SentenceTransformerEncoder, _folder, _load
from nshot.retrieval import IndexConfig, RetrievalConfig, Retriever, build_index
from nshot.retrieval.masking import write_as_sentence


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--spider", type=Path, required=True)
    spider = parser.parse_args().spider
    with tempfile.TemporaryDirectory() as folder:
        rows = list(measure(spider, Path(folder)))
    print(f"{'what':<58} {'measured':>10} {'bound':>10}")
    for what, value, bound in rows:
        print(f"{what:<58} {value:>10.3f} {bound:>10.3f}" + ("" if value <= bound else "  MISSED"))
    sys.exit(any(value > bound for _, value, bound in rows))


def measure(spider: Path, folder: Path) -> list[tuple[str, float, float]]:
    """(what, measured, bound), in seconds unless said."""
    prepare(spider, folder, run_gold=False)
    catalog, encoder = Catalog(spider), SentenceTransformerEncoder()
    pool = read_pool(folder / "processed" / "train.csv").examples
    dev = read_questions(spider / "dev.json")
    encoder.encode(["warm up"])
    index = folder / "index"
    build = seconds(lambda: build_index(index, pool, catalog, IndexConfig("never"), encoder=encoder))
    entries = ExampleIndex(index).entries
    own = encoder_time([e.example.question for e in entries] + [write_as_sentence(e.masked) for e in entries])
    nshot = str(Path(sys.executable).with_name("nshot"))
    single = [nshot, "retrieve", "How many singers are there?", "--index", str(index)]
    single += ["--db", "concert_singer", "--databases", str(spider), "--strategy"]
    keyword = Retriever(index, RetrievalConfig("keyword"), catalog=catalog)
    keyword.retrieve(dev[:1], 5)
    vectors = encoder.encode([question.text for question in dev])
    faiss = ExampleIndex(index).vectors("question")
    allowed = np.random.default_rng(0).random(len(pool)) < 0.99
    batched = median(lambda: faiss.search(vectors, 5, allowed)) / len(dev)
    alone = median(lambda: [faiss.search(vectors[row : row + 1], 5, allowed) for row in range(200)]) / 200
    return [
        ("nshot --help, whole process", process([nshot, "--help"]), 0.4),
        ("nshot retrieve, keyword, whole process", process([*single, "keyword"]), 1.0),
        ("nshot retrieve, masked-keyword, whole process", process([*single, "masked-keyword"]), 1.0),
        ("1,034 dev questions by keyword, after loading", median(lambda: keyword.retrieve(dev, 5)), 0.5),
        ("exact vector search, ms a question, dev in one batch", batched * 1000, 0.5),
        ("exact vector search, ms a question, one at a time", alone * 1000, 0.5),
        (f"index build of {len(pool)} / encoder's own time", build / own, 1.3),
        ("loading a built index for a keyword strategy", median(lambda: load(index, "keyword")), 0.2),
        ("loading a built index, every part", median(lambda: load(index, "all")), 0.2),
    ]


def load(path: Path, what: str) -> None:
    """Open the index and read the parts that a retrieval needs."""
    index = ExampleIndex(path)
    assert index.entries
    index.bm25("question")
    if what == "all":
        index.bm25("masked")
        index.vectors("question")
        index.vectors("masked")
    index.close()


def encoder_time(texts: list[str]) -> float:
    """What sentence-transformers itself takes for both texts of each example, batched by itself."""
    model = _load(_folder(SentenceTransformerEncoder().name))
    return seconds(
        lambda: model.encode(texts, batch_size=BATCH, normalize_embeddings=True, show_progress_bar=False)
    )


def seconds(work: Callable[[], object]) -> float:
    """Of one call."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def median(work: Callable[[], object], runs: int = 5) -> float:
    """Seconds of the median call."""
    return statistics.median(seconds(work) for _ in range(runs))


def process(command: list[str]) -> float:
    """Seconds of the median run of a command, after a warm-up."""

    def run() -> None:
        subprocess.run(command, check=True, capture_output=True)

    run()
    return median(run)


if __name__ == "__main__":
    main()
