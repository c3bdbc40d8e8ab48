"""Beam search by the summed log-probability, without a length penalty."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from heapq import merge
from itertools import compress, islice
from typing import TYPE_CHECKING, NamedTuple

from nshot.generation.cancellation import Cancellations, find_cancelled
from nshot.generation.constrain import CANDIDATES, ConstraintState, best_valid

if TYPE_CHECKING:
    import torch

    from nshot.generation.decode.prefill import Prefilled


_LOG = logging.getLogger(__name__)


class Hypothesis(NamedTuple):
    tokens: tuple[int, ...]
    logprob: float
    """The sum over the tokens."""
    finished: bool
    constraint: ConstraintState | None = None
    """The tokens that may follow; None: any."""
    logprobs: tuple[float, ...] = ()
    """Of each token."""


@dataclass(slots=True)
class _Search:
    """The beam of one prompt: `live` hypotheses in order of rank, `done` ones best first."""

    width: int
    wanted: int
    """Number of hypotheses in the result; at most `width`."""
    margin: float | None
    """Hypotheses that are this much less probable than the best one are given up; None: none."""
    live: list[Hypothesis]
    done: list[Hypothesis] = field(default_factory=list)

    def finish(self, hypothesis: Hypothesis) -> None:
        self.done.append(hypothesis)
        self.done.sort(key=lambda item: -item.logprob)

    def hopeful(self) -> list[bool]:
        """Whether each live hypothesis is followed.

        Sums of log-probabilities only fall, so one that is below the last of the result, or far
        below the best, can only get worse.
        """
        bars = [self.done[self.wanted - 1].logprob] if len(self.done) >= self.wanted else []
        if self.margin is not None and self.live:
            bars.append(max(one.logprob for one in (*self.done[:1], *self.live)) - self.margin)
        if not bars:
            return [True] * len(self.live)
        bar = max(bars)
        # A tie cannot win: finished hypotheses come first. "not <=" keeps hypotheses whose sum is NaN.
        return [not hypothesis.logprob <= bar for hypothesis in self.live]

    def result(self) -> list[Hypothesis]:
        return sorted([*self.done, *self.live], key=lambda item: -item.logprob)[: self.wanted]


Ended = Callable[[Sequence[int]], bool]
"""Whether the new tokens of a row end its completion (end token or stop string)."""


def beam(
    state: Prefilled,
    width: int,
    limit: int,
    ended: Sequence[Ended],
    constraints: Sequence[ConstraintState | None] | None = None,
    wanted: int | None = None,
    cancellations: Cancellations | None = None,
    margin: float | None = None,
    on_done: Callable[[int, list[Hypothesis]], object] = lambda *_: None,
) -> list[list[Hypothesis]]:
    """The `wanted` best hypotheses of a beam for each prompt, highest summed log-probability first.

    Ties: the higher-ranked parent first, then the lower token id. A hypothesis that ends leaves the
    beam if it is among the `width` best continuations of its step. One that can no longer be in the
    result leaves it, too; this changes no result and saves a third of the time. Fewer hypotheses
    come back only if the vocabulary, or the part of it that the constraints allow, is smaller than
    the beam, or if a `margin` gives some up.

    A hypothesis continues with one of its `CANDIDATES` most probable tokens; if its constraint
    refuses all of them, with any other token. A hypothesis without a valid token is dropped; if it
    was the last one and none is finished, it continues without its constraint, and that is logged.

    Args:
        state: The prefilled batch, one row a prompt; it must not be used afterwards.
        width: Hypotheses that are followed.
        limit: Most new tokens.
        ended: The test of each prompt's completions.
        constraints: The constraint of each prompt, which refuses tokens; None: no token is refused.
        wanted: Hypotheses in the result, at most `width`; None: `width`.
        cancellations: Of each prompt; the rows of a cancelled one leave the batch, and its result
            counts for nothing.
        margin: A hypothesis that is this much less probable than the best one so far, in nats, is
            given up, and not in the result unless it had ended. None gives none up.
        on_done: Gets the number of a prompt and its result at the step after which it is settled;
            the last ones come with the end. Cancelled prompts are left out.
    """
    first, wanted = constraints or [None] * len(ended), wanted or width
    searches = [_Search(width, wanted, margin, [Hypothesis((), 0.0, False, one)]) for one in first]
    # Prompt of each row, and rank in its beam; rebuilt at each step, as `grow` may reorder rows.
    rows = [(prompt, 0) for prompt in range(len(ended))]
    going = set(range(len(ended)))
    for left in range(limit, 0, -1):
        for prompt, search in enumerate(searches):
            if find_cancelled(cancellations, prompt):
                search.live = []
                going.discard(prompt)
        tokens, parents = _advance(searches, rows, _Continuations(state.logits, 2 * width), ended)
        settled = sorted(prompt for prompt in going if left == 1 or not searches[prompt].live)
        for prompt in settled:
            on_done(prompt, searches[prompt].result())
        going.difference_update(settled)
        if not parents or left == 1:
            break
        order = state.grow([row for _, _, row in parents], tokens)
        rows = [parents[new][:2] for new in order]
    return [search.result() for search in searches]


Choices = Iterable[tuple[float, int]]
"""Log-probabilities and tokens, the most probable first; ties: the lower token id first."""


class _Continuations:
    """The most probable next tokens of each row of a batch."""

    def __init__(self, logits: torch.Tensor, least: int) -> None:
        """
        Args:
            logits: (rows, vocabulary) float32.
            least: Tokens kept of each row, if the vocabulary has as many; at least `CANDIDATES`.
        """
        self._logits = logits
        self._total = logits.logsumexp(dim=-1, keepdim=True)
        self._size = min(max(CANDIDATES, least), logits.shape[-1])
        # topk breaks ties in any order. Ids in ascending order and a stable sort put the lower id first.
        ids = logits.topk(self._size, dim=-1).indices.sort(dim=-1).values
        logprobs = logits.gather(-1, ids) - self._total
        best = logprobs.double().sort(dim=-1, descending=True, stable=True)
        tokens = ids.gather(-1, best.indices)
        self._values: list[list[float]] = best.values.tolist()
        self._tokens: list[list[int]] = tokens.tolist()

    def __getitem__(self, row: int) -> Choices:
        # Paired one by one as they are drawn: a beam draws few of them.
        return zip(self._values[row], self._tokens[row], strict=True)

    def valid(self, row: int, constraint: ConstraintState) -> Choices:
        """The most probable tokens of the whole vocabulary that the constraint allows."""
        return best_valid(self._logits[row] - self._total[row], constraint, self._size)


class _Offer(NamedTuple):
    """A hypothesis with one token more; the order of the fields is that in which offers are
    merged."""

    minus_logprob: float
    rank: int
    """Rank of the hypothesis in its beam."""
    token: int
    row: int
    constraint: ConstraintState | None
    """The constraint after the token."""
    refused: bool
    logprob: float
    """Of the token alone."""


def _offers(before: Hypothesis, rank: int, row: int, choices: _Continuations) -> Iterator[_Offer]:
    """Yields the continuations of one hypothesis, best first.

    The constraint checks a token only when it is drawn from the iterator: a beam draws few of them.
    The whole vocabulary is searched only after every token of `choices` was refused.
    """

    def offer(logprob: float, token: int, constraint: ConstraintState | None) -> _Offer:
        after = constraint and constraint.after(token)
        refused = constraint is not None and after is None
        return _Offer(-(before.logprob + logprob), rank, token, row, after, refused, logprob)

    barren = before.constraint is not None
    for choice in choices[row]:
        found = offer(*choice, before.constraint)
        barren = barren and found.refused
        yield found
    if before.constraint is not None and barren:
        yield from (offer(*choice, before.constraint) for choice in choices.valid(row, before.constraint))


def _advance(
    searches: Sequence[_Search],
    rows: Sequence[tuple[int, int]],
    choices: _Continuations,
    ended: Sequence[Ended],
) -> tuple[list[int], list[tuple[int, int, int]]]:
    """Grows every beam by one token; returns the new tokens and (prompt, rank, row they grew
    from)."""
    own: list[list[tuple[int, int]]] = [[] for _ in searches]
    for row, (prompt, rank) in enumerate(rows):
        own[prompt].append((rank, row))
    tokens: list[int] = []
    parents: list[tuple[int, int, int]] = []
    for prompt, (search, places) in enumerate(zip(searches, own, strict=True)):
        if not search.live:  # no row goes on: all are finished, or the prompt is cancelled
            continue
        before = search.live
        grown = _grow(search, places, choices, ended[prompt])
        if not grown and not search.done:
            _LOG.warning("no token continues valid SQL; a completion continues unconstrained")
            search.live = [hypothesis._replace(constraint=None) for hypothesis in before]
            grown = _grow(search, places, choices, ended[prompt])
        tokens += [offer.token for offer in grown]
        parents += [(prompt, rank, offer.row) for rank, offer in enumerate(grown)]
    return tokens, parents


def _grow(
    search: _Search, places: Sequence[tuple[int, int]], choices: _Continuations, ended: Ended
) -> list[_Offer]:
    """Replaces the live hypotheses by their best continuations; those that end become finished
    ones.

    Args:
        search: The beam.
        places: Rank and row of each live hypothesis.
        choices: The most probable next tokens of each row.
        ended: Whether new tokens end a completion.

    Returns:
        The offers that were taken, in the order of `search.live`.
    """
    before, search.live = search.live, []
    taken: list[_Offer] = []
    # Each iterator is sorted, so a lazy merge yields the best of all rows without computing the rest.
    offers = merge(*(_offers(before[rank], rank, row, choices) for rank, row in places))
    valid = (offer for offer in offers if not offer.refused)
    # Twice the width, as beam search does: where each hypothesis's end token is among the best, as many
    # others as the beam is wide are left to follow.
    for place, offer in enumerate(islice(valid, 2 * search.width)):
        parent = before[offer.rank]
        line, each = (*parent.tokens, offer.token), (*parent.logprobs, offer.logprob)
        if ended(line):
            if place < search.width:  # a worse ending would not have been in the beam
                search.finish(Hypothesis(line, -offer.minus_logprob, True, None, each))
        elif len(taken) < search.width:
            taken.append(offer)
            search.live.append(Hypothesis(line, -offer.minus_logprob, False, offer.constraint, each))
        if len(taken) == search.width and place + 1 >= search.width:
            break
    # After all endings of this step are known: they raise the bar.
    hopeful = search.hopeful()
    search.live = list(compress(search.live, hopeful))
    return list(compress(taken, hopeful))
