"""How often retrieval finds an example of the gold SQL's own skeleton, with no model in the loop.

    python benchmarks/retrieval.py --index DIR --questions dev.json --databases DIR

Prints one row a strategy and selection: the share of questions with an identical skeleton among the
top 1, 3 and 5 candidates, the candidates that break the leak rule (must be 0), and milliseconds a
question (whole batch, encoding included). Strategies of two passes: benchmarks/skeleton.py.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from nshot.data import Catalog, read_questions
from nshot.retrieval import SELECTIONS, STRATEGIES, TWO_PASS, RetrievalConfig, Retriever
from nshot.retrieval.leak import breaches
from nshot.sql import skeleton
from nshot.types import Candidate, Question

SHOTS = (1, 3, 5)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--index", type=Path, required=True)
    parser.add_argument("--questions", type=Path, required=True)
    parser.add_argument("--databases", type=Path, required=True)
    parser.add_argument("--strategies", default=",".join(name for name in STRATEGIES if name not in TWO_PASS))
    parser.add_argument("--selections", default=",".join(SELECTIONS))
    parser.add_argument("--seeds", type=int, default=5, help="draws of `random` that are averaged")
    arguments = parser.parse_args()
    questions = read_questions(arguments.questions)
    catalog = Catalog(arguments.databases)
    print(f"{'strategy':<16} {'select':<9} " + " ".join(f"match@{k}" for k in SHOTS) + "  leaks  ms/question")
    for strategy in arguments.strategies.split(","):
        for select in arguments.selections.split(","):
            seeds = range(arguments.seeds if strategy == "random" else 1)
            runs = [
                measure(arguments.index, RetrievalConfig(strategy, select, seed=seed), catalog, questions)
                for seed in seeds
            ]
            shares, leaks, ms = zip(*runs, strict=True)
            means = " ".join(f"{sum(column) / len(column):7.3f}" for column in zip(*shares, strict=True))
            print(f"{strategy:<16} {select:<9} {means} {sum(leaks):6d} {min(ms):12.2f}", flush=True)
    pool = {entry.skeleton for entry in Retriever(arguments.index).index.entries}
    ceiling = sum(skeleton(question.sql or "") in pool for question in questions) / len(questions)
    print(f"ceiling: {ceiling:.3f} of {len(questions)} questions have such an example somewhere in the pool")


def measure(
    index: Path, config: RetrievalConfig, catalog: Catalog, questions: list[Question]
) -> tuple[list[float], int, float]:
    """Match@k for each of SHOTS, the number of leaks, milliseconds a question."""
    retriever = Retriever(index, config, catalog=catalog)
    retriever.retrieve(questions[:1], 1)
    started = time.perf_counter()
    found = retriever.retrieve(questions, max(SHOTS))
    ms = (time.perf_counter() - started) / len(questions) * 1000
    gold = [skeleton(question.sql or "") for question in questions]
    shares = [
        sum(_match(candidates[:k], wanted) for candidates, wanted in zip(found, gold, strict=True))
        / len(gold)
        for k in SHOTS
    ]
    by_id = {entry.example.id: entry for entry in retriever.index.entries}
    policy = retriever.index.manifest.same_db
    leaks = sum(
        len(
            breaches(
                question, (by_id[c.example.id] for c in candidates), policy, catalog.schema(question.db_id)
            )
        )
        for question, candidates in zip(questions, found, strict=True)
    )
    return shares, leaks, ms


def _match(candidates: list[Candidate], wanted: str) -> bool:
    return any(skeleton(candidate.example.sql) == wanted for candidate in candidates)


if __name__ == "__main__":
    main()
