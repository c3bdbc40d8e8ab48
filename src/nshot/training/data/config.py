"""Settings of fine-tuning data."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import ClassVar, Final, Literal, get_args

from nshot.errors import OptionError, UnknownNameError
from nshot.index import ExampleStore
from nshot.options import check_least, option
from nshot.prompting import PromptConfig
from nshot.retrieval import STRATEGIES, RetrievalConfig
from nshot.training.data.weights import Weights, parse_shots, parse_weights

DEFAULT_TEMPLATE: Final = "compact"
"""Template of fine-tuning data."""
SchemaPart = Literal["full", "shuffled", "renamed", "relevant", "gold", "gold+distractors"]
"""The part of the schema in a row. `shuffled`: all, in an order drawn for the database and repeat;
`renamed`: shuffled, with some names exchanged for those of other databases; `relevant`: what
inference would choose; `gold`: what the row's SQL names; `gold+distractors`: the same among other
tables and columns."""


@dataclass(frozen=True)
class RowConfig:
    """What is drawn for each row, as users write it; checked on construction.

    The options of `nshot train data` and the keys of `[data]` in a recipe come from these fields.

    >>> RowConfig(shots="0..2").shot_weights.values, RowConfig(contexts="full:3,gold").context_weights.weights
    ((0, 1, 2), (3.0, 1.0))
    """

    PANEL: ClassVar = "Rows"

    shots: int | str = option("0..5", common=True, recipe=True)
    """Examples that a row shows: 3, a range 0..5, or weights 0:4,1:2,3:1."""
    strategies: tuple[str, ...] = option(
        (RetrievalConfig().strategy,), name="strategy", common=True, recipe=True
    )
    """How examples are ranked, as in retrieve; of several, each row draws one. By default
    double-hybrid.
    """
    contexts: str = option("full", name="context", common=True, recipe=True)
    """What a row shows of its schema: full, shuffled (all, in an order drawn for the database),
    renamed (that, under names of other databases), relevant (what inference would choose), gold
    (what its SQL names), gold+distractors; of several, full:8,gold+distractors:2, each row draws
    one."""
    same_db: Literal["auto", "allow", "never"] = option("auto", recipe=True)
    """Whether a row may be shown examples of its own database: never, allow, or auto (as the index
    says: never for Spider and the sample, allow for a pool of your own)."""
    repeats: int = option(1, recipe=True)
    """Rows made of each question, each with draws of its own."""
    dropout: float = option(0.0, recipe=True)
    """Probability with which each example of a row is left out."""
    paraphrases: float = option(0.0, recipe=True, needs=("same_db", ("auto", "allow")))
    """Probability with which a row that shows examples also shows another question of its database
    with the same SQL, so that the model learns to copy what fits."""
    shuffle: bool = option(False, recipe=True)
    """Show examples in random order, in place of by rank."""

    def __post_init__(self) -> None:
        parts = get_args(SchemaPart)
        for name in self.context_weights.values:
            if name not in parts:
                raise UnknownNameError("context", name, parts)
        check_least("shots", min(self.shot_weights.values), 0)
        if not self.strategies:
            raise OptionError(f"name at least one strategy of {', '.join(STRATEGIES)}")
        for name in self.strategies:
            if name not in STRATEGIES:
                raise UnknownNameError("strategy", name, tuple(STRATEGIES))
        if self.same_db not in ("auto", "never", "allow"):
            raise UnknownNameError("policy same_db", self.same_db, ("auto", "never", "allow"))
        check_least("repeats", self.repeats)
        if not 0 <= self.paraphrases <= 1:
            raise OptionError(
                f"`paraphrases` must be at least 0 and at most 1, got {self.paraphrases}",
                option="paraphrases",
            )
        if self.paraphrases and self.same_db == "never":
            raise OptionError("`paraphrases` needs examples of the row's own database; give `same_db` allow")
        if not 0 <= self.dropout < 1:
            raise OptionError(
                f"`dropout` must be at least 0 and below 1, got {self.dropout}", option="dropout"
            )

    @cached_property
    def shot_weights(self) -> Weights[int]:
        """Numbers of examples, with their weights."""
        return parse_shots(str(self.shots))

    @cached_property
    def context_weights(self) -> Weights[str]:
        """Parts of the schema, with their weights; names of `SchemaPart`."""
        return parse_weights("context", self.contexts)

    @property
    def most_shots(self) -> int:
        """The largest number of examples of a row."""
        return max(self.shot_weights.values)


@dataclass(frozen=True)
class SftConfig:
    """Settings of a `RowMaker`, checked on construction."""

    rows: RowConfig = field(default_factory=lambda: RowConfig(shots=0))
    retrieval: RetrievalConfig = field(default_factory=RetrievalConfig)
    """Settings of the retrieval; strategy and seed are those of the row."""
    prompt: PromptConfig = field(default_factory=PromptConfig)
    """Settings of the prompts; the scope is that of the row."""
    renames: bool = True
    """Whether rows with context `renamed` get other names; without, they are `shuffled`."""

    def __post_init__(self) -> None:
        if "renamed" in self.rows.context_weights.values and self.prompt.form not in ("named", "from-first"):
            raise OptionError(
                "context renamed needs SQL without aliases of tables, got `form` "
                f"{self.prompt.form}; give `form` "
                "named or from-first",
                option="form",
            )
        if self.prompt.scope != "full":
            raise OptionError("fine-tuning rows take their scope from `context`; leave `scope` full")

    @property
    def template(self) -> str:
        """The template of the prompts, by default compact."""
        return self.prompt.template or DEFAULT_TEMPLATE

    def for_index(self, index: ExampleStore | None) -> SftConfig:
        """The settings with the policy of the index in place of `auto`; `never` if there is no
        index.

        `auto` stays if the pools of the index have different policies.
        """
        policy = "never" if index is None else index.same_db
        if self.rows.same_db != "auto" or policy not in ("never", "allow"):
            return self
        return replace(self, rows=replace(self.rows, same_db=policy))  # type: ignore[arg-type]
