"""From questions to candidates: create a `Retriever` for an index and a strategy, then query it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path

import numpy as np

from nshot.arrays import BoolArray, Float32Array
from nshot.data import Catalog
from nshot.databases import schema_from_json
from nshot.errors import DatabaseNotFoundError, OptionError, UnknownNameError
from nshot.index import (
    EVERYTHING,
    Encoder,
    Entry,
    ExampleStore,
    Filter,
    Hits,
    RowArray,
    Scores,
    SentenceTransformerEncoder,
    find_content_encoder,
    open_store,
)
from nshot.retrieval.config import Filters, RetrievalConfig
from nshot.retrieval.leak import LeakRule
from nshot.retrieval.masking import Masker
from nshot.retrieval.selection import SELECTIONS, Traits, depth_of
from nshot.retrieval.similarity import SkeletonTable, usable_skeleton
from nshot.retrieval.strategies import STRATEGIES, Query, Ranking, Searcher, Strategy
from nshot.retrieval.terms import terms
from nshot.types import Candidate, Question, Schema

SHOWN = 20
"""Names that an error message lists at most."""
BATCH = 256
"""Questions ranked at a time; this bounds the memory of a large call."""

FirstPass = Callable[[Sequence[Question]], Sequence[str]]
"""Returns, for each question, SQL written without examples; an empty string if there is none."""

Follow = Callable[[Collection[str]], int]
"""(databases that are asked) -> another number whenever the store has other entries than before."""


def _with_vectors_at_hand(config: RetrievalConfig, index: ExampleStore) -> RetrievalConfig:
    """The config, or for an index without vectors the one with the strategy that does without."""
    other = STRATEGIES[config.strategy].without_vectors
    return replace(config, strategy=other) if other and index.encoder is None else config


class Retriever:
    """Retrieves examples from one index with one configuration. Not thread-safe."""

    def __init__(
        self,
        index: ExampleStore | Path,
        config: RetrievalConfig | None = None,
        *,
        catalog: Catalog | None = None,
        encoder: Encoder | None = None,
        first_pass: FirstPass | None = None,
        same_db: str | None = None,
        follow: Follow | None = None,
        exclude_ids: frozenset[str] = frozenset(),
    ) -> None:
        """
        Args:
            index: An open store, or the folder of an index.
            config: How examples are picked; the default strategy needs no first pass.
            catalog: The databases of the questions; masked strategies read their names and values.
            encoder: Encoder of the questions; by default the one named in the index.
            first_pass: Writes the first-pass SQL for two-pass strategies; may also be set later.
            same_db: `never` or `allow`, in place of the policy stored in the index (see leak.py).
            follow: Called before each retrieval, for a store whose entries come and go.
            exclude_ids: Ids of examples that no question is shown.

        Raises:
            IndexFolderError: There is no index, or it lacks the vectors that the strategy needs.
                `own-first` needs none: without them, `masked-keyword` takes its place.
            EncoderMismatchError: `encoder` is not the encoder of the index.
        """
        self.index: ExampleStore = open_store(index) if isinstance(index, Path) else index
        self.config = _with_vectors_at_hand(config or RetrievalConfig(), self.index)
        self._catalog = catalog or Catalog()
        self._maskers: dict[str, tuple[Schema | None, Masker]] = {}
        """By database, with the schema that each is of."""
        info = self.index.encoder
        self._encoder = encoder or SentenceTransformerEncoder(info.name if info else "none")
        self.first_pass = first_pass
        self._content = find_content_encoder(info.name) if info and self.index.content else None
        self._policy, self._follow, self._version = same_db, follow, -1
        self._exclude_ids = exclude_ids
        self.without_first_pass: set[Question] = set()
        """Questions so far without usable first-pass SQL; they were ranked by the first strategy
        alone.
        """
        self._strategy = STRATEGIES[self.config.strategy]
        self._reads: Strategy = STRATEGIES[self.config.ranking]
        if self._reads.vectors:
            self.index.check_encoder(self._encoder)

    def with_config(self, config: RetrievalConfig) -> Retriever:
        """A retriever over the same open index, with the same encoder, that picks examples another
        way.

        Raises:
            IndexFolderError: The index lacks the vectors that the strategy needs.
        """
        return Retriever(
            self.index,
            config,
            catalog=self._catalog,
            encoder=self._encoder,
            same_db=self._policy,
            follow=self._follow,
            exclude_ids=self._exclude_ids,
        )

    def retrieve(self, questions: Sequence[Question], k: int, live: bool = False) -> list[list[Candidate]]:
        """Up to k candidates for each question, best first; fewer if fewer are allowed.

        Args:
            questions: The questions, with gold SQL if it is known, because the leak rule needs it.
            k: Number of candidates, at least 1; if it exceeds the pool, all allowed examples are
                returned.
            live: True if a user asks now (see leak.py); each candidate then explains its score in
                `why`. By default the strict rule applies and `why` is empty.

        Raises:
            OptionError: k is below 1, a question has no text, or the strategy needs a first pass
                and there is none.
            DatabaseNotFoundError: A masked strategy needs the schema of a question's database, and
                neither the index nor the catalog has it.
        """
        if k < 1:
            raise OptionError(f"`k` must be at least 1, got {k}", option="k")
        empty = [
            question.id or str(row) for row, question in enumerate(questions) if not question.text.strip()
        ]
        if empty:
            raise OptionError(f"the text of a question is empty; write one for: {', '.join(empty[:5])}")
        if self._follow is not None:
            self._forget_after(self._follow({question.db_id for question in questions}))
        if not len(self.index):
            return [[] for _ in questions]
        self._check_databases(questions)
        found: list[list[Candidate]] = []
        for start in range(0, len(questions), BATCH):
            batch = questions[start : start + BATCH]
            queries = [
                self._query(question, skeleton, live)
                for question, skeleton in zip(batch, self._first_skeletons(batch), strict=True)
            ]
            rankings = self._select(queries, k)
            found += [
                self._candidates(query, ranking, live)
                for query, ranking in zip(queries, rankings, strict=True)
            ]
        return found

    def schema(self, db_id: str) -> Schema:
        """The schema of a database as stored in the index, or else the catalog's.

        If neither has it, the schema has no tables; the database's examples can still be shown.
        """
        return self._schema(db_id) or Schema(db_id, ())

    def find_allowed(self, question: Question) -> BoolArray:
        """(n,) bool, in the order of the store's entries: True for what a measured question may be
        shown.
        """
        rows = self.index.rows(self._only(question, live=False))
        return np.isin(self.index.rows(EVERYTHING), rows, assume_unique=True)

    def mask(self, question: Question) -> str:
        """The masked question, using the schema and the cell values of its database."""
        schema = self._schema(question.db_id)
        kept = self._maskers.get(question.db_id)
        if kept is None or kept[0] is not schema:
            kept = self._maskers[question.db_id] = (schema, Masker(schema))
        return kept[1].shape(question.text, self._catalog.values(question.db_id).matches(question.text))

    def _forget_after(self, version: int) -> None:
        """Forget what was derived from the entries, if they are other ones now."""
        if version == self._version:
            return
        self._version = version
        for name in ("_rule", "_base", "_pool_schemas"):
            self.__dict__.pop(name, None)
        self._maskers.clear()

    def _query(self, question: Question, first_pass: str, live: bool) -> Query:
        masked = self.mask(question) if self._reads.masks else ""
        only = self._only(question, live)
        return Query(question.text, masked, only, self.config.seed, first_pass, question.db_id)

    def _only(self, question: Question, live: bool) -> Filter:
        """The configured filters, narrowed by the leak rule for this question."""
        schema = None if question.sql is None or live else self._schema(question.db_id)
        return self._rule.narrow(self._base, question, schema, live)

    def _first_skeletons(self, questions: Sequence[Question]) -> list[str]:
        """The skeleton of each question's first-pass SQL; an empty string if the SQL is not
        usable."""
        if not self._strategy.two_pass:
            return [""] * len(questions)
        if self.first_pass is None:
            raise OptionError(
                f"{self.config.strategy} ranks by first-pass SQL, but there is no first pass; give "
                f"`first_pass` FILE, or use {self.config.first}"
            )
        unknown = [replace(question, sql=None) for question in questions]
        skeletons = [usable_skeleton(sql) for sql in self.first_pass(unknown)]
        self.without_first_pass.update(
            question for question, skeleton in zip(questions, skeletons, strict=True) if not skeleton
        )
        return skeletons

    def _select(self, queries: Sequence[Query], k: int) -> list[Ranking]:
        """Select k of each ranking.

        Ranks as deep as the selection needs. If a selection that skips candidates finds fewer than
        k, the whole pool is ranked for those questions.
        """
        size = len(self.index)
        depth = min(size, depth_of(self.config.select, k))
        chosen = self._rank(queries, k, depth)
        if not SELECTIONS[self.config.select].may_skip or depth == size:
            return chosen
        short = [place for place, ranking in enumerate(chosen) if len(ranking.hits.rows) < k]
        deeper = self._rank([queries[place] for place in short], k, size)
        for place, ranking in zip(short, deeper, strict=True):
            chosen[place] = ranking
        return chosen

    def _rank(self, queries: Sequence[Query], k: int, depth: int) -> list[Ranking]:
        config = self.config
        searcher = Searcher(
            self.index, self._encoder, self._alike, self._content, config.first, config.threshold
        )
        select = SELECTIONS[self.config.select].take
        rankings = self._strategy.rank(searcher, queries, depth)
        return [
            Ranking(select(self._above(ranking.hits), k, self._traits), ranking.parts) for ranking in rankings
        ]

    def _above(self, hits: Hits) -> Hits:
        if self.config.min_score is None:
            return hits
        keep = hits.scores >= self.config.min_score
        return Hits(hits.rows[keep], hits.scores[keep])

    def _candidates(self, query: Query, ranking: Ranking, explain: bool) -> list[Candidate]:
        rows = ranking.hits.rows.tolist()
        own = self._content is not None and self._strategy.own_first
        return [
            Candidate(
                entry.example,
                float(score),
                self._why(query, ranking, row, entry) if explain else "",
                float(score) - 1 if own and score >= 1 else None,
            )
            for row, entry, score in zip(rows, self.index.fetch(rows), ranking.hits.scores, strict=True)
        ]

    def _why(self, query: Query, ranking: Ranking, row: int, entry: Entry) -> str:
        if ranking.parts:
            ranks = {name: ranks.get(row) for name, ranks in ranking.parts.items()}
            found = [f"{name} #{rank}" for name, rank in ranks.items() if rank is not None]
            if query.first_pass:
                (alike,) = self._skeletons.similarity(query.first_pass, [entry.skeleton])
                found.append(f"skeleton {alike:.2f} like the first pass")
            return ", ".join(found)
        if self._strategy.seeded:
            return f"seed {query.seed}"
        if not self._strategy.terms:
            return "cosine"
        field = self._reads.field
        there = set(terms(field, entry.text(field)))
        shared = dict.fromkeys(term for term in terms(field, query.text(field)) if term in there)
        return "shares: " + ", ".join(list(shared)[-4:]) if shared else "shares no term"

    def _schema(self, db_id: str) -> Schema | None:
        """The schema that the index's examples were masked by; if it has none, the catalog's."""
        if db_id in self._pool_schemas:
            return self._pool_schemas[db_id]
        return self._catalog.find_schema(db_id)

    def _check_databases(self, questions: Sequence[Question]) -> None:
        if not self._reads.masks:
            return
        missing = [
            db_id
            for db_id in dict.fromkeys(q.db_id for q in questions)
            if db_id and self._schema(db_id) is None
        ]
        if missing:
            raise DatabaseNotFoundError(
                f"no schema for {', '.join(missing[:5])}{' ...' if len(missing) > 5 else ''}; "
                f"{self.config.ranking} needs it to mask the question; give `databases` or `tables`, or "
                f"use {self._reads.unmasked}"
            )

    @cached_property
    def _pool_schemas(self) -> dict[str, Schema]:
        return {db_id: schema_from_json(record) for db_id, record in self.index.schemas.items()}

    @cached_property
    def _rule(self) -> LeakRule:
        return LeakRule(self.index, self._policy or self.index.same_db)

    @cached_property
    def _base(self) -> Filter:
        """The configured filters. Exact repeats are excluded too: a second equal shot adds
        nothing."""
        filters = self.config.filters
        if filters != Filters():
            facets = self.index.facets
            _check_filter("db_id", filters.db_ids, facets.db_ids)
            _check_filter("difficulty", filters.difficulties, facets.difficulties)
            _check_filter("tag", filters.tags, facets.tags)
        return Filter(
            frozenset(filters.db_ids),
            frozenset(filters.difficulties),
            frozenset(filters.tags),
            exclude_ids=self._exclude_ids,
            repeats=False,
        )

    @cached_property
    def _skeletons(self) -> SkeletonTable:
        return SkeletonTable()

    @cached_property
    def _traits(self) -> Traits:
        return Traits(self._skeletons_of, self._similarity, self.config.diversity)

    def _skeletons_of(self, rows: Sequence[int]) -> list[str]:
        return [entry.skeleton for entry in self.index.fetch(rows)]

    def _alike(self, skeleton: str, rows: RowArray) -> Scores:
        return self._skeletons.similarity(skeleton, self._skeletons_of(rows.tolist()))

    def _similarity(self, rows: Sequence[int]) -> Float32Array:
        """(n, n) float32 cosines of the stored vectors; without vectors, Jaccard similarity of the
        terms.
        """
        field = self._reads.field
        if self.index.encoder is not None:
            vectors = self.index.embeddings(field, rows)
            return np.asarray(vectors @ vectors.T, dtype=np.float32)
        sets = [set(terms(field, entry.text(field))) for entry in self.index.fetch(rows)]
        return np.array([[len(a & b) / (len(a | b) or 1) for b in sets] for a in sets], dtype=np.float32)


def _check_filter(noun: str, wanted: tuple[str, ...], there: frozenset[str]) -> None:
    for name in wanted:
        if not there - {""}:
            raise OptionError(f"no example of the pool has a {noun}, got {name!r}; leave that filter out")
        if name not in there:
            raise UnknownNameError(noun, name, sorted(there)[:SHOWN])
