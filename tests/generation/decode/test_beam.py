"""Beam search against a plain one that tries every token."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from functools import reduce
from operator import add
from typing import Any, Self

import pytest
import torch

from nshot.generation.constrain import CANDIDATES
from nshot.generation.decode.beam import Hypothesis, beam

VOCABULARY, END, LIMIT = 300, 0, 7
Line = tuple[int, ...]
Rule = Callable[[Line, int], bool]
"""Whether a token may follow a line."""


def logits_of(prompt: int, line: Line) -> torch.Tensor:
    drawn = random.Random(f"{prompt}:{line}")
    found = torch.tensor([drawn.gauss(0, 2) for _ in range(VOCABULARY)])
    found[END] += 2 * len(line)  # so that some end
    return found


class Scripted:
    """Stands for a prefilled batch: logits that depend on the prompt and the tokens so far
    alone."""

    def __init__(self, prompts: int) -> None:
        self.rows: list[tuple[int, Line]] = [(prompt, ()) for prompt in range(prompts)]
        self.grown = 0

    @property
    def logits(self) -> torch.Tensor:
        return torch.stack([logits_of(*row) for row in self.rows])

    def grow(self, parents: Sequence[int], tokens: Sequence[int]) -> list[int]:
        """In reverse order, so that one that is taken for granted shows."""
        order = list(reversed(range(len(parents))))
        self.grown += len(parents)
        grown = [self.rows[parent] for parent in parents]
        self.rows = [(grown[new][0], (*grown[new][1], tokens[new])) for new in order]
        return order


class RuleConstraint:
    """A constraint by a rule, which keeps the tokens it checked."""

    def __init__(self, rule: Rule, line: Line = (), checked: list[int] | None = None) -> None:
        self.rule, self.line, self.checked = rule, line, checked if checked is not None else []

    def after(self, token: int) -> Self | None:
        self.checked.append(token)
        return (
            type(self)(self.rule, (*self.line, token), self.checked) if self.rule(self.line, token) else None
        )

    def valid(self) -> list[int]:
        return [token for token in range(VOCABULARY) if self.rule(self.line, token)]


def plain(prompt: int, width: int, rule: Rule) -> list[tuple[Line, float, bool]]:
    """The same search, every valid continuation of every line looked at."""
    live: list[tuple[Line, float]] = [((), 0.0)]
    done: list[tuple[Line, float, bool]] = []
    for _ in range(LIMIT):
        grown = []
        for rank, (line, score) in enumerate(live):
            logprobs = logits_of(prompt, line).log_softmax(dim=-1).tolist()
            order = sorted(range(VOCABULARY), key=lambda token: (-logprobs[token], token))
            near = [token for token in order[:CANDIDATES] if rule(line, token)]
            valid = near or [token for token in order if rule(line, token)]
            grown += [(-(score + logprobs[token]), rank, token) for token in valid]
        best = sorted(grown)[: 2 * width]
        lines = [((*live[rank][0], token), -score) for score, rank, token in best]
        done += [(line, score, True) for line, score in lines[:width] if line[-1] == END]
        done.sort(key=lambda item: -item[1])
        live = [(line, score) for line, score in lines if line[-1] != END][:width]
        if len(done) >= width and done[width - 1][1] >= max((score for _, score in live), default=-1e9):
            break
    every = [*done, *((line, score, False) for line, score in live)]
    return sorted(every, key=lambda item: -item[1])[:width]


def searched(
    width: int, constraints: Sequence[Any] | None, prompts: int = 3, wanted: int | None = None
) -> list[list[Hypothesis]]:
    return search(Scripted(prompts), width, constraints, wanted)


def search(
    state: Any, width: int, constraints: Sequence[Any] | None, wanted: int | None = None
) -> list[list[Hypothesis]]:
    ended = [lambda line: line[-1] == END] * len(state.rows)
    return beam(state, width, LIMIT, ended, constraints, wanted)


RULES: dict[str, Rule] = {
    "most": lambda line, token: token % 3 != len(line) % 3 or token == END,
    "few": lambda line, token: token % 97 == len(line) or (token == END and len(line) > 2),
    "one": lambda line, token: token == (END if len(line) == 5 else 11 + len(line)),
}


@pytest.mark.parametrize("width", [1, 3])
@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_a_constrained_beam_is_the_plain_one_of_valid_tokens(width: int, rule: Rule) -> None:
    found = searched(width, [RuleConstraint(rule) for _ in range(3)])
    for prompt, hypotheses in enumerate(found):
        expected = plain(prompt, width, rule)
        assert [(one.tokens, one.finished) for one in hypotheses] == [
            (line, finished) for line, _, finished in expected
        ]
        assert [one.logprob for one in hypotheses] == pytest.approx([score for _, score, _ in expected])
        assert [len(one.logprobs) for one in hypotheses] == [len(one.tokens) for one in hypotheses]
        assert [reduce(add, one.logprobs, 0.0) for one in hypotheses] == [one.logprob for one in hypotheses]


@pytest.mark.parametrize("wanted", [1, 2, 5])
@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_who_wants_fewer_gets_the_first_of_all_for_less(wanted: int, rule: Rule) -> None:
    width, prompts = 5, 12
    constraints = [RuleConstraint(rule) for _ in range(prompts)]
    whole, part = Scripted(prompts), Scripted(prompts)
    expected = search(whole, width, constraints)
    found = search(part, width, constraints, wanted)
    assert [[one.tokens for one in line] for line in found] == [
        [one.tokens for one in line[:wanted]] for line in expected
    ]
    assert part.grown <= whole.grown
    if wanted == 1 and rule is RULES["most"]:
        assert part.grown < whole.grown * 0.8


@pytest.mark.parametrize("odd", [float("nan"), float("-inf")])
def test_logits_that_are_no_numbers_lose_no_prompt(odd: float, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = torch.full((VOCABULARY,), odd)
    broken[5] = odd if odd != odd else 1.0
    monkeypatch.setattr(f"{__name__}.logits_of", lambda *_: broken)
    assert [len(line) for line in searched(4, None, wanted=1)] == [1, 1, 1]


def test_rows_with_and_without_a_constraint_share_a_batch() -> None:
    rule = RULES["most"]
    free, constrained, _ = searched(3, [None, RuleConstraint(rule), None])
    assert [one.tokens for one in free] == [line for line, _, _ in plain(0, 3, lambda *_: True)]
    assert [one.tokens for one in constrained] == [line for line, _, _ in plain(1, 3, rule)]


def test_a_constraint_checks_only_tokens_that_the_beam_considers() -> None:
    checked: list[int] = []
    searched(3, [RuleConstraint(RULES["most"], (), checked)], prompts=1)
    assert len(checked) < LIMIT * 3 * 8


def test_a_hypothesis_without_a_way_on_is_given_up_while_another_has_one(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Unconstrained it would be free to take the most probable tokens, and win against the
    others."""

    def rule(line: Line, token: int) -> bool:
        return not line or (line[0] % 4 > 0 and token in (*range(100, 111), END))

    for hypotheses in searched(6, [RuleConstraint(rule)] * 20, prompts=20):
        assert all(one.tokens[0] % 4 for one in hypotheses)
        assert all(token in range(100, 111) or token == END for one in hypotheses for token in one.tokens[1:])
    assert not caplog.text


