"""The parts of a comparison."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from nshot.data import Catalog
from nshot.errors import DataError, OptionError
from nshot.eval import System
from nshot.experiments.grid import ZERO_SHOT, Grid
from nshot.experiments.pick import Configure
from nshot.experiments.run_config import RunConfig
from nshot.index import Encoder, StoredExamples
from nshot.retrieval import FirstPass
from nshot.types import Question

NAMED = 5
"""Questions that a message lists at most."""


@dataclass(frozen=True)
class ComparisonPlan:
    """The questions, the grid and the settings of a comparison; checked on construction."""

    grid: Grid
    questions: Sequence[Question]
    """The questions, with gold SQL and unique ids."""
    index: StoredExamples
    catalog: Catalog
    configure: Configure
    run_config: RunConfig
    """How prompts are made; without a model comparison, its engine does not have to write
    completions.
    """
    baseline: tuple[str, str] | None = None
    """A strategy and a selection of the grid; None for the first."""
    encoder: Encoder | None = None
    """Encoder of the questions; None for the one named in the index."""
    first_pass: FirstPass | None = None
    """The first pass of the questions, for two-pass strategies."""
    seed: int = 0
    """Seed of the bootstrap."""
    info: Mapping[str, Any] = field(default_factory=dict)
    """Further facts for the report: command, versions, data."""

    def __post_init__(self) -> None:
        if not self.questions:
            raise DataError("there are no questions to compare on; check the file of questions and `limit`")
        without = [question.id for question in self.questions if not question.sql]
        if without:
            raise DataError(
                f"a comparison needs the gold SQL of every question; {len(without)} have none: "
                f"{', '.join(without[:NAMED])}; give the column of the SQL with `columns` sql=NAME"
            )
        if self.baseline is not None and self.baseline not in self.grid.strategies:
            known = ", ".join("/".join(pair) for pair in self.grid.strategies)
            cure = f"choose one of: {known}" if known else "leave `baseline` out where only 0 shots are asked"
            raise OptionError(f"the baseline {'/'.join(self.baseline)} is not compared; {cure}")

    def baselines(self, system: System) -> tuple[System, ...]:
        """The systems to compare with: the baseline with as many shots, and zero shots if they are
        run.
        """
        if not system.shots:
            return ()
        strategy, select = self.baseline or self.grid.strategies[0]
        same = System(strategy, select, system.shots)
        none = (ZERO_SHOT,) if 0 in self.grid.shots else ()
        return (*((same,) if same != system else ()), *none)
