"""How the pool is ranked for a question: a table of strategies, each a value with its rank function.

`keyword` is BM25, `vector` the cosine of sentence embeddings, `hybrid` the reciprocal rank fusion of
the two, each over the questions as they are or, `masked-...`, over the masked questions;
`double-hybrid` fuses the vectors of both. `skeleton` and `skeleton-hybrid` take two passes: they rank by
one of these and by the SQL of a first pass.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import numpy as np

from nshot.index import (
    DECIMALS,
    EVERYTHING,
    Encoder,
    ExampleStore,
    Field,
    Filter,
    Hits,
    RowArray,
    Scores,
    best,
)
from nshot.retrieval.masking import plain
from nshot.retrieval.terms import terms

FUSION_CONSTANT = 5
"""c of reciprocal rank fusion, score = sum of 1 / (c + rank). The 60 of the paper
(https://doi.org/10.1145/1571941.1572114) levels the first ranks, where a few shots are taken from:
identical skeleton in the top 3 on held-out train databases .438 with 60, .452 with 5."""
FUSION_DEPTH = 100
"""How far down each ranking counts."""
FIRST_DEPTH = 1000
"""How far down its first ranking a strategy of two passes looks. Only the order of what is deeper would
change with the whole pool; `masked-hybrid` alone takes four times as long for all of 7,000 examples."""


class Query(NamedTuple):
    """A question made ready for ranking."""

    question: str
    masked: str
    only: Filter
    """What it may be shown."""
    seed: int = 0
    first_pass: str = ""
    """Skeleton of the SQL of a first pass; empty where there is none."""

    def text(self, field: Field) -> str:
        """The text to compare with that field of the pool."""
        return self.masked if field == "masked" else self.question


class Ranking(NamedTuple):
    """A ranking of allowed rows, and where each part of a fusion saw them."""

    hits: Hits
    parts: Mapping[str, Mapping[int, int]] = {}
    """For each part of a fusion: 1-based rank by row."""


@dataclass(frozen=True)
class Searcher:
    """What a strategy ranks with."""

    store: ExampleStore
    encoder: Encoder
    alike: Callable[[str, RowArray], Scores]
    """A skeleton and (n,) rows -> (n,) float64: how like it the SQL of each row is, 0 to 1."""
    first: str = "masked-hybrid"
    """Of strategies of two passes: the strategy that gives the first ranking."""
    threshold: float = 1.0
    """Of `skeleton`: least similarity of what goes to the front."""


Rank = Callable[[Searcher, Sequence[Query], int], Iterable[Ranking]]
"""(searcher, queries, depth) -> for each query the best `depth` allowed rows."""


@dataclass(frozen=True, slots=True)
class Strategy:
    """A way to rank the pool: its rank function, and what that function needs."""

    rank: Rank
    texts: tuple[Field, ...] = ()
    """The texts of an entry that it compares with the question; empty if it reads neither, or leaves that
    to the strategy of its first ranking."""
    vectors: bool = False
    """It searches vectors: the index must have some, and the encoder must be the index's."""
    terms: bool = False
    """It counts terms by BM25."""
    two_pass: bool = False
    """It ranks by a first ranking and by the SQL of a first pass."""
    threshold: bool = False
    """It reads `RetrievalConfig.threshold`."""
    seeded: bool = False
    """It draws at random: another seed gives other examples."""
    unmasked: str = ""
    """Of a strategy that masks the question, the one to use for a database without a schema."""

    @property
    def field(self) -> Field:
        """The text by which a selection and an explanation compare: the masked one if it is read."""
        return "masked" if "masked" in self.texts else "question"

    @property
    def masks(self) -> bool:
        """It reads the masked question, so the schema of the question's database must be known."""
        return "masked" in self.texts


def random(searcher: Searcher, queries: Sequence[Query], depth: int) -> Iterator[Ranking]:
    """Uniform draws; the same for the same seed, question and pool, whatever else is asked."""
    rows = searcher.store.rows(EVERYTHING)
    for query in queries:
        digest = hashlib.sha256(query.question.encode()).digest()
        generator = np.random.default_rng([query.seed, int.from_bytes(digest[:8])])
        allowed = searcher.store.rows(query.only)
        scores: Scores = generator.random(len(rows))[np.searchsorted(rows, allowed)]
        drawn = best(scores, depth)
        yield Ranking(Hits(allowed[drawn.rows], drawn.scores))


def keyword(searcher: Searcher, queries: Sequence[Query], depth: int, field: Field) -> Iterator[Ranking]:
    """BM25 scores of the field's terms."""
    for query in queries:
        asked = terms(field, query.text(field))
        yield Ranking(searcher.store.search_terms(field, asked, depth, query.only))


def vector(searcher: Searcher, queries: Sequence[Query], depth: int, field: Field) -> list[Ranking]:
    """Cosine of the encoder's vectors of the field."""
    texts = [encoder_text(field, query.text(field)) for query in queries]
    vectors = searcher.encoder.encode(texts)
    found = searcher.store.search_vectors(field, vectors, depth, [query.only for query in queries])
    return [Ranking(hits) for hits in found]


def hybrid(searcher: Searcher, queries: Sequence[Query], depth: int, field: Field) -> Iterator[Ranking]:
    """Reciprocal rank fusion of the first FUSION_DEPTH of `keyword` and `vector`.

    Rows that share no term with the question take no part in `keyword`. What is asked for beyond the fused
    rows follows in the order of a fusion of the deeper rankings, with score 0: the candidates of a
    question do not depend on how many are asked for.
    """
    deep = max(depth, FUSION_DEPTH)
    by_vector = vector(searcher, queries, deep, field)
    return _fusion(keyword(searcher, queries, deep, field), {"vector": by_vector}, depth, 1)


def double_hybrid(searcher: Searcher, queries: Sequence[Query], depth: int) -> Iterator[Ranking]:
    """`hybrid` of the masked questions' `keyword` with `vector` of both texts, each of which counts double.

    For an encoder that knows the SQL behind a plain question, too, such as `structural`: with any other,
    the vectors of the plain questions find the topic and not the shape.
    """
    deep = max(depth, FUSION_DEPTH)
    by_vector: dict[str, Iterable[Ranking]] = {
        "vector": vector(searcher, queries, deep, "question"),
        "masked vector": vector(searcher, queries, deep, "masked"),
    }
    return _fusion(keyword(searcher, queries, deep, "masked"), by_vector, depth, 2)


def _fusion(
    by_keyword: Iterable[Ranking], by_vector: Mapping[str, Iterable[Ranking]], depth: int, weight: int
) -> Iterator[Ranking]:
    """The fusion of rankings of the same queries; those by vector count `weight` times."""
    deep = max(depth, FUSION_DEPTH)
    for first, *others in zip(by_keyword, *by_vector.values(), strict=True):
        vectors = [_ranks(ranking.hits) for ranking in others]
        ranks = [_ranks(first.hits, above=0.0), *(part for part in vectors for _ in range(weight))]
        heads = [{row: rank for row, rank in part.items() if rank <= FUSION_DEPTH} for part in ranks]
        fused = fuse(heads, depth)
        if depth > len(fused.rows):
            fused = _with_tail(fused, fuse([*ranks, _ranks(first.hits)], (1 + len(ranks)) * deep), depth)
        yield Ranking(fused, {"keyword": ranks[0], **dict(zip(by_vector, vectors, strict=True))})


def skeleton(searcher: Searcher, queries: Sequence[Query], depth: int) -> Iterator[Ranking]:
    """The first ranking, with those in front whose SQL has a skeleton like that of the first pass.

    "Like" is a similarity (similarity.py) of at least the threshold; in front and behind the order is that
    of the first ranking, whose first FIRST_DEPTH are looked at. The score is 1 for being in front, plus
    1 / (1 + rank in the first ranking). A query without a first pass keeps the first ranking.
    Source: Gao et al. 2023, DAIL-SQL, https://arxiv.org/abs/2308.15363
    """
    for query, first, deep in _first(searcher, queries, depth):
        scores = 1 / (2.0 + np.arange(len(first.rows)))
        if query.first_pass:
            alike = searcher.alike(query.first_pass, first.rows).round(DECIMALS)
            scores += alike >= searcher.threshold
        order = np.argsort(-scores, kind="stable")
        hits = Hits(first.rows[order], scores[order])
        yield Ranking(_with_tail(hits, deep, depth), {searcher.first: _ranks(first)})


def skeleton_hybrid(searcher: Searcher, queries: Sequence[Query], depth: int) -> Iterator[Ranking]:
    """Reciprocal rank fusion of the first ranking and of the same rows by similarity to the first pass.

    Rows of the same similarity stand in the order of the first ranking, whose first FIRST_DEPTH are looked
    at. The first FUSION_DEPTH of each count; where there is no first pass only the first ranking does.
    """
    for query, first, deep in _first(searcher, queries, depth):
        parts = {searcher.first: _ranks(first)}
        if query.first_pass:
            alike = searcher.alike(query.first_pass, first.rows)
            order = np.argsort(-alike.round(DECIMALS), kind="stable")
            parts["skeleton"] = _ranks(Hits(first.rows[order], alike[order]))
        heads = [{row: rank for row, rank in part.items() if rank <= FUSION_DEPTH} for part in parts.values()]
        fused = _with_tail(fuse(heads, depth), first, depth)
        yield Ranking(_with_tail(fused, deep, depth), parts)


def _first(searcher: Searcher, queries: Sequence[Query], depth: int) -> Iterator[tuple[Query, Hits, Hits]]:
    """For each query the first FIRST_DEPTH of its first ranking, and a ranking as deep as is asked for."""
    rank = STRATEGIES[searcher.first].rank
    heads = [ranking.hits for ranking in rank(searcher, queries, FIRST_DEPTH)]
    deeper = (ranking.hits for ranking in rank(searcher, queries, depth)) if depth > FIRST_DEPTH else heads
    yield from zip(queries, heads, deeper, strict=True)


STRATEGIES: dict[str, Strategy] = {
    "random": Strategy(random, seeded=True),
    "vector": Strategy(partial(vector, field="question"), ("question",), vectors=True),
    "keyword": Strategy(partial(keyword, field="question"), ("question",), terms=True),
    "hybrid": Strategy(partial(hybrid, field="question"), ("question",), vectors=True, terms=True),
    "masked-vector": Strategy(partial(vector, field="masked"), ("masked",), vectors=True, unmasked="vector"),
    "masked-keyword": Strategy(partial(keyword, field="masked"), ("masked",), terms=True, unmasked="keyword"),
    "masked-hybrid": Strategy(
        partial(hybrid, field="masked"), ("masked",), vectors=True, terms=True, unmasked="hybrid"
    ),
    "double-hybrid": Strategy(
        double_hybrid, ("question", "masked"), vectors=True, terms=True, unmasked="hybrid"
    ),
    "skeleton": Strategy(skeleton, two_pass=True, threshold=True),
    "skeleton-hybrid": Strategy(skeleton_hybrid, two_pass=True),
}


def names_where(holds: Callable[[Strategy], bool]) -> tuple[str, ...]:
    """The names of the strategies for which a condition holds, in the order of the table.

    >>> names_where(lambda strategy: strategy.two_pass)
    ('skeleton', 'skeleton-hybrid')
    """
    return tuple(name for name, strategy in STRATEGIES.items() if holds(strategy))


def encoder_text(field: Field, text: str) -> str:
    """The text of a field as the encoder reads it."""
    return plain(text) if field == "masked" else text


def fuse(rankings: Sequence[Mapping[int, int]], depth: int) -> Hits:
    """The reciprocal rank fusion of rankings given as 1-based rank by row; ties by the lower row.

    >>> fuse([{7: 1, 8: 2}, {8: 1, 9: 2}], 2).rows.tolist()
    [8, 7]
    """
    fused: dict[int, float] = {}
    for ranks in rankings:
        for row, rank in ranks.items():
            fused[row] = fused.get(row, 0.0) + 1 / (FUSION_CONSTANT + rank)
    fused = {row: round(score, 12) for row, score in fused.items()}
    rows = sorted(fused, key=lambda row: (-fused[row], row))[:depth]
    return Hits(np.array(rows, dtype=np.int64), np.array([fused[row] for row in rows]))


def _ranks(hits: Hits, above: float = -np.inf) -> dict[int, int]:
    """1-based rank by row, for the rows that score more than `above`."""
    scored = zip(hits.rows.tolist(), hits.scores.tolist(), strict=True)
    return {row: rank for rank, (row, score) in enumerate(scored, start=1) if score > above}


def _with_tail(head: Hits, tail: Hits, depth: int) -> Hits:
    """The first `depth` of `head`, and then of what only `tail` has, with score 0."""
    head = Hits(head.rows[:depth], head.scores[:depth])
    there = set(head.rows.tolist())
    rows = [row for row in tail.rows.tolist() if row not in there][: depth - len(there)]
    return Hits(
        np.concatenate([head.rows, np.array(rows, dtype=np.int64)]),
        np.concatenate([head.scores, np.zeros(len(rows))]),
    )
