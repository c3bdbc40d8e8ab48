"""Settings of an evaluation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal, get_args

from nshot.errors import OptionError, UnknownNameError
from nshot.options import check_least, check_seconds, list_options, option

ModeName = Literal["official", "classic", "strict"]
ColumnOrder = Literal["free", "fixed"]


@dataclass(frozen=True, slots=True)
class EvalConfig:
    """How predictions are judged; checked on construction.

    Raises:
        OptionError: A value is out of range, or an option has no effect in the mode.
    """

    PANEL: ClassVar = "Judging"

    mode: ModeName = option("official", common=True)
    """How SQL is judged: official (Spider's test-suite evaluation), classic (Spider's first
    evaluation), or strict (DISTINCT, duplicates and gold's order count; numbers have a
    tolerance)."""
    keep_distinct: bool = option(False, needs=("mode", ("official",)))
    """Keep DISTINCT in both texts (`mode` official)."""
    plug_value: bool = option(False, needs=("mode", ("official",)))
    """Try gold's values in the prediction, too (`mode` official)."""
    columns: ColumnOrder = option("free", needs=("mode", ("strict",)))
    """Order of columns with `mode` strict: any (free) or gold's (fixed)."""
    tolerance: float = option(1e-9, needs=("mode", ("strict",)))
    """Relative and absolute tolerance of numbers (`mode` strict)."""
    timeout: float = option(30.0)
    """Seconds that one statement may take on one database file."""
    workers: int = option(0)
    """Statements that run at the same time; 0: as many as there are processors."""
    skip_bad_gold: bool = option(False)
    """Leave rows whose gold does not run unscored, and continue."""
    cache: bool = option(True)
    """Keep the results of gold SQL on disk for later runs."""

    def __post_init__(self) -> None:
        if self.mode not in get_args(ModeName):
            raise UnknownNameError("mode", self.mode, get_args(ModeName))
        if self.columns not in get_args(ColumnOrder):
            raise UnknownNameError("columns", self.columns, get_args(ColumnOrder))
        if not 0 <= self.tolerance < 1:
            raise OptionError(
                f"`tolerance` must be at least 0 and below 1, got {self.tolerance}", option="tolerance"
            )
        check_seconds("timeout", self.timeout)
        check_least("workers", self.workers, 0)
        for one in list_options(EvalConfig):
            modes = one.info.needs[1] if one.info.needs else (self.mode,)
            if self.mode not in modes and getattr(self, one.name) != one.default:
                raise OptionError(
                    f"`{one.name}` has no effect in mode {self.mode}, only in {modes[0]}; leave it out",
                    option=one.name,
                )

    def options(self) -> dict[str, bool | float | str]:
        """The options of this mode with their values."""
        own = (one for one in list_options(EvalConfig) if one.info.needs and self.mode in one.info.needs[1])
        return {one.name: getattr(self, one.name) for one in own}
