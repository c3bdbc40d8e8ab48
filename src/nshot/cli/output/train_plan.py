"""Shows a dry run."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from nshot.cli.output.console import visible, write

if TYPE_CHECKING:
    from nshot.training import Shown, TrainingPlan

DIM, PLAIN = "\x1b[2m", "\x1b[0m"


def show_plan(plan: TrainingPlan) -> None:
    """Prints the numbers, then rows with the masked part in brackets (and dim on a terminal)."""
    sizes, whole = plan.sizes, plan.sizes.trainable + plan.sizes.frozen
    held_out = plan.description["held_out"]
    saved = 1 - plan.tokens / plan.apart
    lines = [
        f"parameters: {sizes.trainable:,} trained ({100 * sizes.trainable / whole:.2f} %), "
        f"{sizes.frozen:,} frozen",
        f"held out: {', '.join(held_out) or 'nothing'}",
        f"an evaluation: the loss of {plan.held_out_rows} rows, {plan.questions} questions answered",
        *([f"model settings, now and afterwards: {plan.settings}"] if plan.settings else []),
        f"an epoch: {plan.steps} steps of about {plan.rows:.0f} rows",
        f"a step: about {plan.tokens:.0f} tokens computed; {plan.apart:.0f} without shared prefixes, "
        f"{100 * saved:.0f} % saved",
        f"memory of a step, estimated: {_size(sum(plan.memory.values()))} "
        f"({', '.join(f'{name} {_size(size)}' for name, size in plan.memory.items())})",
        f"time of an epoch: {_time(plan.seconds)}",
        f"the training: {_describe_training(plan)}",
    ]
    if plan.missing:
        lines.append(f"not measured: {plan.missing}")
    write("\n".join(lines) + "\n" + "".join(map(_row, plan.shown)))


def _row(row: Shown) -> str:
    live = sys.stdout.isatty()
    masked = f"[{visible(row.prompt)}]"
    return (
        f"\n{row.id}: {row.tokens} tokens, the {row.counted} after the brackets count\n"
        f"{DIM if live else ''}{masked}{PLAIN if live else ''}{visible(row.response)}\n"
    )


def _time(seconds: float | None) -> str:
    return "unknown until the model is here" if seconds is None else f"about {seconds / 60:.1f} min, measured"


def _describe_training(plan: TrainingPlan) -> str:
    """The length of the training in epochs, steps and minutes, as far as it is known."""
    epochs, minutes, seconds = plan.epochs, plan.minutes, plan.seconds
    if epochs is not None:
        time = "" if seconds is None else f", about {epochs * seconds / 60:.1f} min plus the evaluations"
        or_minutes = "" if minutes is None else f", or {minutes:g} min"
        return f"{epochs:g} epochs, {epochs * plan.steps:,.0f} steps{time}{or_minutes}"
    if seconds is None or minutes is None:
        return f"{minutes:g} min"
    most = 60 * minutes / seconds
    steps = f"{most * plan.steps:,.0f} steps"
    return f"{minutes:g} min including the evaluations: at most {most:.2f} epochs, {steps}"


def _size(size: float) -> str:
    return f"{size / 1e9:.2f} GB" if size >= 1e8 else f"{size / 1e6:.1f} MB"
