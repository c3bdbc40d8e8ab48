"""The grid: the systems that are compared, and the runs of each system."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from nshot.errors import OptionError, UnknownNameError
from nshot.eval import Run, System
from nshot.retrieval import SELECTIONS, STRATEGIES

ZERO_SHOT: Final = System("", "top", 0)


@dataclass(frozen=True)
class Grid:
    """Strategies by shots by seeds; checked on construction."""

    strategies: tuple[tuple[str, str], ...]
    """Pairs of a strategy and a selection."""
    shots: tuple[int, ...]
    """Numbers of shots; 0 is run once, without any strategy."""
    seeds: tuple[int, ...]
    """Seeds of strategies that draw at random. Other strategies use only the first seed."""
    sampled: bool = False
    """The model samples with the seed, so every system is run with every seed."""

    def __post_init__(self) -> None:
        if not self.strategies and any(self.shots):
            raise OptionError("name at least one strategy, such as `strategies` random,masked-hybrid")
        systems = ["/".join(pair) for pair in self.strategies]
        for noun, values in (("strategy", systems), ("number of shots", list(map(str, self.shots)))):
            twice = [value for value in dict.fromkeys(values) if values.count(value) > 1]
            if twice:
                raise OptionError(f"the {noun} {twice[0]} is given twice; name it once")
        if not self.shots or min(self.shots) < 0:
            raise OptionError(
                f"`shots` must be numbers of at least 0, such as 0,1,3, got {list(self.shots) or 'none'}",
                option="shots",
            )
        if not self.seeds:
            raise OptionError("no seed is given; give at least one")

    def systems(self) -> tuple[System, ...]:
        """Zero shots first, then by strategy and ascending shots."""
        picked = [
            System(strategy, select, shots)
            for strategy, select in self.strategies
            for shots in sorted(self.shots)
            if shots
        ]
        return (*((ZERO_SHOT,) if 0 in self.shots else ()), *picked)

    def runs(self) -> tuple[Run, ...]:
        """Every system with each of its seeds, in the order of `systems`."""
        return tuple(Run(system, seed) for system in self.systems() for seed in self.seeds_of(system))

    def seeds_of(self, system: System) -> tuple[int, ...]:
        """The seeds that a system is run with."""
        drawn = system.shots > 0 and STRATEGIES[system.strategy].seeded
        return self.seeds if self.sampled or drawn else self.seeds[:1]


def parse_strategies(text: str, select: str = "top") -> tuple[tuple[str, str], ...]:
    """Parse strategies with their selections, as written on the command line.

    Args:
        text: Comma-separated names; `strategy/selection` gives a selection of its own.
        select: The selection of those without one.

    Raises:
        UnknownNameError: A strategy or a selection is unknown.

    >>> parse_strategies("keyword, masked-hybrid/distinct")
    (('keyword', 'top'), ('masked-hybrid', 'distinct'))
    """
    found = []
    for name in (part.strip() for part in text.split(",")):
        strategy, slash, own = name.partition("/")
        chosen = own if slash else select
        if strategy not in STRATEGIES:
            raise UnknownNameError("strategy", strategy, tuple(STRATEGIES))
        if chosen not in SELECTIONS:
            raise UnknownNameError("selection", chosen, tuple(SELECTIONS))
        found.append((strategy, chosen))
    return tuple(found)


def parse_shots(text: str) -> tuple[int, ...]:
    """Parse numbers of shots, as written on the command line.

    Raises:
        OptionError: One is not a number.

    >>> parse_shots("0,1,3")
    (0, 1, 3)
    """
    parts = [part.strip() for part in text.split(",")]
    wrong = [part for part in parts if not (part.isascii() and part.isdecimal())]
    if wrong:
        raise OptionError(f"`shots` takes comma-separated numbers, such as 0,1,3, got {wrong[0]!r}")
    return tuple(map(int, parts))
