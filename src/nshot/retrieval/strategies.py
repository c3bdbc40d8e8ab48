"""Rank the pool for a question: a table of strategies, each with its rank function.

`keyword` ranks by BM25, `vector` by the cosine of sentence embeddings, and `hybrid` by the
reciprocal rank fusion of the two. They compare the plain questions, or the masked questions if the
name begins with `masked-`. `double-hybrid` uses the vectors of both. `content` ranks by what a
question is about, and `own-first` puts the examples of the question's own database first, by
content. `skeleton` and `skeleton-hybrid` take two passes: they combine the ranking of one of these
strategies with the similarity to first-pass SQL.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
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
from nshot.retrieval.content import ContentCosines
from nshot.retrieval.masking import write_as_sentence
from nshot.retrieval.terms import terms

FUSION_CONSTANT = 5
"""Constant c of reciprocal rank fusion, score = sum of 1 / (c + rank). The paper's value 60
(https://doi.org/10.1145/1571941.1572114) hardly separates the first ranks, which few-shot prompts
are taken from: with 60, match@3 on held-out train databases is .438; with 5, it is .452."""
FUSION_DEPTH = 100
"""Number of top ranks of each ranking that take part in a fusion."""
FIRST_DEPTH = 1000
"""Number of top ranks of the first ranking that a two-pass strategy reorders. Ranking the whole
pool would change only the order below; for 7,000 examples, `masked-hybrid` alone would take four
times as long."""


class Query(NamedTuple):
    """A question prepared for ranking."""

    question: str
    masked: str
    only: Filter
    """The examples that the question may be shown."""
    seed: int = 0
    first_pass: str = ""
    """Skeleton of the first-pass SQL; empty if there is none."""
    db_id: str = ""
    """The database that is asked."""

    def text(self, field: Field) -> str:
        """The text of the question that is compared with that field of the pool."""
        return self.masked if field == "masked" else self.question


class Ranking(NamedTuple):
    """A ranking of allowed rows; for a fusion, also the ranks in each fused ranking."""

    hits: Hits
    parts: Mapping[str, Mapping[int, int]] = {}
    """For each fused ranking, by name: 1-based rank by row."""


@dataclass(frozen=True)
class Searcher:
    """What a rank function works with."""

    store: ExampleStore
    encoder: Encoder
    alike: Callable[[str, RowArray], Scores]
    """(skeleton, (n,) rows) -> (n,) float64: similarity of each row's SQL to the skeleton, 0 to 1.
    """
    content: Encoder | None = None
    """The encoder of the store's content vectors; None if it has none."""
    first: str = "masked-hybrid"
    """For two-pass strategies: the strategy that gives the first ranking."""
    threshold: float = 1.0
    """For `skeleton`: lowest similarity at which an example is moved to the front."""


Rank = Callable[[Searcher, Sequence[Query], int], Iterable[Ranking]]
"""(searcher, queries, depth) -> for each query, the best `depth` allowed rows."""


@dataclass(frozen=True, slots=True)
class Strategy:
    """A way to rank the pool: its rank function, and what that function needs."""

    rank: Rank
    texts: tuple[Field, ...] = ()
    """The texts of an entry that are compared with the question; empty if it compares neither
    itself, as in `random` and the two-pass strategies."""
    vectors: bool = False
    """It searches vectors, so the index must have vectors from the same encoder."""
    terms: bool = False
    """It searches terms with BM25."""
    two_pass: bool = False
    """It combines a first ranking with the SQL of a first pass."""
    threshold: bool = False
    """It uses `RetrievalConfig.threshold`."""
    without_vectors: str = ""
    """The strategy that takes its place where the index has no vectors; empty where that is an
    error.
    """
    own_first: bool = False
    """The score of an example of the question's own database is 1 plus its similarity."""
    seeded: bool = False
    """It draws at random: another seed gives other examples."""
    unmasked: str = ""
    """For a strategy that masks the question: the strategy to suggest for a database without a
    schema.
    """

    @property
    def field(self) -> Field:
        """The text used by selections and explanations: the masked question if the strategy
        compares it.
        """
        return "masked" if "masked" in self.texts else "question"

    @property
    def masks(self) -> bool:
        """It compares the masked question, so the schema of the question's database must be
        known."""
        return "masked" in self.texts


def random(searcher: Searcher, queries: Sequence[Query], depth: int) -> Iterator[Ranking]:
    """A random ranking, determined by the seed, the question and the pool alone."""
    rows = searcher.store.rows(EVERYTHING)
    for query in queries:
        digest = hashlib.sha256(query.question.encode()).digest()
        generator = np.random.default_rng([query.seed, int.from_bytes(digest[:8])])
        allowed = searcher.store.rows(query.only)
        scores: Scores = generator.random(len(rows))[np.searchsorted(rows, allowed)]
        drawn = best(scores, depth)
        yield Ranking(Hits(allowed[drawn.rows], drawn.scores))


def keyword(searcher: Searcher, queries: Sequence[Query], depth: int, field: Field) -> Iterator[Ranking]:
    """Rank by the BM25 score of the field's terms."""
    for query in queries:
        asked = terms(field, query.text(field))
        yield Ranking(searcher.store.search_terms(field, asked, depth, query.only))


def vector(searcher: Searcher, queries: Sequence[Query], depth: int, field: Field) -> list[Ranking]:
    """Rank by the cosine of the encoder's vectors of the field."""
    (found,) = _vectors(searcher, queries, depth, (field,))
    return found


def _vectors(
    searcher: Searcher, queries: Sequence[Query], depth: int, fields: Sequence[Field]
) -> list[list[Ranking]]:
    """For each field a ranking of each query; the texts of all fields are encoded at once."""
    texts = [encoder_text(field, query.text(field)) for field in fields for query in queries]
    parts = np.split(searcher.encoder.encode(texts), len(fields))
    only = [query.only for query in queries]
    return [
        [Ranking(hits) for hits in searcher.store.search_vectors(field, vectors, depth, only)]
        for field, vectors in zip(fields, parts, strict=True)
    ]


def hybrid(searcher: Searcher, queries: Sequence[Query], depth: int, field: Field) -> Iterator[Ranking]:
    """Reciprocal rank fusion of the first FUSION_DEPTH ranks of `keyword` and `vector`.

    Rows that share no term with the question are left out of `keyword`. If more rows are requested
    than were fused, the others follow with score 0, in the order of a fusion of the deeper
    rankings. The first k candidates are therefore the same for every depth.
    """
    deep = max(depth, FUSION_DEPTH)
    by_vector = vector(searcher, queries, deep, field)
    return _fusion(keyword(searcher, queries, deep, field), {"vector": by_vector}, depth, 1)


def double_hybrid(searcher: Searcher, queries: Sequence[Query], depth: int) -> Iterator[Ranking]:
    """Fusion of `keyword` over the masked questions with `vector` over both texts; each `vector`
    counts double.

    Made for an encoder such as `structural`, which was tuned so that plain questions with similar
    SQL are close. With other encoders, vectors of plain questions compare the topic, not the shape
    of the SQL.
    """
    deep = max(depth, FUSION_DEPTH)
    plain, masked = _vectors(searcher, queries, deep, ("question", "masked"))
    by_vector: dict[str, Iterable[Ranking]] = {"vector": plain, "masked vector": masked}
    return _fusion(keyword(searcher, queries, deep, "masked"), by_vector, depth, 2)


def content(searcher: Searcher, queries: Sequence[Query], depth: int) -> Iterator[Ranking]:
    """Mean of the cosines of the plain questions by both encoders: that of the index, and that of
    its content vectors. An example without a content vector keeps the first cosine.

    Looks at the first FUSION_DEPTH of each ranking, or at more if more are asked for.
    """
    cosines = _content_cosines(searcher, queries)
    for at, hits in enumerate(cosines.search([query.only for query in queries], max(depth, FUSION_DEPTH))):
        rows = np.unique(np.concatenate([one.rows for one in hits]))
        parts = {"vector": _ranks(hits[0]), **({"content": _ranks(hits[1])} if len(hits) > 1 else {})}
        yield Ranking(cosines.rank(at, rows, depth), parts)


def own_first(searcher: Searcher, queries: Sequence[Query], depth: int) -> Iterator[Ranking]:
    """Examples of the question's own database by `content`, and after them the others by
    `double-hybrid`.

    An own example shows the tables and words that the question is about, so what counts is what it
    asks; an example of another database can only show the shape of the SQL. The score of an own
    example is 1 plus its mean cosine, above that of any other. Without own examples the ranking is
    that of `double-hybrid`.
    """
    own = [_own_rows(searcher.store, query) for query in queries]
    some = [query for query, rows in zip(queries, own, strict=True) if len(rows)]
    cosines = _content_cosines(searcher, some)
    at = 0
    for rows, ranking in zip(own, double_hybrid(searcher, queries, depth), strict=True):
        if not len(rows):
            yield ranking
            continue
        front, rest = cosines.rank(at, rows, depth), ~np.isin(ranking.hits.rows, rows)
        at += 1
        hits = Hits(
            np.concatenate([front.rows, ranking.hits.rows[rest]])[:depth],
            np.concatenate([1 + np.maximum(front.scores, 0), ranking.hits.scores[rest]])[:depth],
        )
        yield Ranking(hits, {"own": _ranks(front), **ranking.parts})


def _content_cosines(searcher: Searcher, queries: Sequence[Query]) -> ContentCosines:
    questions = [query.question for query in queries]
    return ContentCosines(searcher.store, searcher.encoder, searcher.content, questions)


def _own_rows(store: ExampleStore, query: Query) -> RowArray:
    """The rows that pass the query's filter and are of its own database."""
    only, db_id = query.only, query.db_id
    if db_id in only.exclude_db_ids or (only.db_ids and db_id not in only.db_ids):
        return np.zeros(0, dtype=np.int64)
    return store.rows(replace(only, db_ids=frozenset({db_id})))


def _fusion(
    by_keyword: Iterable[Ranking], by_vector: Mapping[str, Iterable[Ranking]], depth: int, weight: int
) -> Iterator[Ranking]:
    """The fusion of rankings of the same queries; each vector ranking counts `weight` times."""
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
    """The first ranking, with examples moved to the front if their skeleton is like that of the
    first pass.

    An example is moved if the similarity of the skeletons (similarity.py) is at least the
    threshold. Otherwise the order of the first ranking is kept; its first FIRST_DEPTH ranks are
    considered. The score is 1 / (1 + rank in the first ranking), plus 1 if the example was moved.
    Without first-pass SQL the first ranking is unchanged. Source: Gao et al. 2023, DAIL-SQL,
    https://arxiv.org/abs/2308.15363
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
    """Reciprocal rank fusion of the first ranking with the same rows ordered by similarity to the
    first pass.

    The first FIRST_DEPTH rows of the first ranking are considered; rows of equal similarity keep
    its order. The first FUSION_DEPTH ranks of both are fused. Without first-pass SQL only the first
    ranking counts.
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
    """For each query: its first FIRST_DEPTH hits in the first ranking, and a ranking of at least
    `depth`.
    """
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
    "content": Strategy(content, ("question",), vectors=True),
    "own-first": Strategy(
        own_first,
        ("question", "masked"),
        vectors=True,
        terms=True,
        unmasked="hybrid",
        without_vectors="masked-keyword",
        own_first=True,
    ),
    "skeleton": Strategy(skeleton, two_pass=True, threshold=True),
    "skeleton-hybrid": Strategy(skeleton_hybrid, two_pass=True),
}