def test_a_beam_without_any_way_on_keeps_what_it_has_finished(caplog: pytest.LogCaptureFixture) -> None:
    (found,) = searched(3, [RuleConstraint(lambda line, token: not line and token in (5, END))], prompts=1)
    assert [one.tokens for one in found] == [(END,)]
    assert not caplog.text


def test_where_nothing_is_valid_a_completion_is_unconstrained(
    caplog: pytest.LogCaptureFixture,
) -> None:
    ((best,),) = searched(1, [RuleConstraint(lambda line, _: not line)], prompts=1)
    assert len(best.tokens) > 1
    assert "unconstrained" in caplog.text


def test_what_is_far_below_the_best_is_given_up() -> None:
    ended = [lambda line: line[-1] == END] * 3
    grown, sizes = [], []
    for margin in (0.01, 0.5, 2.0, None):
        state: Any = Scripted(3)
        found = beam(state, 6, LIMIT, ended, margin=margin)
        grown.append(state.grown)
        sizes.append(sum(map(len, found)))
        for lines in found:
            assert lines
            assert lines == sorted(lines, key=lambda one: -one.logprob)
    assert grown == sorted(grown)
    assert sizes == sorted(sizes)
    assert grown[0] < grown[2] < grown[3]
    assert sizes[0] < sizes[3] == 18


def test_a_wide_margin_gives_up_nothing() -> None:
    ended = [lambda line: line[-1] == END] * 3
    one: Any = Scripted(3)
    other: Any = Scripted(3)
    assert beam(one, 4, LIMIT, ended, margin=1e6) == beam(other, 4, LIMIT, ended)
