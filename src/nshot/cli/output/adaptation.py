"""Shows what an adaptation is about to do, and what it led to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from nshot.cli.output.console import say, table, write
from nshot.cli.output.train_progress import STOPPED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nshot.adaptation import Adaptation, AdaptPlan, WayResult

FEW = 30
"""Held-out questions below which a share is said to be rough."""


def show_plan(plan: AdaptPlan) -> None:
    """What is learned, what is held out, and what cannot be told."""
    learnt, held, config = plan.split.learnt, plan.split.held_out, plan.config
    databases = len({pair.db_id for pair in learnt})
    say(
        f"{len(plan.checked.pairs)} of {plan.checked.rows} pairs are good; learning from {len(learnt)} of "
        f"{databases} databases, {len(held)} held out; at most {config.minutes:g} min of training"
    )
    if not held:
        say(
            "note: nothing is held out, so nobody can tell what the pairs bring: all are learned from, and "
            "the last state is kept; more pairs, or --holdout N, change that"
        )
    elif len(held) < FEW:
        say(f"note: {len(held)} held-out questions tell little; mind the intervals")


ENOUGH = 0.5
"""Share of the passes below which a training is said to be cut short."""


def show_adaptation(made: Adaptation, passes: float = 0.0) -> None:
    """Prints the results; exits with status STOPPED if the training was stopped.

    Args:
        made: The adaptation.
        passes: Passes over the pairs that were wanted, at most.
    """
    if made.ending == "stopped":
        kept = f"the best state so far is in {made.out}" if made.state else "there is no state yet"
        say(f"stopped; {kept}; the same command continues")
        raise typer.Exit(STOPPED)
    _show_results(made.results, "held-out questions")
    _show_results(made.check, "questions on other databases")
    if made.state is not None:
        say(f"kept step {made.state.step} of {made.state.steps}: {made.state.why}")
        if made.state.passes < ENOUGH * passes:
            say(
                f"note: the time was enough for {made.state.passes:.1f} of {passes:g} passes; the same "
                "command with more --minutes continues"
            )
    if made.results:
        say(_verdict(made.results))
        say(f"the answers one by one: {made.out / 'report.html'}")
    write(f"{made.out}: ask it with --model {made.out}\n")


def _show_results(results: Sequence[WayResult], title: str) -> None:
    if not results:
        return
    first = results[0].right
    rows = []
    for one in results:
        found = one.estimate
        won = sum(new and not old for new, old in zip(one.right, first, strict=True))
        lost = sum(old and not new for new, old in zip(one.right, first, strict=True))
        against = "" if one is results[0] else f"+{won} -{lost}, p {_p(one.right, first):.3f}"
        share = f"{100 * found.value:.1f} % ({100 * found.low:.0f} to {100 * found.high:.0f})"
        rows.append([one.way.label, f"{sum(one.right)} of {len(one.right)}", share, against])
    table(["way", "right", "EX (95 %)", "against the first"], rows, title)


def _verdict(results: Sequence[WayResult]) -> str:
    """Whether the adaptation brought something, in one sentence."""
    best_before = max(results[:2], key=lambda one: sum(one.right))
    after = results[-1]
    gain, p = sum(after.right) - sum(best_before.right), _p(after.right, best_before.right)
    compared = f"{after.way.label}: {sum(after.right)}, {best_before.way.label}: {sum(best_before.right)}"
    if gain <= 0:
        return f"no gain: {compared}; the start model with your pairs as examples serves as well"
    if p > 0.05:
        return f"a gain that may be chance (p {p:.2f}): {compared}"
    return f"a gain (p {p:.3f}): {compared}"


def _p(new: Sequence[bool], old: Sequence[bool]) -> float:
    from nshot.eval import mcnemar

    return mcnemar(new, old)
