"""A measure as a value, in the notation of ir_measures (https://ir-measur.es): `name@k`."""

from __future__ import annotations

from typing import NamedTuple

from nshot.errors import OptionError, UnknownNameError
from nshot.eval.measures.table import MEASURES, SUPPLIED


class Measure(NamedTuple):
    """A measure by name, taken over the first `k` examples."""

    name: str
    k: int = 0
    """0 for a measure without a cutoff (`ms`)."""

    def __str__(self) -> str:
        return f"{self.name}@{self.k}" if self.k else self.name


def parse_measure(text: str) -> Measure:
    """Parse a measure from its printed form.

    Raises:
        UnknownNameError: There is no measure of that name; the message lists the names.
        OptionError: The cutoff is missing, not allowed, or not a whole number of at least 1.

    >>> parse_measure("skeleton_match@3")
    Measure(name='skeleton_match', k=3)
    >>> str(parse_measure("ms"))
    'ms'
    """
    name, at, cutoff = text.strip().partition("@")
    if name not in MEASURES and name not in SUPPLIED:
        raise UnknownNameError("measure", name, (*MEASURES, *SUPPLIED))
    if name in SUPPLIED and not SUPPLIED[name].cutoff:
        if at:
            raise OptionError(f"{name} has no cutoff: write {name}, got {text!r}")
        return Measure(name)
    if not (cutoff.isascii() and cutoff.isdecimal() and int(cutoff) > 0):
        raise OptionError(f"{name} needs the number of examples it looks at, such as {name}@3, got {text!r}")
    return Measure(name, int(cutoff))


def parse_measures(text: str) -> tuple[Measure, ...]:
    """Parse a comma-separated list of measures; repetitions are dropped.

    Raises:
        UnknownNameError, OptionError: As in `parse_measure`.

    >>> [str(measure) for measure in parse_measures("skeleton_match@1, ndcg@5")]
    ['skeleton_match@1', 'ndcg@5']
    """
    return tuple(dict.fromkeys(parse_measure(part) for part in text.split(",")))
