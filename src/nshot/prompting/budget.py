"""The largest prompt within a budget of tokens: examples go first, then schema, the question never."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from nshot.errors import BudgetError
from nshot.prompting.linking.relevant import Unit, part
from nshot.types import Demonstration, Dropped, Schema

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


class PromptParts(NamedTuple):
    """What goes into a prompt beside the question."""

    shots: int
    """The first so many demonstrations, best first."""
    schema: Schema


class Draft(NamedTuple):
    """A prompt's text for one choice, and its length."""

    choice: PromptParts
    content: str
    tokens: int


def fit(
    whole: PromptParts,
    pieces: Callable[[], Sequence[Unit]],
    draft: Callable[[PromptParts], Draft],
    budget: int | None,
) -> Draft:
    """The draft of the largest choice whose tokens are within the budget.

    Choices form one ladder: all demonstrations and the whole schema; one demonstration less, the
    lowest, until there is none; then one piece of the schema less, the least relevant, until there is
    none. Each half is searched by bisection, so a few drafts are made, and the one returned was
    counted in full. A larger budget never keeps less.

    Args:
        whole: everything there is.
        pieces: makes the pieces of the schema, most relevant first; called only if they matter.
        draft: renders and counts a choice.
        budget: most tokens; None for no limit.

    Raises:
        BudgetError: not even the question alone fits.
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
    """What `kept` lacks of `whole`."""
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
    """The draft of the largest number below `count` that fits, and the draft of 0 where it was made."""
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
