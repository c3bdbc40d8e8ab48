"""Beam search by the summed log-probability, without a length penalty."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from nshot.generation.constrain import Guard, only_valid

if TYPE_CHECKING:
    import torch

    from nshot.generation.prefill import Prefilled


class Hypothesis(NamedTuple):
    tokens: tuple[int, ...]
    logprob: float
    finished: bool
    guard: Guard | None = None
    """What it may go on with; None: anything."""


@dataclass(slots=True)
class _Search:
    """The beam of one prompt."""

    width: int
    live: list[Hypothesis]
    done: list[Hypothesis] = field(default_factory=list)

    def over(self) -> bool:
        """No live hypothesis can reach the best `width` finished ones: a sum only ever falls."""
        best = max((hypothesis.logprob for hypothesis in self.live), default=float("-inf"))
        return len(self.done) >= self.width and self.done[self.width - 1].logprob >= best

    def finish(self, hypothesis: Hypothesis) -> None:
        self.done.append(hypothesis)
        self.done.sort(key=lambda item: -item.logprob)

    def result(self) -> list[Hypothesis]:
        return sorted([*self.done, *self.live], key=lambda item: -item.logprob)[: self.width]


Ended = Callable[[Sequence[int]], bool]
"""Whether these new tokens of a prompt end a completion (end token or stop string)."""


def beam(
    state: Prefilled,
    width: int,
    limit: int,
    ended: Sequence[Ended],
    guards: Sequence[Guard | None] | None = None,
) -> list[list[Hypothesis]]:
    """`width` hypotheses for each prompt, highest summed log-probability first.

    Ties: the higher-ranked parent first, then the lower token id. A hypothesis that ends leaves the beam
    if it is among the `width` best continuations of its step. Fewer come back only if the vocabulary, or
    what the guards let pass of it, is smaller than the beam.

    Args:
        state: The prefilled batch, one row a prompt; it is used up.
        width: Hypotheses that are followed.
        limit: New tokens at most.
        ended: One for each prompt.
        guards: One for each prompt: tokens that it refuses are left out. None refuses nothing.
    """
    import torch

    first = guards or [None] * len(ended)
    searches = [_Search(width, [Hypothesis((), 0.0, False, guard)]) for guard in first]
    rows = [(prompt, 0) for prompt in range(len(ended))]
    for left in range(limit, 0, -1):
        logprobs = state.logits.log_softmax(dim=-1).double()
        top, ids = _best(logprobs, [searches[prompt].live[rank].guard for prompt, rank in rows], 2 * width)
        tokens, parents = _advance(searches, rows, top.tolist(), ids.tolist(), ended)
        rows = [(prompt, rank) for prompt, rank, _ in parents]
        if not rows or left == 1:
            break
        state.select(torch.tensor([row for _, _, row in parents], device=state.logits.device))
        state.step(torch.tensor(tokens, device=state.logits.device))
    return [search.result() for search in searches]


def _best(
    logprobs: torch.Tensor, guards: Sequence[Guard | None], count: int
) -> tuple[torch.Tensor, torch.Tensor]:
    """The best valid tokens of each row, invalid ones at minus infinity: log-probabilities and ids."""
    if not any(guards):
        found = logprobs.topk(min(count, logprobs.shape[-1]), dim=-1)
        return found.values, found.indices
    few, tokens = only_valid(logprobs, guards, count)
    best = few.topk(min(count, few.shape[-1]), dim=-1)
    return best.values, tokens.gather(-1, best.indices)


def _advance(
    searches: Sequence[_Search],
    rows: Sequence[tuple[int, int]],
    top: Sequence[Sequence[float]],
    ids: Sequence[Sequence[int]],
    ended: Sequence[Ended],
) -> tuple[list[int], list[tuple[int, int, int]]]:
    """Grow every beam by one token; returns the new tokens and (prompt, rank, row they grew from)."""
    tokens: list[int] = []
    parents: list[tuple[int, int, int]] = []
    for prompt, search in enumerate(searches):
        own = [(row, rank) for row, (of, rank) in enumerate(rows) if of == prompt]
        if not own:
            continue
        grown = sorted(
            (-(search.live[rank].logprob + logprob), rank, token, row)
            for row, rank in own
            for logprob, token in zip(top[row], ids[row], strict=True)
            if logprob > float("-inf")
        )[: 2 * search.width]
        before, search.live = search.live, []
        from_rows = []
        for place, (score, rank, token, row) in enumerate(grown):
            line = (*before[rank].tokens, token)
            if ended[prompt](line):
                if place < search.width:
                    search.finish(Hypothesis(line, -score, True))
            elif len(search.live) < search.width:
                guard = before[rank].guard
                search.live.append(Hypothesis(line, -score, False, guard and guard.after(token)))
                from_rows.append((token, row))
        if not search.over():
            tokens += [token for token, _ in from_rows]
            parents += [(prompt, rank, row) for rank, (_, row) in enumerate(from_rows)]
    return tokens, parents
