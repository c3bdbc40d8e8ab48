"""The measured values of every run on every question, and their statistics."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from nshot.arrays import Float64Array
from nshot.eval import ALL, Contrast, Correlation, Run, Sample, Score, System, contrasts, pearson, spearman
from nshot.eval.statistics import scores
from nshot.experiments.plan import ComparisonPlan

MeasureValues = Float64Array

FEWEST = 5
"""Least number of systems for a correlation: any three points lie near some line."""


@dataclass(frozen=True, slots=True)
class Measured:
    """The values of one run."""

    run: Run
    values: Mapping[str, MeasureValues]
    """Values by measure: (n,) float64, NaN where it is undefined."""


def base(measure: str) -> str:
    """The measure's name without its k.

    >>> base("skeleton_match@3")
    'skeleton_match'
    """
    return measure.partition("@")[0]


def scores_of(plan: ComparisonPlan, measured: Sequence[Measured]) -> tuple[Score, ...]:
    """Every measure of every system in every group of questions for which it is defined."""
    return tuple(
        score
        for system, values in by_system(measured).items()
        for measure, table in values.items()
        for score in scores(system, measure, table, plan.questions, plan.seed)
        if score.estimate.questions
    )


def contrasts_of(
    plan: ComparisonPlan, measured: Sequence[Measured], wanted: Iterable[str]
) -> tuple[Contrast, ...]:
    """Every system against its baselines, in the given measures, with Holm's correction within each
    measure.

    Args:
        plan: Defines the baselines.
        measured: All runs.
        wanted: Names of measures without their k, for which higher is better.
    """
    tables = by_system(measured)
    databases = [question.db_id for question in plan.questions]
    found: list[Contrast] = []
    for name in wanted:
        pairs = [
            (Sample(system, values[own]), Sample(other, tables[other][its]))
            for system, values in tables.items()
            for other in plan.baselines(system)
            if (own := _find_measure(values, name)) and (its := _find_measure(tables[other], name))
        ]
        found += contrasts(name, pairs, databases, seed=plan.seed)
    return tuple(found)


def correlations_of(
    all_scores: Sequence[Score], measures: Sequence[str], outcomes: Sequence[str]
) -> tuple[Correlation, ...]:
    """Whether measures of the examples predict outcomes with the model, over the systems with
    examples.

    There is one correlation for each number of shots and one over all of them. It is left out if
    fewer than FEWEST systems have both values, or if one side is constant.
    """
    means = {
        (score.system, base(score.measure)): score.estimate.value
        for score in all_scores
        if score.group == ALL
    }
    systems = [system for system in dict.fromkeys(score.system for score in all_scores) if system.shots]
    found = []
    for shots in (None, *sorted({system.shots for system in systems})):
        some = [system for system in systems if shots in (None, system.shots)]
        if shots is not None and len(some) == len(systems):
            continue
        for measure in measures:
            for outcome in outcomes:
                both = [one for one in some if {(one, measure), (one, outcome)} <= means.keys()]
                if len(both) < FEWEST:
                    continue
                x, y = ([means[system, name] for system in both] for name in (measure, outcome))
                r = pearson(x, y)
                if not np.isnan(r):
                    found.append(Correlation(measure, outcome, shots, len(both), r, spearman(x, y)))
    return tuple(found)


def by_system(measured: Sequence[Measured]) -> dict[System, dict[str, MeasureValues]]:
    """The measures of each system, in order, as (seeds, n) arrays."""
    rows: dict[System, dict[str, list[MeasureValues]]] = {}
    for one in measured:
        for measure, values in one.values.items():
            rows.setdefault(one.run.system, {}).setdefault(measure, []).append(values)
    return {
        system: {measure: np.stack(some) for measure, some in values.items()}
        for system, values in rows.items()
    }


def _find_measure(values: Mapping[str, MeasureValues], name: str) -> str:
    """The measure of that name, whatever its k; empty if there is none."""
    return next((measure for measure in values if base(measure) == name), "")
