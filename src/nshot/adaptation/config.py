"""The settings of an adaptation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from nshot.errors import OptionError
from nshot.index import STRUCTURAL
from nshot.options import check_least, option


@dataclass(frozen=True)
class AdaptConfig:
    """How a model is adapted to pairs; checked on construction."""

    PANEL: ClassVar = "Adaptation"

    minutes: float = option(8.0, common=True)
    """Minutes of training, evaluations on held-out questions included."""
    passes: float = option(16.0)
    """Maximum number of passes over the pairs. With few pairs, they take less time than
    `minutes`."""
    holdout: int | None = option(None, common=True)
    """Number of pairs that are held out, to choose the state and to measure; 0 trains on all. By
    default a quarter of them, at most 60, and none of fewer than 24 pairs, which are too few to
    tell."""
    examples_shown: str = option("0:2,1:1,3:2")
    """Examples that a training row shows, of the other pairs: a number, a range 0..3, or weights,
    such as 0:2,1:1,3:2."""
    multiply: int = option(0, common=True)
    """Maximum number of questions that rules make of each pair: with another value, year or number,
    the sum in place of the average, or the lowest in place of the highest."""
    written: int = option(0)
    """Number of questions that rules write about each database, as further training data."""
    replay: float = option(0.3, common=True)
    """Share of the training rows that come from `replay_pool`, so that less is forgotten; 0 for
    none.
    """
    replay_pool: str = option("sample")
    """File of solved questions on databases of `databases` that are replayed; or the word sample.
    """
    check: str = option("sample", common=True)
    """File of questions with gold SQL on other databases (of `databases`), to measure what the
    model forgets; or the word sample."""
    check_limit: int = option(48)
    """Number of these questions that are answered before and after; 0 for none."""
    learning_rate: float = option(3e-4)
    """Peak of the learning rate."""
    encoder: str = option(STRUCTURAL)
    """The question encoder of the index, as in index build; none for keyword search only."""
    seed: int = option(0)
    """Random seed: of what is held out, of the rows, and of the adapter."""

    def __post_init__(self) -> None:
        for name in ("minutes", "passes", "learning_rate"):
            if not 0 < getattr(self, name) < float("inf"):
                raise OptionError(f"`{name}` must be above 0, got {getattr(self, name)}", option=name)
        for name in ("holdout", "multiply", "written", "check_limit", "seed"):
            check_least(name, getattr(self, name), 0)
        if not 0 <= self.replay < 1:
            raise OptionError(f"`replay` must be at least 0 and below 1, got {self.replay}", option="replay")
