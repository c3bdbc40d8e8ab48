"""The options of retrieval."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from nshot.errors import OptionError, UnknownNameError
from nshot.options import check_least, option
from nshot.retrieval.selection import SELECTIONS
from nshot.retrieval.strategies import STRATEGIES, names_where


@dataclass(frozen=True)
class Filters:
    """Which examples may be retrieved at all. An empty field does not restrict anything."""

    PANEL: ClassVar = "Examples"

    db_ids: tuple[str, ...] = option((), name="from_db")
    """Only examples of this database; may be given several times."""
    difficulties: tuple[str, ...] = option((), name="difficulty")
    """Only examples this hard: easy, medium, hard or extra; may be given several times."""
    tags: tuple[str, ...] = option((), name="tag")
    """Only examples with this tag; may be given several times, and one matching tag is enough."""


_TWO_PASS = names_where(lambda strategy: strategy.two_pass)
_THRESHOLD = names_where(lambda strategy: strategy.threshold)


@dataclass(frozen=True)
class RetrievalConfig:
    """How examples are picked; checked on construction."""

    PANEL: ClassVar = "Examples"

    strategy: str = option("own-first", common=True)
    """How examples are ranked: random, vector, keyword, hybrid, masked-vector, masked-keyword,
    masked-hybrid (masked: schema names and values are removed from the question), double-hybrid
    (masked and plain question), content (what the question is about), own-first (examples of the
    question's own database by content, then the others as double-hybrid; masked-keyword where the
    index has no vectors), or with the help of SQL written without examples: skeleton,
    skeleton-hybrid."""
    select: str = option("top", recipe=True)
    """Which examples of the ranking are taken: top (the best), mmr (different from one another),
    distinct (each SQL skeleton once), or coverage (together they cover the SQL parts that the best
    ones share)."""
    min_score: float | None = option(None)
    """Leave out examples below this score, in the unit of the strategy (BM25, cosine, fusion)."""
    filters: Filters = Filters()
    seed: int = option(0)
    """Random seed for `strategy` random and `method` sample."""
    diversity: float = option(0.3, needs=("select", ("mmr",)))
    """Weight for `select` mmr, from 0 (only the score counts) to 1 (only the difference counts)."""
    first: str = option("masked-hybrid", name="first_strategy", needs=("strategy", _TWO_PASS))
    """For `strategy` skeleton and skeleton-hybrid: the strategy of the first ranking."""
    threshold: float = option(0.85, name="skeleton_threshold", needs=("strategy", _THRESHOLD))
    """For `strategy` skeleton: examples whose skeleton has at least this similarity (0 to 1) to
    that of the first pass are moved to the front, as in DAIL-SQL."""

    @property
    def needs_first_pass(self) -> bool:
        """Whether the strategy ranks with the help of SQL that was written without examples."""
        return STRATEGIES[self.strategy].two_pass

    @property
    def ranking(self) -> str:
        """The strategy that compares questions: `first` for a two-pass strategy, otherwise
        `strategy`.
        """
        return self.first if STRATEGIES[self.strategy].two_pass else self.strategy

    def __post_init__(self) -> None:
        if self.strategy not in STRATEGIES:
            raise UnknownNameError("strategy", self.strategy, tuple(STRATEGIES))
        if self.select not in SELECTIONS:
            raise UnknownNameError("selection", self.select, tuple(SELECTIONS))
        if not 0 <= self.diversity <= 1:
            raise OptionError(f"`diversity` must be from 0 to 1, got {self.diversity}", option="diversity")
        one_pass = names_where(lambda strategy: not strategy.two_pass)
        if self.first not in one_pass:
            raise UnknownNameError("strategy of a first ranking", self.first, one_pass)
        if not 0 <= self.threshold <= 1:
            raise OptionError(
                f"`skeleton_threshold` must be from 0 to 1, got {self.threshold}", option="skeleton_threshold"
            )
        check_least("seed", self.seed, 0)
