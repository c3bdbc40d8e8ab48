"""The candidates of a question that was asked with examples and without, as those of one prompt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from nshot.types import Attempt, Completion


def unite(
    shown: Sequence[Completion], plain: Sequence[Completion]
) -> tuple[list[Completion], list[Completion]]:
    """Each text once, with the higher of its log-probabilities.

    Args:
        shown: For the prompt with examples.
        plain: For the prompt without.

    Returns:
        Those of the prompt with examples, and what only the other one has.
    """
    found = {one.text: one for one in plain}
    both = [_likelier(one, found.pop(one.text, one)) for one in shown]
    return both, list(found.values())


def _likelier(one: Completion, other: Completion) -> Completion:
    if one.logprob is None or other.logprob is None or other.logprob <= one.logprob:
        return one
    return replace(one, logprob=other.logprob)


def sort_by_logprob(attempts: Sequence[Attempt]) -> tuple[Attempt, ...]:
    """The most probable first; as they are where a log-probability is not known."""
    if any(one.completion.logprob is None for one in attempts):
        return tuple(attempts)
    return tuple(sorted(attempts, key=lambda one: -(one.completion.logprob or 0.0)))
