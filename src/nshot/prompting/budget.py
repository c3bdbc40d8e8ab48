"""Fit a prompt into a token budget: examples are dropped first, then schema, never the question."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from nshot.errors import BudgetError
from nshot.prompting.linking.relevant import Unit, part
from nshot.types import Demonstration, Dropped, Schema

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


class PromptParts(NamedTuple):
    """The parts of a prompt besides the question."""

    shots: int
    """Number of demonstrations, counted from the best."""
    schema: Schema


class Draft(NamedTuple):
    """The text of a prompt for one choice of parts, and its length."""

    choice: PromptParts
    content: str
    tokens: int


def fit(
    whole: PromptParts,
    pieces: Callable[[], Sequence[Unit]],
    draft: Callable[[PromptParts], Draft],
    budget: int | None,
) -> Draft:
    """The draft of the largest choice of parts that fits into the budget.

    The choices form a sequence: all demonstrations and the whole schema; then one demonstration
    less at a time, the lowest-ranked first, until none is left; then one piece of the schema less
    at a time, the least relevant first. Both parts are searched by bisection, so only a few drafts
    are made. The returned draft was counted in full. A larger budget never keeps less.

    Args:
        whole: All parts.
        pieces: Makes the pieces of the schema, most relevant first; called only if they are needed.
        draft: Renders and counts a choice of parts.
        budget: Most tokens; None for no limit.

    Raises:
        BudgetError: Not even the question alone fits.
    """
    full = draft(whole)
    if budget is None or full.tokens <= budget:
        return full
    found, smallest = _largest(whole.shots, lambda shots: draft(whole._replace(shots=shots)), budget)
    if found:
        return found
    units = pieces()
    found, smallest = _largest(
        len(units), lambda n: draft(PromptParts(0, part(whole.schema, units[:n]))), budget
    )
    if found:
        return found
    raise BudgetError((smallest or full).tokens, budget)


def find_dropped(whole: PromptParts, kept: PromptParts, demonstrations: Sequence[Demonstration]) -> Dropped:
    """What `kept` lacks compared with `whole`."""
    examples = tuple(one.example.id for one in reversed(demonstrations[kept.shots : whole.shots]))
    tables, columns = [], []
    for table in whole.schema.tables:
        left = kept.schema.table(table.name)
        if left is None:
            tables.append(table.name)
        else:
            columns += [
                f"{table.name}.{column.name}" for column in table.columns if column not in left.columns
            ]
    return Dropped(examples, tuple(tables), tuple(columns))


def _largest(count: int, draft: Callable[[int], Draft], budget: int) -> tuple[Draft | None, Draft | None]:
    """The draft of the largest number below `count` that fits, and the draft of 0 if it was
    made."""
    low, high = -1, count
    best, smallest = None, None
    while high - low > 1:
        middle = (low + high) // 2
        made = draft(middle)
        if middle == 0:
            smallest = made
        if made.tokens <= budget:
            low, best = middle, made
        else:
            high = middle
    return best, smallest
