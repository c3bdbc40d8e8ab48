"""Questions in, candidates out: bind an index and a strategy once, ask many times."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
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
    ExampleIndex,
    ExampleStore,
    Filter,
    Hits,
    RowArray,
    Scores,
    SentenceTransformerEncoder,
)
from nshot.options import option
from nshot.retrieval.leak import LeakRule
from nshot.retrieval.masking import Masker
from nshot.retrieval.selection import SELECTIONS, Traits, depth_of
from nshot.retrieval.similarity import SkeletonTable, usable_skeleton
from nshot.retrieval.strategies import STRATEGIES, Query, Ranking, Searcher, Strategy, names_where
from nshot.retrieval.terms import terms
from nshot.types import Candidate, Question, Schema

SHOWN = 20
"""Names that a message lists at most."""
BATCH = 256
"""Questions ranked at a time: bounds the memory of a batch."""

FirstPass = Callable[[Sequence[Question]], Sequence[str]]
"""For each question the SQL that somebody wrote who did not know its examples; empty for none."""


@dataclass(frozen=True)
class Filters:
    """Which examples may be considered at all; an empty field lets all pass."""

    db_ids: tuple[str, ...] = option((), name="from_db")
    """Only examples of this database; may be given several times."""
    difficulties: tuple[str, ...] = option((), name="difficulty")
    """Only examples this hard: easy, medium, hard or extra; may be given several times."""
    tags: tuple[str, ...] = option((), name="tag")
    """Only examples with this tag; may be given several times: any one of them is enough."""


_TWO_PASS = names_where(lambda strategy: strategy.two_pass)
_THRESHOLD = names_where(lambda strategy: strategy.threshold)


@dataclass(frozen=True)
class RetrievalConfig:
    """How examples are picked; checked when made."""

    strategy: str = option("double-hybrid", common=True)
    """How examples are ranked: random, vector, keyword, hybrid, masked-vector, masked-keyword,
    masked-hybrid (masked: with the names and values of the schema taken out of the question), double-hybrid
    (both), or by SQL that was written without examples, too: skeleton, skeleton-hybrid."""
    select: str = option("top")
    """What is taken of the ranking: top (the best), mmr (unlike one another), distinct (each form of SQL
    once), or coverage (together the parts of SQL that the best agree on)."""
    min_score: float | None = option(None)
    """Leave out examples below this score, in the unit of the strategy (BM25, cosine, fusion)."""
    filters: Filters = Filters()
    seed: int = option(0)
    """For `strategy` random and `method` sample."""
    diversity: float = option(0.3, needs=("select", ("mmr",)))
    """For `select` mmr: from 0 (only the score counts) to 1 (only difference)."""
    first: str = option("masked-hybrid", name="first_strategy", needs=("strategy", _TWO_PASS))
    """For `strategy` skeleton and skeleton-hybrid: the strategy of the first ranking."""
    threshold: float = option(0.85, name="skeleton_threshold", needs=("strategy", _THRESHOLD))
    """For `strategy` skeleton: examples whose skeleton has at least this similarity (0 to 1) to the first
    pass go to the front, as in DAIL-SQL."""

    @property
    def needs_first_pass(self) -> bool:
        """Whether examples are ranked by SQL that is written without them."""
        return STRATEGIES[self.strategy].two_pass

    @property
    def ranking(self) -> str:
        """The strategy that looks at the questions: the first one of two passes, or the only one."""
        return self.first if STRATEGIES[self.strategy].two_pass else self.strategy

    def __post_init__(self) -> None:
        if self.strategy not in STRATEGIES:
            raise UnknownNameError("strategy", self.strategy, tuple(STRATEGIES))
        if self.select not in SELECTIONS:
            raise UnknownNameError("selection", self.select, tuple(SELECTIONS))
        if not 0 <= self.diversity <= 1:
            raise OptionError(f"`diversity` must be in 0..1, got {self.diversity}", option="diversity")
        one_pass = names_where(lambda strategy: not strategy.two_pass)
        if self.first not in one_pass:
            raise UnknownNameError("strategy of a first ranking", self.first, one_pass)
        if not 0 <= self.threshold <= 1:
            raise OptionError(
                f"`skeleton_threshold` must be in 0..1, got {self.threshold}", option="skeleton_threshold"
            )
        if self.seed < 0:
            raise OptionError(f"`seed` must not be negative, got {self.seed}", option="seed")


class Retriever:
    """One index, one way of picking examples. Not for use by several threads at once."""

    def __init__(
        self,
        index: ExampleStore | Path,
        config: RetrievalConfig | None = None,
        *,
        catalog: Catalog | None = None,
        encoder: Encoder | None = None,
        first_pass: FirstPass | None = None,
        same_db: str | None = None,
    ) -> None:
        """
        Args:
            index: An open store, or the folder of an index.
            config: How examples are picked; by default the best strategy that needs no tuning.
            catalog: Where the questions' databases are; masked strategies read names and values there.
            encoder: Of the questions; by default the one that the index names.
            first_pass: For strategies of two passes, who writes the first; may also be set later.
            same_db: `never` or `allow` in place of what the index says (see leak.py).

        Raises:
            IndexFolderError: There is no index, or it lacks the vectors that the strategy needs.
            EncoderMismatchError: `encoder` is not the one of the index.
        """
        self.index: ExampleStore = ExampleIndex(index) if isinstance(index, Path) else index
        self.config = config or RetrievalConfig()
        self._catalog = catalog or Catalog()
        self._maskers: dict[str, Masker] = {}
        info = self.index.encoder
        self._encoder = encoder or SentenceTransformerEncoder(info.name if info else "none")
        self.first_pass = first_pass
        self._same_db = same_db or self.index.same_db
        self.without_first_pass: set[Question] = set()
        """Questions so far that had no usable first pass, and so only the first ranking."""
        self._strategy = STRATEGIES[self.config.strategy]
        self._reads: Strategy = STRATEGIES[self.config.ranking]
        if self._reads.vectors:
            self.index.check_encoder(self._encoder)

    def retrieve(self, questions: Sequence[Question], k: int, live: bool = False) -> list[list[Candidate]]:
        """Up to k candidates for each question, best first; fewer where fewer are allowed.

        Args:
            questions: With gold SQL where it is known: the leak rule needs it.
            k: At least 1; more than the pool holds gives all that is allowed.
            live: A person asks now (see leak.py), and gets a `why` with each candidate; the default is the
                strict rule and no `why`.

        Raises:
            OptionError: k is below 1, a question has no text, or nobody writes the first pass that the
                strategy needs.
            DatabaseNotFoundError: A masked strategy knows no schema for the questions' databases.
        """
        if k < 1:
            raise OptionError(f"k must be at least 1, got {k}")
        empty = [
            question.id or str(row) for row, question in enumerate(questions) if not question.text.strip()
        ]
        if empty:
            raise OptionError(f"a question must not be empty; got an empty text for: {', '.join(empty[:5])}")
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
        """The schema of a database of the pool, as it was when the index was built; else the catalog's.

        A database that neither knows gives a schema without tables: its examples can still be shown.
        """
        return self._schema(db_id) or Schema(db_id, ())

    def allowed(self, question: Question) -> BoolArray:
        """(n,) bool, in the order of the store's entries: what a measured question may be shown."""
        rows = self.index.rows(self._only(question, live=False))
        return np.isin(self.index.rows(EVERYTHING), rows, assume_unique=True)

    def masked(self, question: Question) -> str:
        """The masked question, by the schema and the cell values of its database."""
        if question.db_id not in self._maskers:
            self._maskers[question.db_id] = Masker(self._schema(question.db_id))
        return self._maskers[question.db_id].shape(
            question.text, self._catalog.values(question.db_id).matches(question.text)
        )

    def _query(self, question: Question, first_pass: str, live: bool) -> Query:
        masked = self.masked(question) if self._reads.masks else ""
        return Query(question.text, masked, self._only(question, live), self.config.seed, first_pass)

    def _only(self, question: Question, live: bool) -> Filter:
        """What a question may be shown: what passes the filters, less what the leak rule forbids."""
        schema = None if question.sql is None or live else self._schema(question.db_id)
        return self._rule.narrow(self._base, question, schema, live)

    def _first_skeletons(self, questions: Sequence[Question]) -> list[str]:
        """Of the first pass of each question; empty where it is not usable."""
        if not self._strategy.two_pass:
            return [""] * len(questions)
        if self.first_pass is None:
            raise OptionError(
                f"{self.config.strategy} ranks by the SQL of a first pass, and there is none; give "
                f"`first_pass` FILE, or use {self.config.first}"
            )
        unknown = [replace(question, sql=None) for question in questions]
        skeletons = [usable_skeleton(sql) for sql in self.first_pass(unknown)]
        self.without_first_pass.update(
            question for question, skeleton in zip(questions, skeletons, strict=True) if not skeleton
        )
        return skeletons

    def _select(self, queries: Sequence[Query], k: int) -> list[Ranking]:
        """Rank as deep as the selection needs; where one that skips found too few, rank everything."""
        size = len(self.index)
        depth = min(size, depth_of(self.config.select, k))
        chosen = self._ranked(queries, k, depth)
        if not SELECTIONS[self.config.select].may_skip or depth == size:
            return chosen
        short = [place for place, ranking in enumerate(chosen) if len(ranking.hits.rows) < k]
        deeper = self._ranked([queries[place] for place in short], k, size)
        for place, ranking in zip(short, deeper, strict=True):
            chosen[place] = ranking
        return chosen

    def _ranked(self, queries: Sequence[Query], k: int, depth: int) -> list[Ranking]:
        searcher = Searcher(self.index, self._encoder, self._alike, self.config.first, self.config.threshold)
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
        return [
            Candidate(
                entry.example,
                float(score),
                self._why(query, ranking, row, entry) if explain else "",
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
        """As the index knows it, so that questions are masked as its examples were; else the catalog's."""
        if db_id in self._pool_schemas:
            return self._pool_schemas[db_id]
        try:
            return self._catalog.schema(db_id)
        except DatabaseNotFoundError:
            return None

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
                f"no schema of {', '.join(missing[:5])}{' ...' if len(missing) > 5 else ''}, which "
                f"{self.config.ranking} needs to mask the question; give `databases` or `tables`, or use "
                f"{self._reads.unmasked}"
            )

    @cached_property
    def _pool_schemas(self) -> dict[str, Schema]:
        return {db_id: schema_from_json(record) for db_id, record in self.index.schemas.items()}

    @cached_property
    def _rule(self) -> LeakRule:
        return LeakRule(self.index, self._same_db)

    @cached_property
    def _base(self) -> Filter:
        """The filters, and of exact repeats only the first: two equal shots teach no more than one."""
        filters = self.config.filters
        if filters != Filters():
            facets = self.index.facets
            _check_filter("db_id", filters.db_ids, facets.db_ids)
            _check_filter("difficulty", filters.difficulties, facets.difficulties)
            _check_filter("tag", filters.tags, facets.tags)
        return Filter(
            frozenset(filters.db_ids), frozenset(filters.difficulties), frozenset(filters.tags), repeats=False
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
        """Cosines of the stored vectors; where there are none, Jaccard over the terms."""
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
