"""Settings of decoding that every engine understands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal, get_args

from nshot.errors import OptionError, UnknownNameError
from nshot.generation.constrain import FUNCTIONS, GrammarLimits
from nshot.options import check_least, option

Method = Literal["greedy", "beam", "sample"]
METHODS: tuple[Method, ...] = get_args(Method)
Joins = Literal["any", "keys"]
JOINS: tuple[Joins, ...] = get_args(Joins)
Sources = Literal["any", "tables"]
SOURCES: tuple[Sources, ...] = get_args(Sources)


@dataclass(frozen=True, slots=True)
class Decoding:
    """Settings of one generation; checked on construction.

    >>> Decoding(method="beam", n=2).width
    4
    >>> Decoding(n=3)
    Traceback (most recent call last):
    ...
    nshot.errors.OptionError: greedy decoding gives one candidate, got 3; choose `method` beam or sample
    """

    PANEL: ClassVar = "Decoding"

    max_new_tokens: int = option(256, of_model=True)
    """Longest completion, in tokens."""
    n: int = option(1, name="candidates", short=("-n",))
    """SQL candidates that the model writes for a question."""
    method: Method = option("greedy", of_model=True)
    """How tokens are chosen. For several candidates: beam, or sample on a server."""
    temperature: float = option(1.0, needs=("method", ("sample",)))
    """Divides the logits; for `method` sample."""
    top_p: float = option(1.0, needs=("method", ("sample",)))
    """Draw from the smallest set of most probable tokens that reaches this mass; for `method`
    sample.
    """
    seed: int = option(0, hidden=True)
    """Seed of sampling. Same seed, same prompt, same draws, whatever else is in the batch."""
    token_logprobs: bool = option(False, hidden=True)
    """Report the log-probability of each token, where the engine knows it."""
    stop: tuple[str, ...] = option(())
    """End the SQL before this text, in addition to the stop texts of the template; may be repeated.
    """
    beams: int = option(4, of_model=True, needs=("method", ("beam",)))
    """Minimum number of hypotheses of beam search; for `method` beam."""
    beam_margin: float | None = option(None, of_model=True, needs=("method", ("beam",)))
    """Drop a hypothesis of beam search that is this much less probable than the best one so far, in
    nats; for `method` beam. Wide beams then cost little where the model is sure."""
    constrain: bool = option(False, of_model=True)
    """Let the model write only what can become valid SQL over the schema. Needs `form` from-first
    and a model in this process."""
    functions: tuple[str, ...] = option((), of_model=True, needs=("constrain", (True,)))
    """The only functions that constrained SQL may call; may be repeated; any: all."""
    joins: Joins = option("any", of_model=True, needs=("constrain", (True,)))
    """Joins of constrained SQL. keys: tables that foreign keys connect are joined from key to key
    only.
    """
    sources: Sources = option("any", of_model=True, needs=("constrain", (True,)))
    """Sources in FROM of constrained SQL. tables: no sub-queries there."""

    def __post_init__(self) -> None:
        if self.method not in METHODS:
            raise UnknownNameError("decoding method", self.method, METHODS)
        if self.joins not in JOINS:
            raise UnknownNameError("joins", self.joins, JOINS)
        if self.sources not in SOURCES:
            raise UnknownNameError("sources", self.sources, SOURCES)
        for function in self.functions:
            if function not in FUNCTIONS:
                raise UnknownNameError("function", function, FUNCTIONS)
        check_least("candidates", self.n)
        check_least("max_new_tokens", self.max_new_tokens)
        check_least("beams", self.beams)
        if self.beam_margin is not None and not self.beam_margin > 0:
            raise OptionError(
                f"`beam_margin` must be above 0, got {self.beam_margin}; leave it out to drop nothing",
                option="beam_margin",
            )
        if self.method == "greedy" and self.n > 1:
            raise OptionError(
                f"greedy decoding gives one candidate, got {self.n}; choose `method` beam or sample",
                option="candidates",
            )
        if not self.temperature > 0:
            raise OptionError(
                f"`temperature` must be above 0, got {self.temperature}; choose `method` greedy for "
                "the most probable token"
            )
        if not 0 < self.top_p <= 1:
            raise OptionError(f"`top_p` must be above 0 and at most 1, got {self.top_p}", option="top_p")
        if "" in self.stop:
            raise OptionError("a string of `stop` is empty; leave it out", option="stop")

    @property
    def limits(self) -> GrammarLimits:
        """What constrained SQL may do beyond the grammar's own rules."""
        functions = frozenset(self.functions) or None
        return GrammarLimits(functions, self.joins == "keys", self.sources == "tables")

    def refuse_local_only(self, who: str) -> None:
        """Nothing, where this asks for nothing that only a model in this process can do.

        Raises:
            OptionError: Beam search or constrained decoding is asked for.
        """
        if self.method == "beam":
            raise OptionError(f"{who} has no beam search; choose `method` sample for several candidates")
        if self.constrain:
            raise OptionError(
                f"{who} cannot be constrained to valid SQL token by token; leave out `constrain`, or use a "
                "model that transformers runs"
            )

    @property
    def width(self) -> int:
        """Rows that one prompt occupies in a batch."""
        return max(self.n, self.beams) if self.method == "beam" else self.n
