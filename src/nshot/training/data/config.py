"""Settings of fine-tuning data."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Literal, get_args

from nshot.errors import OptionError, UnknownNameError
from nshot.prompting import PromptConfig
from nshot.retrieval import STRATEGIES, RetrievalConfig
from nshot.training.data.weights import Weights

SchemaPart = Literal["full", "shuffled", "renamed", "relevant", "gold", "gold+distractors"]
"""The part of the schema in a row. `shuffled`: all, in an order drawn for the database and repeat; `renamed`:
shuffled, with some names exchanged for those of other databases; `relevant`: what inference would choose;
`gold`: what the row's SQL names; `gold+distractors`: the same among other tables and columns."""

NO_SHOTS: Final = Weights((0,), (1.0,))
WHOLE: Final = Weights(("full",), (1.0,))


@dataclass(frozen=True)
class SftConfig:
    """Settings of a `RowMaker`, checked when made."""

    shots: Weights[int] = NO_SHOTS
    """Number of demonstrations of a row."""
    contexts: Weights[str] = WHOLE
    """Part of the schema in a row; names of `SchemaPart`."""
    strategies: tuple[str, ...] = ("double-hybrid",)
    """Retrieval strategies, keys of STRATEGIES; each row draws one."""
    retrieval: RetrievalConfig = field(default_factory=RetrievalConfig)
    """Settings of the retrieval; strategy and seed are those of the row."""
    same_db: Literal["never", "allow"] = "never"
    """Whether demonstrations may come from the row's own database."""
    repeats: int = 1
    """Rows of each question, each with draws of its own."""
    dropout: float = 0.0
    """Probability with which each demonstration is left out."""
    shuffle: bool = False
    """Whether demonstrations are in random order instead of by rank."""
    template: str = "compact"
    """Template, as `load_template` takes it."""
    prompt: PromptConfig = field(default_factory=PromptConfig)
    """Settings of the prompts; the scope is that of the row."""

    def __post_init__(self) -> None:
        for name in self.contexts.values:
            if name not in get_args(SchemaPart):
                raise UnknownNameError("context", name, get_args(SchemaPart))
        if "renamed" in self.contexts.values and self.prompt.form not in ("named", "from-first"):
            raise OptionError(
                f"context renamed needs SQL without aliases of tables: form named or from-first, got "
                f"{self.prompt.form}"
            )
        if not self.strategies:
            raise OptionError(f"name at least one strategy of {', '.join(STRATEGIES)}")
        for name in self.strategies:
            if name not in STRATEGIES:
                raise UnknownNameError("strategy", name, tuple(STRATEGIES))
        if self.same_db not in ("never", "allow"):
            raise UnknownNameError("policy same_db", self.same_db, ("never", "allow"))
        if min(self.shots.values) < 0:
            raise OptionError(f"`shots` must be at least 0, got {min(self.shots.values)}", option="shots")
        if self.repeats < 1:
            raise OptionError(f"`repeats` must be at least 1, got {self.repeats}", option="repeats")
        if not 0 <= self.dropout < 1:
            raise OptionError(
                f"`dropout` must be at least 0 and below 1, got {self.dropout}", option="dropout"
            )
        if self.prompt.scope != "full":
            raise OptionError("fine-tuning rows take their scope from `context`; leave `scope` full")

    @property
    def most_shots(self) -> int:
        """The largest number of demonstrations of a row."""
        return max(self.shots.values)
