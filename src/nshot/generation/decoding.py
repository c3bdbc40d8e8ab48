"""How tokens are chosen: settings that every engine understands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from nshot.errors import OptionError, UnknownNameError
from nshot.generation.constrain import FUNCTIONS

Method = Literal["greedy", "beam", "sample"]
METHODS: tuple[Method, ...] = get_args(Method)
Joins = Literal["any", "keys"]
JOINS: tuple[Joins, ...] = get_args(Joins)
Sources = Literal["any", "tables"]
SOURCES: tuple[Sources, ...] = get_args(Sources)


@dataclass(frozen=True, slots=True)
class Decoding:
    """Settings of one generation; checked when made.

    >>> Decoding(method="beam", n=2).width
    4
    >>> Decoding(n=3)
    Traceback (most recent call last):
    ...
    nshot.errors.OptionError: greedy decoding gives one candidate, got n=3; choose method beam or sample
    """

    max_new_tokens: int = 256
    """Upper limit of a completion, in tokens."""
    n: int = 1
    """Candidates per prompt."""
    method: Method = "greedy"
    temperature: float = 1.0
    """Divides the logits; `sample` only."""
    top_p: float = 1.0
    """The smallest set of most probable tokens that reaches this mass is drawn from; `sample` only."""
    seed: int = 0
    """`sample` only. Same seed, same prompt, same draws, whatever else is in the batch."""
    stop: tuple[str, ...] = ()
    """The completion is cut before the earliest of these, beside those that the prompt itself names."""
    beams: int = 4
    """Least width of the beam; it is widened to `n`. `beam` only."""
    constrain: bool = False
    """Only tokens that can still become valid SQL in the form `from-first` over the prompt's schema."""
    functions: tuple[str, ...] = ()
    """The only functions that constrained SQL may call, in lower case; () for any."""
    joins: Joins = "any"
    """`keys`: where constrained SQL joins tables that foreign keys connect, it goes from key to key."""
    sources: Sources = "any"
    """`tables`: constrained SQL has no sub-queries in FROM."""

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
        for name in ("max_new_tokens", "n", "beams"):
            if getattr(self, name) < 1:
                raise OptionError(f"{name} must be at least 1, got {getattr(self, name)}")
        if self.method == "greedy" and self.n > 1:
            raise OptionError(
                f"greedy decoding gives one candidate, got n={self.n}; choose method beam or sample"
            )
        if not self.temperature > 0:
            raise OptionError(
                f"temperature must be above 0, got {self.temperature}; for the most probable token "
                "choose method greedy"
            )
        if not 0 < self.top_p <= 1:
            raise OptionError(f"top_p must be in (0, 1], got {self.top_p}")
        if "" in self.stop:
            raise OptionError("a stop string must not be empty")

    def refuse_local_only(self, who: str) -> None:
        """Nothing, where this asks for nothing that only a model in this process can do.

        Raises:
            OptionError: Beam search or constrained decoding is asked for.
        """
        if self.method == "beam":
            raise OptionError(f"{who} has no beam search; choose method sample for several candidates")
        if self.constrain:
            raise OptionError(
                f"{who} cannot be constrained to valid SQL token by token; leave out --constrain, or use a "
                "model that transformers runs"
            )

    @property
    def width(self) -> int:
        """Rows that one prompt occupies in a batch."""
        return max(self.n, self.beams) if self.method == "beam" else self.n
