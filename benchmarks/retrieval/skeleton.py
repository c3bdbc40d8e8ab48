"""What the SQL of a first pass is worth to retrieval, for first passes of different quality.

    python benchmarks/retrieval/skeleton.py --index DIR --questions dev.json --databases DIR NAME=FILE ...

Each FILE holds the first-pass SQL of every question: one a line, or what `nshot predict` wrote.
Prints one row a first pass, the best first: the share of questions whose first pass has the
skeleton of the gold SQL and the share of unusable ones, then match@3 (an example of the gold SQL's
skeleton is among three) for each strategy and selection, and the candidates that break the leak
rule (must be 0).
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

from nshot.data import Catalog, read_questions
from nshot.index import ExampleIndex
from nshot.index.encoder import Encoder, SentenceTransformerEncoder
from nshot.index.remembering_encoder import RememberingEncoder
from nshot.pipeline import read_first_pass
from nshot.retrieval import FirstPass, RetrievalConfig, Retriever
from nshot.retrieval.leak import breaches
from nshot.retrieval.similarity import usable_skeleton
from nshot.sql import skeleton
from nshot.types import Candidate, Question

SHOTS = 3
STRATEGIES = ("skeleton", "skeleton-hybrid")
SELECTIONS = ("top", "distinct", "coverage")


Retrieve = Callable[[RetrievalConfig, FirstPass | None], tuple[list[list[Candidate]], int]]


class Row(NamedTuple):
    """What was measured with one first pass."""

    name: str
    right: float
    unusable: float
    matches: list[float]
    leaks: int


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--index", type=Path, required=True)
    parser.add_argument("--questions", type=Path, required=True)
    parser.add_argument("--databases", type=Path, required=True)
    parser.add_argument("first_passes", nargs="+", metavar="NAME=FILE")
    arguments = parser.parse_args()
    questions = read_questions(arguments.questions)
    catalog, index = Catalog(arguments.databases), ExampleIndex(arguments.index)
    info = index.manifest.encoder
    encoder = RememberingEncoder(SentenceTransformerEncoder(info.name if info else "none"))
    retrieve = partial(_retrieve, index, catalog, encoder, questions)
    grid = [RetrievalConfig(strategy, select) for strategy in STRATEGIES for select in SELECTIONS]
    plain = [RetrievalConfig(select=select) for select in SELECTIONS]
    rows = []
    for pair in arguments.first_passes:
        name, _, file = pair.partition("=")
        rows.append(measure(name, read_first_pass(Path(file), questions), grid, questions, retrieve))
    rows.sort(key=lambda row: -row.right)
    rows.append(measure("(none)", None, plain, questions, retrieve))
    names = [f"{config.strategy}/{config.select}" for config in grid]
    print("\t".join(("first pass", "right", "unusable", *names, "leaks")))
    for row in rows:
        shares = (f"{share:.3f}" for share in (row.right, row.unusable, *row.matches))
        print("\t".join((row.name, *shares, str(row.leaks))), flush=True)


def measure(
    name: str,
    first_pass: FirstPass | None,
    configs: Sequence[RetrievalConfig],
    questions: list[Question],
    retrieve: Retrieve,
) -> Row:
    """One row; the skeletons of the gold SQL are read here, and never by retrieval."""
    gold = [skeleton(question.sql or "") for question in questions]
    firsts = [usable_skeleton(sql) for sql in first_pass(questions)] if first_pass else [""] * len(gold)
    matches, leaks = [], 0
    for config in configs:
        found, leaked = retrieve(config, first_pass)
        matches.append(_share(_has(some, wanted) for some, wanted in zip(found, gold, strict=True)))
        leaks += leaked
    right = _share(first == wanted for first, wanted in zip(firsts, gold, strict=True))
    return Row(name, right, _share(not first for first in firsts), matches, leaks)


def _retrieve(
    index: ExampleIndex,
    catalog: Catalog,
    encoder: Encoder,
    questions: list[Question],
    config: RetrievalConfig,
    first_pass: FirstPass | None,
) -> tuple[list[list[Candidate]], int]:
    """The candidates of every question, and how many of them break the leak rule."""
    retriever = Retriever(index, config, catalog=catalog, encoder=encoder, first_pass=first_pass)
    found = retriever.retrieve(questions, SHOTS)
    by_id = {entry.example.id: entry for entry in index.entries}
    policy = index.manifest.same_db
    leaks = sum(
        len(breaches(question, (by_id[c.example.id] for c in some), policy, catalog.schema(question.db_id)))
        for question, some in zip(questions, found, strict=True)
    )
    return found, leaks


def _has(candidates: list[Candidate], wanted: str) -> bool:
    return any(skeleton(candidate.example.sql) == wanted for candidate in candidates)


def _share(hits: Iterable[bool]) -> float:
    counted = list(hits)
    return sum(counted) / len(counted)


if __name__ == "__main__":
    main()