def names_where(holds: Callable[[Strategy], bool]) -> tuple[str, ...]:
    """The names of the strategies that meet a condition, in the order of the table.

    >>> names_where(lambda strategy: strategy.two_pass)
    ('skeleton', 'skeleton-hybrid')
    """
    return tuple(name for name, strategy in STRATEGIES.items() if holds(strategy))


def encoder_text(field: Field, text: str) -> str:
    """The text of a field as it is given to the encoder."""
    return write_as_sentence(text) if field == "masked" else text


def fuse(rankings: Sequence[Mapping[int, int]], depth: int) -> Hits:
    """Reciprocal rank fusion of rankings given as {row: 1-based rank}; the lower row wins a tie.

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
    """1-based rank by row, for the rows with a score greater than `above`."""
    scored = zip(hits.rows.tolist(), hits.scores.tolist(), strict=True)
    return {row: rank for rank, (row, score) in enumerate(scored, start=1) if score > above}


def _with_tail(head: Hits, tail: Hits, depth: int) -> Hits:
    """The first `depth` hits of `head`, followed by the rows that only `tail` has, with score 0."""
    head = Hits(head.rows[:depth], head.scores[:depth])
    there = set(head.rows.tolist())
    rows = [row for row in tail.rows.tolist() if row not in there][: depth - len(there)]
    return Hits(
        np.concatenate([head.rows, np.array(rows, dtype=np.int64)]),
        np.concatenate([head.scores, np.zeros(len(rows))]),
    )
