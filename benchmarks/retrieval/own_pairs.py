"""Which ranking of a user's own pairs is best: the half-pool protocol on databases held out of
training.

    python benchmarks/retrieval/own_pairs.py --spider DIR [--model embedded --shots 1,3 --limit 20]

Of each held-out database of Spider's train split, the questions at even places are the pool and
those at odd places are asked. P: anything may be shown (Spider asks most questions twice). N: the
leak rule hides the same question and the same SQL, so that each question is a novel one.

Without a model: `copy` is the share of questions for which the SQL of the first example gives
gold's result, `skeleton@3` the share with an example of its skeleton among the first three,
`tables@3` the share of the gold tables that the first three use. With a model: execution accuracy
by ranking and number of own examples.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from nshot.data import Catalog, read_pool
from nshot.databases import execute
from nshot.errors import SqlError
from nshot.index import (
    ExampleIndex,
    RememberingEncoder,
    SentenceTransformerEncoder,
    best,
    find_content_encoder,
)
from nshot.pipeline import PipelineConfig, make_pipeline
from nshot.retrieval import IndexConfig, RetrievalConfig, Retriever, build_index
from nshot.sql import normalise, parse, skeleton
from nshot.types import Candidate, Example, Question

HELD_OUT = (
    "chinook_1 customer_deliveries customers_and_invoices decoration_competition election_representative "
    "entrepreneur hospital_1 machine_repair movie_1 party_host restaurants school_bus swimming theme_gallery"
).split()
STRATEGIES = ("keyword", "vector", "hybrid", "masked-hybrid", "double-hybrid", "content", "own-first")


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--spider", type=Path, required=True, help="folder of Spider as published")
    parser.add_argument("--model", help="ask this model, too")
    parser.add_argument("--strategies", default="own-first,double-hybrid,hybrid")
    parser.add_argument("--shots", default="1,3", help="numbers of own examples shown, with a model")
    parser.add_argument("--limit", type=int, help="with a model: questions of each database")
    asked = parser.parse_args()
    catalog = Catalog(asked.spider)
    pool, questions = halves(asked.spider)
    with tempfile.TemporaryDirectory() as folder:
        build_index(Path(folder) / "own", pool, catalog, IndexConfig("allow"))
        index = ExampleIndex(Path(folder) / "own")
        print(f"{len(pool)} pairs, {len(questions)} questions of {len(HELD_OUT)} databases")
        if asked.model:
            ask_model(asked, index, catalog, questions)
        else:
            compare_rankings(index, catalog, questions)


def halves(spider: Path) -> tuple[list[Example], list[Question]]:
    """The pool and the questions."""
    pool: list[Example] = []
    questions: list[Question] = []
    everything = read_pool(spider / "train_spider.json").examples
    for db_id in HELD_OUT:
        own = [one for one in everything if one.db_id == db_id]
        pool += own[::2]
        questions += [Question(one.question, db_id, one.id, one.sql) for one in own[1::2]]
    return pool, questions


def compare_rankings(index: ExampleIndex, catalog: Catalog, questions: Sequence[Question]) -> None:
    """The measures of each ranking without a model."""
    print(f"{'ranking':<28} {'copy P':>7} {'copy N':>7} {'skeleton@3 N':>13} {'tables@3 N':>11}")
    for name, some in rankings(index, catalog, questions):
        copied = np.mean(
            [same_result(catalog, q, found[0]) for q, found in zip(questions, some[0], strict=True)]
        )
        novel = some[1]
        rows = [
            np.mean(
                [bool(f) and same_result(catalog, q, f[0]) for q, f in zip(questions, novel, strict=True)]
            ),
            np.mean(
                [
                    skeleton(q.sql or "") in {skeleton(one.sql) for one in f[:3]}
                    for q, f in zip(questions, novel, strict=True)
                ]
            ),
            np.mean([shared_tables(q, f[:3]) for q, f in zip(questions, novel, strict=True)]),
        ]
        print(f"{name:<28} {copied:>7.3f} {rows[0]:>7.3f} {rows[1]:>13.3f} {rows[2]:>11.3f}", flush=True)


def rankings(
    index: ExampleIndex, catalog: Catalog, questions: Sequence[Question]
) -> Iterator[tuple[str, list[list[list[Example]]]]]:
    """Each ranking with the first examples of every question: those under P, and those under N."""
    encoder = RememberingEncoder(SentenceTransformerEncoder("structural"))
    rule = Retriever(index, RetrievalConfig("keyword"), catalog=catalog)
    for strategy in STRATEGIES:
        retriever = Retriever(index, RetrievalConfig(strategy), catalog=catalog, encoder=encoder)
        found = [own(retriever.retrieve(questions, len(index), live), questions) for live in (True, False)]
        yield strategy, found
    yield from weighted(index, rule, encoder, questions)


def own(found: list[list[Candidate]], questions: Sequence[Question]) -> list[list[Example]]:
    """The examples of each question's own database."""
    return [
        [one.example for one in some if one.example.db_id == question.db_id]
        for question, some in zip(questions, found, strict=True)
    ]


