"""Print a comparison: one line per system."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from nshot.cli.output.console import say, table, write_json
from nshot.errors import UnknownNameError

if TYPE_CHECKING:
    from nshot.eval import Comparison, Estimate, System

ANSWERS: Final = ("ex", "em", "invalid", "skeleton_match", "prompt_tokens", "seconds")
EXAMPLES: Final = ("skeleton_match", "skeleton_similarity", "operator_coverage", "hardness_match", "ndcg")
COSTS: Final = ("prompt_tokens", "ms")
LEAKS: Final = ("same_sql", "gold_in_prompt")
"""Leak measures of any pool, printed in one column; all of them must be 0."""
CLOSED_LEAKS: Final = ("same_db", *LEAKS)
"""Those of a pool whose policy forbids examples of the question's own database."""


def show(comparison: Comparison, measures: Sequence[str] = (), *, as_json: bool = False) -> None:
    """Print the measures; the first (or all named ones) with interval and difference from the
    baseline.
    """
    if as_json:
        from nshot.eval import to_json

        write_json(to_json(comparison))
        return
    from nshot.eval import heading

    taken, whole = _list_measures(comparison), bool(measures)
    usual = ANSWERS if "ex" in taken else (*EXAMPLES, *COSTS)
    wanted = measures or [name for name in usual if name in taken]
    closed = comparison.info.get("same_db", "never") == "never"
    leaks = [] if whole else [name for name in (CLOSED_LEAKS if closed else LEAKS) if name in taken]
    rows = [
        [
            system.name,
            system.shots,
            _estimate(_find_estimate(comparison, system, wanted[0]), wanted[0], interval=True),
            _versus(comparison, system, wanted[0]),
            *(
                _estimate(_find_estimate(comparison, system, name), name, interval=whole)
                for name in wanted[1:]
            ),
            *([_leaks(comparison, system, leaks)] if leaks else []),
        ]
        for system in comparison.systems
    ]
    columns = ["strategy", "shots", f"{_narrow(heading(wanted[0]))}\n[95 %]", "against\nbaseline"]
    columns += [*(_narrow(heading(name)) for name in wanted[1:]), *(["leaks %"] if leaks else [])]
    table(columns, rows, title=comparison.title)
    _legend(comparison, wanted[0])


def choose_measures(text: str, known: Sequence[str]) -> list[str]:
    """The measures that the user named, at each system's number of examples; none if the text is
    empty.

    Raises:
        UnknownNameError: One is not known.
    """
    named = [name.strip().partition("@")[0] for name in text.split(",")] if text else []
    for name in named:
        if name not in known:
            raise UnknownNameError("measure", name, known)
    return named


def _list_measures(comparison: Comparison) -> list[str]:
    return list(dict.fromkeys(measure.partition("@")[0] for measure in comparison.measures()))


def _leaks(comparison: Comparison, system: System, names: Sequence[str]) -> str:
    found = [estimate.value for name in names if (estimate := _find_estimate(comparison, system, name))]
    return f"{max(found) * 100:.1f}" if found else ""


def _find_estimate(comparison: Comparison, system: System, name: str) -> Estimate | None:
    labels = (name, f"{name}@{system.shots}")
    return next((e for label in labels if (e := comparison.score(system, label)) is not None), None)


def _estimate(estimate: Estimate | None, name: str, *, interval: bool) -> str:
    from nshot.eval.report.wording import number, wording

    if estimate is None:
        return ""
    unit = wording(name).unit
    text = number(estimate.value, unit)
    if not interval:
        return text
    text += f" [{number(estimate.low, unit)}, {number(estimate.high, unit)}]"
    return text if estimate.sd is None else f"{text} sd {number(estimate.sd, unit)}"


def _versus(comparison: Comparison, system: System, name: str) -> str:
    """Difference from the baseline with as many shots, questions won and lost, corrected
    p-value."""
    from nshot.eval import probability
    from nshot.eval.report.wording import number, wording

    return "; ".join(
        f"{number(one.difference.value, wording(name).unit, signed=True)} "
        f"({one.wins}:{one.losses}), p {probability(one.p_holm)}"
        for one in comparison.contrasts
        if one.system == system and one.measure == name and one.baseline.shots == system.shots
    )


def _legend(comparison: Comparison, first: str) -> None:
    from nshot.eval import split_measure
    from nshot.eval.report.wording import number, wording

    unit = wording(first).unit
    ceilings = {
        number(value, unit) + (" %" if unit == "%" else "")
        for measure, value in comparison.ceiling.items()
        if split_measure(measure)[0] == first
    }
    if ceilings:
        say(f"{first}: the best possible choice from the pool reaches {', '.join(sorted(ceilings))}")
    if unbuilt := _tell_unbuilt(comparison):
        say(f"without a prompt (too long for --budget or the model, or no such database): {unbuilt}")
    if without_first_pass := comparison.info.get("without a first pass"):
        say(f"without a usable first pass, and so by the first ranking alone: {without_first_pass}")
    if comparison.contrasts:
        say("[low, high]: bootstrap over databases; (won:lost) questions; p: paired test, Holm's correction")


def _tell_unbuilt(comparison: Comparison) -> str:
    """The number of questions of each system without a prompt; empty if all have one."""
    asked = max((score.estimate.questions for score in comparison.scores), default=0)
    built = {system: _find_estimate(comparison, system, "prompt_tokens") for system in comparison.systems}
    missing = {system: asked - (found.questions if found else 0) for system, found in built.items()}
    return "; ".join(f"{system.label} {count} of {asked}" for system, count in missing.items() if count)


def _narrow(heading: str) -> str:
    """A heading on several lines, with its unit beside its last word.

    >>> _narrow("skeleton match, %")
    'skeleton\\nmatch %'
    """
    name, _, unit = heading.partition(", ")
    return name.replace(" ", "\n") + (f" {unit}" if unit else "")
