"""The examples of rows: found by each row's strategy, through the leak rule, fit to be shown."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from nshot.artifacts.progress import StartStage
from nshot.data import Catalog
from nshot.errors import OptionError
from nshot.index import ExampleIndex
from nshot.index.encoder import Encoder, SentenceTransformerEncoder
from nshot.index.remembering_encoder import RememberingEncoder
from nshot.retrieval import STRATEGIES, Filters, FirstPass, Retriever
from nshot.training.data.config import SftConfig
from nshot.types import Example, Question


class Draw(NamedTuple):
    """What chance decides of one row; `rng` goes on to decide the rest."""

    question: Question
    repeat: int
    strategy: str
    shots: int
    context: str
    rng: random.Random


def draw(question: Question, repeat: int, seed: int, config: SftConfig) -> Draw:
    """The draw of one row, from a random stream of its own."""
    rng = random.Random(f"{seed}/{repeat}/{question.db_id}/{question.id}")
    strategy = rng.choice(config.strategies)
    return Draw(question, repeat, strategy, config.shots.draw(rng), config.contexts.draw(rng), rng)


class Finder:
    """Finds the examples of many rows; keeps retrievers, vectors and what was found."""

    def __init__(
        self,
        index: ExampleIndex | Path,
        catalog: Catalog,
        config: SftConfig,
        *,
        encoder: Encoder | None = None,
        first_pass: FirstPass | None = None,
        without: Sequence[str] = (),
    ) -> None:
        """
        Args:
            index: Where the examples are.
            catalog: The databases of the questions.
            config: How examples are picked.
            encoder: Of the questions; by default the one that the index names.
            first_pass: For strategies of two passes.
            without: Databases of which no example is shown.

        Raises:
            OptionError: Nothing is left to show.
        """
        self.index = ExampleIndex(index) if isinstance(index, Path) else index
        info = self.index.manifest.encoder
        given = encoder or SentenceTransformerEncoder(info.name if info else "none")
        self._encoder = RememberingEncoder(given)
        self._catalog, self._config, self._first = catalog, config, first_pass
        self._filters = _leaving_out(config.retrieval.filters, self.index, without)
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
            same_db=self._config.same_db,
        )
        if not STRATEGIES[strategy].seeded:
            self._kept[strategy] = made
        return made

    def find(self, draws: Sequence[Draw], seed: int, report: StartStage) -> list[list[Example]]:
        """For each row its examples, best first, as the retriever would give them for that number.

        Rows of one strategy and number are asked together, and nothing is asked twice: the best few of a
        ranking are the beginning of its best many, so with selection `top` all numbers are one.
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
        for gone in [key for key in self._found if STRATEGIES[key[0]].seeded]:  # each epoch draws anew
            del self._found[gone]
        return examples

    def _key(self, one: Draw, seed: int) -> tuple[str, int, int]:
        """Strategy, its seed, and how many examples are asked for."""
        depth = self._config.most_shots if self._config.retrieval.select == "top" else one.shots
        seeded = STRATEGIES[one.strategy].seeded
        return one.strategy, (1_000 * seed + one.repeat if seeded else 0), depth


def contains(sql: str, answer: str) -> bool:
    """Whether the answer could be copied out of the SQL, letter case and blanks aside.

    >>> contains("SELECT name FROM pet ORDER BY age", "select name  from pet;")
    True
    """
    return _plain(answer) in _plain(sql)


@lru_cache(maxsize=65_536)
def _plain(sql: str) -> str:
    return "".join(sql.casefold().rstrip("; \t\r\n").split())


def _leaving_out(filters: Filters, index: ExampleIndex, without: Sequence[str]) -> Filters:
    """The filters without these databases."""
    if not without:
        return filters
    wanted = filters.db_ids or tuple(sorted(index.facets.db_ids))
    left = tuple(db_id for db_id in wanted if db_id not in set(without))
    if not left:
        raise OptionError("all databases of the index are held out; no example is left to show")
    return replace(filters, db_ids=left)
