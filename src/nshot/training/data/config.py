"""How fine-tuning data is made."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Literal, get_args

from nshot.errors import OptionError, UnknownNameError
from nshot.prompting import PromptConfig
from nshot.retrieval import STRATEGIES, RetrievalConfig
from nshot.training.data.weights import Weights

SchemaPart = Literal["full", "shuffled", "renamed", "relevant", "gold", "gold+distractors"]
"""What a row shows of its schema: all; all in an order drawn for its database and repeat; that with names
of other databases in place of some of its own; what inference would choose; what its SQL names; that
obscured."""

NO_SHOTS: Final = Weights((0,), (1.0,))
WHOLE: Final = Weights(("full",), (1.0,))


@dataclass(frozen=True)
class SftConfig:
    """Settings of a `RowMaker`, checked when made."""

    shots: Weights[int] = NO_SHOTS
    """How many demonstrations a row asks for."""
    contexts: Weights[str] = WHOLE
    """Which part of the schema a row shows; names of `SchemaPart`."""
    strategies: tuple[str, ...] = ("double-hybrid",)
    """Keys of STRATEGIES; each row draws one."""
    retrieval: RetrievalConfig = field(default_factory=RetrievalConfig)
    """How examples are picked; the strategy and the seed are those of the row."""
    same_db: Literal["never", "allow"] = "never"
    """Whether demonstrations may come from the row's own database."""
    repeats: int = 1
    """Rows made of each question, each with draws of its own."""
    dropout: float = 0.0
    """Probability with which each demonstration is left out."""
    shuffle: bool = False
    """Demonstrations in random order, instead of by rank."""
    template: str = "compact"
    """As `load_template` takes it."""
    prompt: PromptConfig = field(default_factory=PromptConfig)
    """How prompts are built; its scope is the row's."""

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
            raise OptionError(f"shots must be at least 0, got {min(self.shots.values)}")
        if self.repeats < 1:
            raise OptionError(f"repeats must be at least 1, got {self.repeats}")
        if not 0 <= self.dropout < 1:
            raise OptionError(f"dropout must be at least 0 and below 1, got {self.dropout}")
        if self.prompt.scope != "full":
            raise OptionError("the scope of a row is one of its contexts; leave the prompt's scope full")

    @property
    def most_shots(self) -> int:
        """The largest number of demonstrations that a row may ask for."""
        return max(self.shots.values)
