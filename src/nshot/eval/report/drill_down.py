"""The two systems that the page compares at first, and a short list of answers that needs no
script.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from nshot.eval.comparison import Answer, Case, Comparison, Run
from nshot.eval.scores import System

SHORT_LIST = 30


class SystemChoice(NamedTuple):
    """A system, or one seed of it, that the reader can choose."""

    value: str
    """`s` and the index of a system (all its seeds), or `r` and the index of a run."""
    label: str


class AnswerPair(NamedTuple):
    """A question that only one of two systems answered correctly."""

    case: Case
    first: Answer
    second: Answer


class VerdictWords(NamedTuple):
    """What a verdict is called."""

    right: str
    wrong: str
    none: str
    """Stands in place of an answer that has no SQL."""


ANSWER_WORDS: Final = VerdictWords("right", "wrong", "(no SQL)")
EXAMPLE_WORDS: Final = VerdictWords("match", "no match", "(no examples)")
"""For comparisons without a model."""


def choices(comparison: Comparison) -> list[SystemChoice]:
    """Every system; a system with several seeds is followed by each of them."""
    found = []
    for at, system in enumerate(comparison.systems):
        own = [place for place, run in enumerate(comparison.runs) if run.system == system]
        if not own:
            continue
        seeds = f" (all {len(own)} seeds)" if len(own) > 1 else ""
        found.append(SystemChoice(f"s{at}", system.label + seeds))
        if seeds:
            found += [SystemChoice(f"r{place}", _seed(comparison.runs[place])) for place in own]
    return found


def first_pair(comparison: Comparison) -> tuple[System, System] | None:
    """The system that is right most often and its baseline; None if there are no answers."""
    asked = list(dict.fromkeys(run.system for run in comparison.runs))
    if not asked or not comparison.cases:
        return None
    best = max(asked, key=lambda system: _right(comparison, system))
    baselines = [c.baseline for c in comparison.contrasts if c.system == best and c.baseline in asked]
    others = [system for system in asked if system != best]
    return best, (baselines or others or [best])[0]


def short_list(comparison: Comparison, first: System, second: System) -> list[AnswerPair]:
    """Some wins, then some losses of the first seeds, in the order of the questions.

    Of one system alone, some wrong answers.
    """
    systems = [run.system for run in comparison.runs]
    one, other = systems.index(first), systems.index(second)
    pairs = [AnswerPair(case, case.answers[one], case.answers[other]) for case in comparison.cases]
    wins = [pair for pair in pairs if pair.first.ex and not pair.second.ex]
    losses = [pair for pair in pairs if (pair.second.ex or first == second) and not pair.first.ex]
    return [*wins[: SHORT_LIST // 2], *losses[: SHORT_LIST // 2]]


def _seed(run: Run) -> str:
    return f"{run.system.label}, seed {run.seed}"


def _right(comparison: Comparison, system: System) -> float:
    own = [at for at, run in enumerate(comparison.runs) if run.system == system]
    return sum(case.answers[at].ex for case in comparison.cases for at in own) / len(own)
