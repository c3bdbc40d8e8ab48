"""Beam search by the summed log-probability, without a length penalty."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from heapq import merge
from itertools import compress, islice
from typing import TYPE_CHECKING, NamedTuple

from nshot.generation.constrain import CANDIDATES, ConstraintState, best_valid

if TYPE_CHECKING:
    import torch

    from nshot.generation.decode.prefill import Prefilled


_LOG = logging.getLogger(__name__)


class Hypothesis(NamedTuple):
    tokens: tuple[int, ...]
    logprob: float
    finished: bool
    constraint: ConstraintState | None = None
    """What it may go on with; None: anything."""


@dataclass(slots=True)
class _Search:
    """The beam of one prompt."""

    width: int
    wanted: int
    """Hypotheses that are asked for in the end; at most `width`."""
    live: list[Hypothesis]
    done: list[Hypothesis] = field(default_factory=list)

    def finish(self, hypothesis: Hypothesis) -> None:
        self.done.append(hypothesis)
        self.done.sort(key=lambda item: -item.logprob)

    def hopeful(self) -> list[bool]:
        """Of each live hypothesis, whether it may yet be among the wanted: a sum only ever falls."""
        if len(self.done) < self.wanted:
            return [True] * len(self.live)
        bar = self.done[self.wanted - 1].logprob
        return [not hypothesis.logprob <= bar for hypothesis in self.live]

    def result(self) -> list[Hypothesis]:
        return sorted([*self.done, *self.live], key=lambda item: -item.logprob)[: self.wanted]


Ended = Callable[[Sequence[int]], bool]
"""Whether these new tokens of a prompt end a completion (end token or stop string)."""


def beam(
    state: Prefilled,
    width: int,
    limit: int,
    ended: Sequence[Ended],
    constraints: Sequence[ConstraintState | None] | None = None,
    wanted: int | None = None,
) -> list[list[Hypothesis]]:
    """The `wanted` best hypotheses of a beam for each prompt, highest summed log-probability first.

    Ties: the higher-ranked parent first, then the lower token id. A hypothesis that ends leaves the beam
    if it is among the `width` best continuations of its step; one that can no longer be among the wanted
    leaves it, too, which changes no result and spares a third of the time. Fewer come back only
    if the vocabulary, or what the guards let pass of it, is smaller than the beam. A hypothesis goes on
    with one of its `CANDIDATES` most probable tokens; only where its guard refuses all of them, with any
    other. One that no token goes on is given up; if it was the last and none is finished, it goes on
    unguarded, and that is logged.

    Args:
        state: The prefilled batch, one row a prompt; it is used up.
        width: Hypotheses that are followed.
        limit: New tokens at most.
        ended: One for each prompt.
        guards: One for each prompt: tokens that it refuses are left out. None refuses nothing.
        wanted: Hypotheses that come back, at most `width`; None for all.
    """
    first, wanted = constraints or [None] * len(ended), wanted or width
    searches = [_Search(width, wanted, [Hypothesis((), 0.0, False, constraint)]) for constraint in first]
    rows = [(prompt, 0) for prompt in range(len(ended))]
    for left in range(limit, 0, -1):
        tokens, parents = _advance(searches, rows, _Ranked(state.logits, 2 * width), ended)
        if not parents or left == 1:
            break
        order = state.grow([row for _, _, row in parents], tokens)
        rows = [parents[new][:2] for new in order]
    return [search.result() for search in searches]


Choices = list[tuple[float, int]]
"""Log-probabilities and tokens, the most probable first; ties: the lower token."""


class _Ranked:
    """What each row of a batch may go on with."""

    def __init__(self, logits: torch.Tensor, least: int) -> None:
        """
        Args:
            logits: (rows, vocabulary) float32.
            least: Tokens at hand of each row, if there are so many; else `CANDIDATES`.
        """
        self._logprobs = logits.log_softmax(dim=-1)
        self._size = min(max(CANDIDATES, least), logits.shape[-1])
        ids = self._logprobs.topk(self._size, dim=-1).indices.sort(dim=-1).values
        best = self._logprobs.gather(-1, ids).double().sort(dim=-1, descending=True, stable=True)
        tokens = ids.gather(-1, best.indices)
        both = zip(best.values.tolist(), tokens.tolist(), strict=True)
        self._rows: list[Choices] = [list(zip(*row, strict=True)) for row in both]

    def __getitem__(self, row: int) -> Choices:
        return self._rows[row]

    def valid(self, row: int, constraint: ConstraintState) -> Choices:
        """The best that the guard lets pass of the whole vocabulary."""
        return best_valid(self._logprobs[row], constraint, self._size)


class _Offer(NamedTuple):
    """A hypothesis with one token more."""

    minus_logprob: float
    rank: int
    """Of the hypothesis in its beam."""
    token: int
    row: int
    constraint: ConstraintState | None
    """Behind the token."""
    refused: bool


def _offers(before: Hypothesis, rank: int, row: int, ranked: _Ranked) -> Iterator[_Offer]:
    """All with one hypothesis, best first; only when it comes to that, what lies behind those at hand.

    Each is checked when it is asked for: a beam looks at few.
    """

    def offer(logprob: float, token: int, constraint: ConstraintState | None) -> _Offer:
        after = constraint and constraint.after(token)
        refused = constraint is not None and after is None
        return _Offer(-(before.logprob + logprob), rank, token, row, after, refused)

    barren = before.constraint is not None
    for choice in ranked[row]:
        found = offer(*choice, before.constraint)
        barren = barren and found.refused
        yield found
    if before.constraint is not None and barren:
        yield from (offer(*choice, before.constraint) for choice in ranked.valid(row, before.constraint))


def _advance(
    searches: Sequence[_Search],
    rows: Sequence[tuple[int, int]],
    ranked: _Ranked,
    ended: Sequence[Ended],
) -> tuple[list[int], list[tuple[int, int, int]]]:
    """Grow every beam by one token; returns the new tokens and (prompt, rank, row they grew from)."""
    own: list[list[tuple[int, int]]] = [[] for _ in searches]
    for row, (prompt, rank) in enumerate(rows):
        own[prompt].append((rank, row))
    tokens: list[int] = []
    parents: list[tuple[int, int, int]] = []
    for prompt, (search, places) in enumerate(zip(searches, own, strict=True)):
        if not places:
            continue
        before = search.live
        grown = _grow(search, places, ranked, ended[prompt])
        if not grown and not search.done:
            _LOG.warning("no token goes on as valid SQL; a completion goes on unconstrained")
            search.live = [hypothesis._replace(constraint=None) for hypothesis in before]
            grown = _grow(search, places, ranked, ended[prompt])
        tokens += [offer.token for offer in grown]
        parents += [(prompt, rank, offer.row) for rank, offer in enumerate(grown)]
    return tokens, parents


def _grow(search: _Search, places: Sequence[tuple[int, int]], ranked: _Ranked, ended: Ended) -> list[_Offer]:
    """Put the best offers in the place of the live hypotheses, those that end among the finished ones.

    Args:
        search: The beam.
        places: Rank and row of each live hypothesis.
        ranked: What each row may go on with.
        ended: Whether new tokens end a completion.
    """
    before, search.live = search.live, []
    taken: list[_Offer] = []
    offers = merge(*(_offers(before[rank], rank, row, ranked) for rank, row in places))
    valid = (offer for offer in offers if not offer.refused)
    for place, offer in enumerate(islice(valid, 2 * search.width)):
        line = (*before[offer.rank].tokens, offer.token)
        if ended(line):
            if place < search.width:
                search.finish(Hypothesis(line, -offer.minus_logprob, True))
        elif len(taken) < search.width:
            taken.append(offer)
            search.live.append(Hypothesis(line, -offer.minus_logprob, False, offer.constraint))
        if len(taken) == search.width and place + 1 >= search.width:
            break
    hopeful = search.hopeful()
    search.live = list(compress(search.live, hopeful))
    return list(compress(taken, hopeful))