def weighted(
    index: ExampleIndex, rule: Retriever, encoder: RememberingEncoder, questions: Sequence[Question]
) -> Iterator[tuple[str, list[list[list[Example]]]]]:
    """Sums of cosines and of BM25 (as a share of the best score) in different weights."""
    second = find_content_encoder("structural")
    assert second is not None
    texts = [question.text for question in questions]
    first_cosines = encoder.encode(texts) @ index.vectors("question").vectors().T
    second_cosines = second.encode(texts) @ index.vectors("content").vectors().T
    words = np.array([index.bm25("question").scores(text.lower().rstrip("?. ").split()) for text in texts])
    words /= np.maximum(words.max(axis=1, keepdims=True), 1e-9)
    db_ids = np.array([entry.example.db_id for entry in index.entries])
    for weights in ((0, 1, 0), (0.5, 0.5, 0), (0.4, 0.4, 0.2), (0.3, 0.5, 0.2), (0.3, 0.7, 0), (0.7, 0.3, 0)):
        total = weights[0] * first_cosines + weights[1] * second_cosines + weights[2] * words
        found: list[list[list[Example]]] = [[], []]
        for at, question in enumerate(questions):
            mine = db_ids == question.db_id
            for kind, allowed in enumerate((mine, mine & rule.find_allowed(question))):
                rows = best(total[at].astype(np.float64), len(index), allowed, 6).rows.tolist()
                found[kind].append([entry.example for entry in index.fetch(rows)])
        yield "structural {}, MiniLM {}, words {}".format(*weights), found


def same_result(catalog: Catalog, question: Question, example: Example) -> bool:
    """Whether the example's SQL is gold, or gives the same rows."""
    gold, sql = question.sql or "", example.sql
    if normalise(gold) == normalise(sql):
        return True
    file = catalog.path(question.db_id)
    assert file is not None
    try:
        left, right = (execute(file, one).rows for one in (gold, sql))
    except SqlError:
        return False
    return bool(left) and sorted(map(repr, left)) == sorted(map(repr, right))


def shared_tables(question: Question, examples: Sequence[Example]) -> float:
    """The share of gold's tables that the examples use."""
    wanted = tables_of(question.sql or "")
    return len(wanted & {name for one in examples for name in tables_of(one.sql)}) / len(wanted)


def tables_of(sql: str) -> set[str]:
    """Lower-case names of the tables that SQL reads."""
    from sqlglot import exp

    return {table.name.lower() for table in parse(sql).find_all(exp.Table)}


def ask_model(
    asked: argparse.Namespace, index: ExampleIndex, catalog: Catalog, questions: Sequence[Question]
) -> None:
    """Execution accuracy by ranking and number of own examples, under P and N."""
    taken: dict[str, int] = {}
    some = []
    for question in questions:
        taken[question.db_id] = taken.get(question.db_id, 0) + 1
        if asked.limit is None or taken[question.db_id] <= asked.limit:
            some.append(question)
    config = PipelineConfig.of(model=asked.model, index=str(index.path), shots=0)
    engine = make_pipeline(config, catalog=catalog).engine
    systems: list[tuple[str, int]] = [("", 0)]
    systems += [(name, int(n)) for name in asked.strategies.split(",") for n in asked.shots.split(",")]
    for strategy, shots in systems:
        for live in (True, False) if shots else (False,):
            given = {"strategy": strategy} if shots else {}
            config = PipelineConfig.of(model=asked.model, index=str(index.path), shots=shots, **given)
            pipeline = make_pipeline(replace(config), engine=engine, catalog=catalog)
            right = [
                same_result(catalog, one.question, Example("", "", one.sql, one.question.db_id))
                for one in pipeline.predict(some, batch=64, live=live)
            ]
            name = f"{strategy} {shots}" if shots else "no examples"
            print(f"{name:<24} {'P' if live else 'N'} {np.mean(right):.3f} of {len(right)}", flush=True)


if __name__ == "__main__":
    main()
