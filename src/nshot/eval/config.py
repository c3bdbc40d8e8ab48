"""Settings of an evaluation."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Literal, get_args

from nshot.errors import OptionError, UnknownNameError

ModeName = Literal["official", "classic", "strict"]
ColumnOrder = Literal["free", "fixed"]

OWN_OPTIONS: dict[str, str] = {
    "keep_distinct": "official",
    "plug_value": "official",
    "columns": "strict",
    "tolerance": "strict",
}
"""Options that only one mode has, with that mode."""


@dataclass(frozen=True, slots=True)
class EvalConfig:
    """How predictions are judged.

    Raises:
        OptionError: A value is out of range, or an option has no effect in the mode.
    """

    mode: ModeName = "official"
    """official: Spider's test-suite evaluation; classic: Spider's first one; strict: our own."""
    keep_distinct: bool = False
    """official: DISTINCT stays in both texts."""
    plug_value: bool = False
    """official: gold's values are tried in the places of the prediction's."""
    columns: ColumnOrder = "free"
    """strict: whether the columns may come in any order."""
    tolerance: float = 1e-9
    """strict: numbers are equal within this, relative to the larger one and absolutely."""
    timeout: float = 30.0
    """Seconds for one statement on one database file."""
    workers: int = 0
    """Statements that run at the same time; 0 for the number of processors."""
    skip_bad_gold: bool = False
    """Gold that does not run leaves its row unscored, instead of being an error."""
    cache: bool = True
    """Gold results are kept on disk."""

    def __post_init__(self) -> None:
        if self.mode not in get_args(ModeName):
            raise UnknownNameError("mode", self.mode, get_args(ModeName))
        if self.columns not in get_args(ColumnOrder):
            raise UnknownNameError("columns", self.columns, get_args(ColumnOrder))
        if not 0 <= self.tolerance < 1:
            raise OptionError(f"tolerance must be in [0, 1), got {self.tolerance}")
        if not 0 < self.timeout <= 86_400:
            raise OptionError(f"timeout must be in (0, 86400] seconds, got {self.timeout}")
        if self.workers < 0:
            raise OptionError(f"workers must be 0 or more, got {self.workers}")
        for field in fields(self):
            mode = OWN_OPTIONS.get(field.name, self.mode)
            if mode != self.mode and getattr(self, field.name) != field.default:
                name = field.name.replace("_", "-")
                raise OptionError(f"{name} has no effect in mode {self.mode}, only in {mode}; leave it out")

    def options(self) -> dict[str, bool | float | str]:
        """The options of its mode with their values."""
        return {name: getattr(self, name) for name, mode in OWN_OPTIONS.items() if mode == self.mode}
