"""Agreement between the answers of two models."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from nshot.errors import EngineError
from nshot.generation import Decoding

if TYPE_CHECKING:
    from nshot.generation import Engine
    from nshot.types import Prompt


class Agreement(NamedTuple):
    """Comparison of answers before and after an export, as exact text."""

    asked: int
    same: int
    first: tuple[str, str] | None
    """The first two answers that differ; None if all agree."""

    @property
    def share(self) -> float:
        """The share of answers that are the same."""
        return self.same / self.asked

    def __str__(self) -> str:
        """The numbers and the share in one sentence."""
        return f"{self.same} of {self.asked} answers are the same ({100 * self.share:.1f} %)"


def answers(engine: Engine, prompts: Sequence[Prompt], max_new_tokens: int) -> list[str]:
    """The answer to each prompt, greedy and unconstrained."""
    found = engine.generate(prompts, Decoding(max_new_tokens=max_new_tokens))
    return [completions[0].text.strip() for completions in found]


def compare(before: Sequence[str], after: Sequence[str]) -> Agreement:
    """Counts the answers that are the same.

    >>> compare(["select 1", "select 2"], ["select 1", "select 3"]).share
    0.5

    Raises:
        EngineError: There are no answers.
    """
    if not before:
        raise EngineError("there is no question to check the export with; give rows with `probe`")
    differing = [(one, other) for one, other in zip(before, after, strict=True) if one != other]
    return Agreement(len(before), len(before) - len(differing), differing[0] if differing else None)
