"""Formatting of numbers and names for people: units, intervals, p-values, measures."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Final, Literal, NamedTuple

from nshot.eval.scores import Estimate

MISSING: Final = "–"
"""Shown for a number that was not computed or is undefined."""

MeasureUnit = Literal["%", "", "tokens", "s", "ms"]


class MeasureWording(NamedTuple):
    """How a measure is shown."""

    title: str
    unit: MeasureUnit
    family: str
    lower_is_better: bool = False


ANSWERS: Final = "Answers"
LIKENESS: Final = "Similarity of the examples"
VARIETY: Final = "Diversity of the examples"
LEAKS: Final = "Overlap with the question"
COST: Final = "Cost"
FAMILIES: Final = (ANSWERS, LIKENESS, VARIETY, LEAKS, COST)

MEASURES: Final[Mapping[str, MeasureWording]] = {
    "ex": MeasureWording("EX", "%", ANSWERS),
    "em": MeasureWording("EM", "%", ANSWERS),
    "ts": MeasureWording("test suite", "%", ANSWERS),
    "invalid": MeasureWording("invalid SQL", "%", ANSWERS, lower_is_better=True),
    "skeleton_match": MeasureWording("skeleton match", "%", LIKENESS),
    "skeleton_similarity": MeasureWording("skeleton similarity", "", LIKENESS),
    "skeleton_similarity_mean": MeasureWording("skeleton similarity, mean", "", LIKENESS),
    "tree_similarity": MeasureWording("tree similarity", "", LIKENESS),
    "operator_coverage": MeasureWording("operator coverage", "%", LIKENESS),
    "hardness_match": MeasureWording("hardness match", "%", LIKENESS),
    "hardness_share": MeasureWording("hardness share", "%", LIKENESS),
    "ndcg": MeasureWording("nDCG", "", LIKENESS),
    "tau": MeasureWording("Kendall's tau", "", LIKENESS),
    "distinct_skeletons": MeasureWording("distinct skeletons", "%", VARIETY),
    "distinct_databases": MeasureWording("distinct databases", "%", VARIETY),
    "same_db": MeasureWording("same database", "%", LEAKS, lower_is_better=True),
    "same_sql": MeasureWording("same SQL", "%", LEAKS, lower_is_better=True),
    "paraphrase": MeasureWording("paraphrase", "%", LEAKS, lower_is_better=True),
    "same_question": MeasureWording("same question", "%", LEAKS, lower_is_better=True),
    "gold_in_prompt": MeasureWording("gold in prompt", "%", LEAKS, lower_is_better=True),
    "prompt_tokens": MeasureWording("prompt", "tokens", COST, lower_is_better=True),
    "completion_tokens": MeasureWording("completion", "tokens", COST, lower_is_better=True),
    "seconds": MeasureWording("time", "s", COST, lower_is_better=True),
    "ms": MeasureWording("time", "ms", COST, lower_is_better=True),
}
"""By the measure's name before `@`."""


def split_measure(measure: str) -> tuple[str, int | None]:
    """The name and the k of a measure; k is None for a measure without it.

    >>> split_measure("skeleton_match@3")
    ('skeleton_match', 3)
    >>> split_measure("ex")
    ('ex', None)
    """
    name, at, k = measure.rpartition("@")
    return (name, int(k)) if at and k.isascii() and k.isdecimal() else (measure, None)


def wording(name: str) -> MeasureWording:
    """How a measure is shown; an unknown measure is shown as a bare number under its own name."""
    return MEASURES.get(name) or MeasureWording(name.replace("_", " "), "", LIKENESS)


def heading(name: str) -> str:
    """The title with its unit, for a column or an axis.

    >>> heading("ex"), heading("ndcg")
    ('EX, %', 'nDCG')
    """
    shown = wording(name)
    return f"{shown.title}, {shown.unit}" if shown.unit else shown.title


def number(value: float | None, unit: MeasureUnit, *, signed: bool = False) -> str:
    """A value in its unit, without the unit's symbol; shares become percentages with one decimal.

    >>> number(0.4554, "%"), number(-0.012, "%", signed=True), number(None, "s"), number(1234.4, "tokens")
    ('45.5', '−1.2', '–', '1,234')
    """
    if value is None or not math.isfinite(value):
        return MISSING
    scaled = value * 100 if unit == "%" else value
    digits = _digits(unit, scaled)
    if round(scaled, digits) == 0:
        scaled = 0.0
    text = f"{scaled:+,.{digits}f}" if signed and scaled else f"{scaled:,.{digits}f}"
    return text.replace("-", "−")


def interval(estimate: Estimate | None, unit: MeasureUnit, *, signed: bool = False) -> str:
    """Low and high of an estimate; empty if it has no interval, or if both are equal.

    >>> interval(Estimate(0.5, 0.41, 0.58, 100), "%")
    '41.0 to 58.0'
    """
    if estimate is None or not (math.isfinite(estimate.low) and math.isfinite(estimate.high)):
        return ""
    if estimate.low == estimate.high:
        return ""
    return f"{number(estimate.low, unit, signed=signed)} to {number(estimate.high, unit, signed=signed)}"


def probability(p: float) -> str:
    """A p-value as text.

    >>> probability(0.0421), probability(0.00002), probability(1.0)
    ('0.042', '< 0.001', '1.000')
    """
    if not math.isfinite(p):
        return MISSING
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def plural(count: int, noun: str) -> str:
    """A count with its noun.

    >>> plural(1, "question"), plural(1034, "question")
    ('1 question', '1,034 questions')
    """
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def facts(info: Mapping[str, Any]) -> list[tuple[str, str]]:
    """`Comparison.info` as (name, text) lines in its own order; nested names are joined with dots.

    >>> facts({"seed": 1, "versions": {"nshot": "0.1"}, "databases": ["a", "b"]})
    [('seed', '1'), ('versions.nshot', '0.1'), ('databases', '2: a, b')]
    """
    found = []
    for key, value in info.items():
        if isinstance(value, Mapping):
            found += [(f"{key}.{name}", text) for name, text in facts(value)]
        else:
            found.append((str(key), _fact(value)))
    return found


def _digits(unit: MeasureUnit, value: float) -> int:
    if unit == "%":
        return 1
    if unit == "tokens":
        return 0 if abs(value) >= 100 else 1
    if unit in ("s", "ms"):
        return 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2
    return 0 if abs(value) >= 1000 else 3


def _fact(value: object) -> str:
    if value is None or value in ("", [], ()) or (isinstance(value, float) and not math.isfinite(value)):
        return MISSING
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (list, tuple)):
        texts = [_fact(one) for one in value]
        return f"{len(texts):,}: {', '.join(texts)}" if len(texts) > 1 else texts[0]
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {text}" for name, text in facts(value))
    return str(value)
