"""Where an approximate search begins to pay: exact against HNSW, beside the encoding of one
question.

    python benchmarks/retrieval/vectors.py [--sizes 10000,50000,100000,200000] [--graphs-up-to 50000]

Random unit vectors of 384 dimensions around shared centres. Prints milliseconds a query (one query
at a time), the share of the exact top 10 that HNSW finds, and the seconds it takes to build.
"""

from __future__ import annotations

import argparse
import time

import numpy as np

from nshot.arrays import Float32Array
from nshot.index.encoder import SentenceTransformerEncoder
from nshot.index.vectors.faiss_vectors import VectorIndex

QUERIES = 100


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sizes", default="10000,50000,100000,200000")
    parser.add_argument("--graphs-up-to", type=int, default=50_000, help="rows; larger graphs take minutes")
    arguments = parser.parse_args()
    sizes = [int(size) for size in arguments.sizes.split(",")]
    encoder = SentenceTransformerEncoder()
    encoder.encode(["warm up"])
    start = time.perf_counter()
    for number in range(20):
        encoder.encode([f"How many singers are older than {number}?"])
    print(f"encoding one question: {(time.perf_counter() - start) / 20 * 1000:.2f} ms")
    print(f"{'rows':>8} {'exact ms':>9} {'hnsw ms':>9} {'recall@10':>9} {'hnsw build s':>12}")
    for size in sizes:
        pool, queries = clustered(size, 0), clustered(QUERIES, 1)
        exact, exact_ms = timed(VectorIndex.build(pool, "flat"), queries)
        if size > arguments.graphs_up_to:
            print(f"{size:>8} {exact_ms:>9.3f} {'-':>9} {'-':>9} {'-':>12}", flush=True)
            continue
        start = time.perf_counter()
        graph = VectorIndex.build(pool, "hnsw")
        built = time.perf_counter() - start
        found, hnsw_ms = timed(graph, queries)
        recall = np.mean([len(a & b) / 10 for a, b in zip(exact, found, strict=True)])
        print(f"{size:>8} {exact_ms:>9.3f} {hnsw_ms:>9.3f} {recall:>9.3f} {built:>12.1f}", flush=True)


def clustered(n: int, seed: int) -> Float32Array:
    """(n, 384) float32 unit vectors around 500 centres, as questions lie around topics."""
    centres = np.random.default_rng(7).normal(size=(500, 384))
    generator = np.random.default_rng(seed)
    vectors = centres[generator.integers(0, 500, n)] + generator.normal(size=(n, 384))
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), dtype=np.float32)


def timed(index: VectorIndex, queries: Float32Array) -> tuple[list[set[int]], float]:
    """The rows found for each query, and milliseconds a query."""
    index.search(queries[:1], 10)
    start = time.perf_counter()
    found = [set(index.search(query[None], 10)[0].rows.tolist()) for query in queries]
    return found, (time.perf_counter() - start) / len(queries) * 1000


if __name__ == "__main__":
    main()
