"""How much the structural encoder finds, beside the encoder beneath it, with no model in the loop.

    python benchmarks/retrieval/encoder.py --pool train_spider.json --questions dev.json \
      --databases DIR --work DIR

Builds an index of the pool with each encoder (kept in --work, built once) and prints for each
strategy, selection `top`, the share of questions with an example of the gold SQL's skeleton among
the first 1, 3 and 5; for the first 3 the 95 % interval of a bootstrap over databases.

With --held-out the questions are those of 30 databases of the pool itself (the first of
`random.Random(7).shuffle` of their order of appearance), and the index holds the others: what
recipes were chosen by. An encoder trained on all of the pool must not be measured so.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from nshot.data import Catalog, read_pool, read_questions
from nshot.eval.statistics import cluster_bootstrap
from nshot.index.encoder import DEFAULT, STRUCTURAL
from nshot.retrieval import IndexConfig, RetrievalConfig, Retriever, build_index
from nshot.sql import skeleton
from nshot.training.encoder.contrast_data import draw_databases
from nshot.types import Example, Question

SHOTS = (1, 3, 5)
STRATEGIES = (
    "vector", "hybrid", "masked-keyword", "masked-vector", "masked-hybrid", "double-hybrid"
)  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pool", type=Path, required=True)
    parser.add_argument("--questions", type=Path)
    parser.add_argument("--databases", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--held-out", action="store_true")
    parser.add_argument("--encoders", default=f"{DEFAULT},{STRUCTURAL}", help="names or folders")
    parser.add_argument("--strategies", default=",".join(STRATEGIES))
    arguments = parser.parse_args()
    pool: Sequence[Example] = read_pool(arguments.pool).examples
    if arguments.held_out:
        held = draw_databases([example.db_id for example in pool], 30, 7)
        questions = [Question(e.question, e.db_id, e.id, e.sql) for e in pool if e.db_id in held]
        pool = [example for example in pool if example.db_id not in held]
    else:
        questions = list(read_questions(arguments.questions))
    catalog = Catalog(arguments.databases)
    print(f"pool {len(pool)}, questions {len(questions)}")
    print(f"{'encoder':<18} {'strategy':<15} " + " ".join(f"match@{k}" for k in SHOTS) + "  interval @3")
    for encoder in arguments.encoders.split(","):
        index = arguments.work / f"{Path(encoder).name}-{len(pool)}"
        if not (index / "manifest.json").is_file():
            build_index(index, pool, catalog, IndexConfig("never", encoder=encoder))
        for strategy in arguments.strategies.split(","):
            hits = measure(index, strategy, catalog, questions)
            means = " ".join(f"{share:7.3f}" for share in hits.mean(axis=1))
            interval = cluster_bootstrap(hits[1], [question.db_id for question in questions])
            print(
                f"{Path(encoder).name:<18} {strategy:<15} {means}  {interval.low:.3f} to {interval.high:.3f}",
                flush=True,
            )


def measure(
    index: Path, strategy: str, catalog: Catalog, questions: Sequence[Question]
) -> npt.NDArray[np.float64]:
    """For each of SHOTS and each question 1 or 0: (shots, questions)."""
    retriever = Retriever(index, RetrievalConfig(strategy), catalog=catalog)
    found = retriever.retrieve(questions, max(SHOTS))
    gold = [skeleton(question.sql or "") for question in questions]
    ranks = [
        next((rank for rank, c in enumerate(candidates) if skeleton(c.example.sql) == wanted), max(SHOTS))
        for candidates, wanted in zip(found, gold, strict=True)
    ]
    return np.array([[rank < k for rank in ranks] for k in SHOTS], dtype=np.float64)


if __name__ == "__main__":
    main()
