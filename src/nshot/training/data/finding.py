"""Retrieval of the examples of rows, by each row's strategy and through the leak rule."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from nshot.artifacts import StartStage
from nshot.data import Catalog
from nshot.errors import OptionError
from nshot.index import Encoder, RememberingEncoder, SentenceTransformerEncoder, StoredExamples, open_store
from nshot.retrieval import SELECTIONS, STRATEGIES, Filters, FirstPass, Retriever, question_key, sql_keys
from nshot.training.data.config import SftConfig
from nshot.training.data.holdout import NOTHING_HELD_OUT, HeldOutPart
from nshot.types import Example, Question


class Draw(NamedTuple):
    """The random choices for one row; `rng` makes the remaining ones."""

    question: Question
    repeat: int
    strategy: str
    shots: int
    context: str
    rng: random.Random


def draw(question: Question, repeat: int, seed: int, config: SftConfig) -> Draw:
    """The random choices for one row, from a random stream of its own."""
    rng, rows = random.Random(f"{seed}/{repeat}/{question.db_id}/{question.id}"), config.rows
    strategy, shots, context = (
        rng.choice(rows.strategies), rows.shot_weights.draw(rng), rows.context_weights.draw(rng)
    )  # fmt: skip
    if context == "renamed" and not config.renames:
        context = "shuffled"
    return Draw(question, repeat, strategy, shots, context, rng)


class Finder:
    """Finds the examples of many rows; caches retrievers, vectors and results."""

    def __init__(
        self,
        index: StoredExamples | Path,
        catalog: Catalog,
        config: SftConfig,
        *,
        encoder: Encoder | None = None,
        first_pass: FirstPass | None = None,
        without: HeldOutPart = NOTHING_HELD_OUT,
    ) -> None:
        """
        Args:
            index: Index of the examples.
            catalog: The databases of the questions.
            config: Settings of the rows.
            encoder: Encoder of the questions; by default the one that the index names.
            first_pass: First-pass SQL, for strategies of two passes.
            without: What is held out, so that its examples are never shown.

        Raises:
            OptionError: No example is left to show.
        """
        self.index = open_store(index) if isinstance(index, Path) else index
        info = self.index.manifest.encoder
        given = encoder or SentenceTransformerEncoder(info.name if info else "none")
        self._encoder = RememberingEncoder(given)
        self._catalog, self._config, self._first = catalog, config, first_pass
        self._filters = _leave_out(config.retrieval.filters, self.index, without.databases)
        self._exclude_ids = _examples_of(without.questions, self.index, catalog)
        self._kept: dict[str, Retriever] = {}
        self._found: dict[tuple[str, int, int, Question], list[Example]] = {}

    def retriever(self, strategy: str, seed: int = 0) -> Retriever:
        """The retriever of a strategy; the seed is that of a strategy that draws at random."""
        if strategy in self._kept:
            return self._kept[strategy]
        made = Retriever(
            self.index,
            replace(self._config.retrieval, strategy=strategy, seed=seed, filters=self._filters),
            catalog=self._catalog,
            encoder=self._encoder,
            first_pass=self._first,
            same_db=None if self._config.rows.same_db == "auto" else self._config.rows.same_db,
            exclude_ids=self._exclude_ids,
        )
        if not STRATEGIES[strategy].seeded:
            self._kept[strategy] = made
        return made

    def examples(self) -> Iterator[Example]:
        """The examples that rows may be shown, in the order of the index."""
        allowed = set(self._filters.db_ids) if self._filters.db_ids else None
        for entry in self.index.entries:
            if allowed is None or entry.example.db_id in allowed:
                yield entry.example

    def find(self, draws: Sequence[Draw], seed: int, report: StartStage) -> list[list[Example]]:
        """The examples of each row, best first, as the retriever returns them for the row's number
        of shots.

        Rows of one strategy and number are retrieved together, and nothing is retrieved twice. With
        selection `top`, the best few of a ranking are the first of its best many, so one number
        serves all.
        """
        keys = [self._key(one, seed) for one in draws]
        new: dict[tuple[str, int, int], dict[Question, None]] = defaultdict(dict)
        for key, one in zip(keys, draws, strict=True):
            if one.shots and (*key, one.question) not in self._found:
                new[key][one.question] = None
        step = report("retrieving", sum(map(len, new.values())))
        for (strategy, stream, depth), questions in sorted(new.items()):
            found = self.retriever(strategy, stream).retrieve(list(questions), depth)
            for question, some in zip(questions, found, strict=True):
                self._found[strategy, stream, depth, question] = [one.example for one in some]
            step(len(questions))
        examples = [
            self._found[*key, one.question][: one.shots] if one.shots else []
            for key, one in zip(keys, draws, strict=True)
        ]
        for gone in [key for key in self._found if STRATEGIES[key[0]].seeded]:  # each epoch draws again
            del self._found[gone]
        return examples

    def _key(self, one: Draw, seed: int) -> tuple[str, int, int]:
        """Strategy, its seed, and the number of examples to retrieve."""
        deep = SELECTIONS[self._config.retrieval.select].deep
        depth = one.shots if deep else self._config.rows.most_shots
        seeded = STRATEGIES[one.strategy].seeded
        return one.strategy, (1_000 * seed + one.repeat if seeded else 0), depth


def contains(sql: str, answer: str) -> bool:
    """Whether the SQL contains the answer, apart from letter case and blanks.

    >>> contains("SELECT name FROM pet ORDER BY age", "select name  from pet;")
    True
    """
    return _plain(answer) in _plain(sql)


@lru_cache(maxsize=65_536)
def _plain(sql: str) -> str:
    return "".join(sql.casefold().rstrip("; \t\r\n").split())


def _examples_of(questions: Sequence[Question], index: StoredExamples, catalog: Catalog) -> frozenset[str]:
    """The ids of the examples that are one of the questions, or have its text or its SQL."""
    if not questions:
        return frozenset()
    own = {(one.id, one.db_id) for one in questions}
    texts = {question_key(one.text) for one in questions}
    keys = {key for one in questions for key in sql_keys(one.sql or "", catalog.schema(one.db_id))}
    return frozenset(
        entry.example.id
        for entry in index.entries
        if (entry.example.id, entry.example.db_id) in own
        or question_key(entry.example.question) in texts
        or not keys.isdisjoint(entry.sql_keys)
    )


def _leave_out(filters: Filters, index: StoredExamples, without: Sequence[str]) -> Filters:
    """The filters, with these databases excluded."""
    if not without:
        return filters
    wanted = filters.db_ids or tuple(sorted(index.facets.db_ids))
    left = tuple(db_id for db_id in wanted if db_id not in set(without))
    if not left:
        raise OptionError(
            "all databases of the index are held out, so no example is left to show; hold out fewer of them"
        )
    return replace(filters, db_ids=left)
