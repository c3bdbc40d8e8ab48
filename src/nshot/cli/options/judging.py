"""The options of `nshot eval`: what is judged, and what is printed and written."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Literal

from nshot.artifacts import check_replaceable, recognise_lines
from nshot.errors import DataError, OptionError, UnknownNameError
from nshot.eval import ETYPES
from nshot.options import check_least, choices, option

if TYPE_CHECKING:
    from nshot.types import Question

IS_VERDICTS = recognise_lines("index", "hardness", "outcome")
"""Whether a file holds verdicts of an evaluation."""
Layout = Literal["table", "official"]


@dataclass(frozen=True)
class JudgingOptions:
    """What `nshot eval` reads, prints and writes."""

    EXPLICIT: ClassVar = True

    predictions: Path = option()
    """One SQL per line, SQL<TAB>db_id, or the JSONL of nshot predict; in gold's order."""
    gold: Path = option()
    """Lines of SQL<TAB>db_id, or a file of questions with SQL (dev.json, BIRD's, CSV, JSONL,
    Parquet), or the word sample."""
    out: Path | None = option(None)
    """Output file of verdicts: JSONL, one line per question, in order; - is stdout."""
    gold_columns: str = option("")
    """Gold's own column names, if they are unusual: question=ask,sql=answer,db_id=base."""
    limit: int | None = option(None)
    """Only this many questions, from the first, as in predict."""
    partial: bool = option(False, only_on=True)
    """Also print the parts of exact match."""
    compare_modes: bool = option(False, only_on=True)
    """Also judge in every mode, and print where they disagree."""
    layout: Layout = option("table")
    """table, or official: what Spider's own programs print."""
    etype: str = option("all")
    """For `layout` official: all, match or exec."""
    as_json: bool = option(False, name="json", only_on=True)
    """Print the totals as JSON."""
    report: Path | None = option(None)
    """Folder for results.json, report.md and report.html: a page with every question, its gold and
    its answer, by database, hardness and kind of mistake."""

    def __post_init__(self) -> None:
        check_least("limit", self.limit)
        self._check_layout()

    def check_files(self) -> None:
        """Refuse outputs that could not be written after judging, which takes long.

        Raises:
            OptionError: The message names the option.
        """
        if self.out is None:
            return
        if str(self.out) == "-":
            for name, given in (
                ("json", self.as_json),
                ("partial", self.partial),
                ("layout", self.layout != "table"),
            ):
                if given:
                    raise OptionError(
                        f"`out` - fills stdout with the verdicts; leave `{name}` out or name a file"
                    )
            return
        if any(self.out.resolve() == file.resolve() for file in (self.predictions, self.gold)):
            raise OptionError(f"`out` would replace {self.out}, which is read; name another file")
        _check_place(self.out)
        if self.out.is_file():
            check_replaceable(self.out, IS_VERDICTS)

    def _check_layout(self) -> None:
        if self.layout not in choices(Layout):
            raise UnknownNameError("layout", self.layout, choices(Layout))
        if self.etype not in ETYPES:
            raise UnknownNameError("etype", self.etype, ETYPES)
        if self.layout == "table" and self.etype != "all":
            raise OptionError(
                "`etype` has an effect with `layout` official only; give that, too, or leave it out"
            )
        extra = {"json": self.as_json, "partial": self.partial, "compare_modes": self.compare_modes}
        given = [name for name, on in extra.items() if on]
        if self.layout == "official" and given:
            raise OptionError(
                f"`layout` official prints what Spider's program prints; leave `{given[0]}` out"
            )
        if self.as_json and self.partial:
            raise OptionError("`json` holds the parts of exact match by itself; leave `partial` out")

    def read_gold(self) -> list[Question]:
        """The questions with their gold; an error about columns names this command's option for
        them.
        """
        from nshot.data import ColumnMap
        from nshot.eval import read_gold

        try:
            return read_gold(self.gold, ColumnMap.parse(self.gold_columns))[: self.limit]
        except DataError as error:
            raise DataError(str(error).replace("`columns`", "`gold_columns`")) from error


def _check_place(out: Path) -> None:
    if out.is_dir():
        raise OptionError(f"`out` is a folder: {out}; name a file")
    if out.exists() and not out.is_file():  # a pipe or a device
        return
    place = next(folder for folder in out.absolute().parents if folder.exists())
    if not place.is_dir() or not os.access(place, os.W_OK):
        raise OptionError(
            f"`out` {out} cannot be written: {place} is not a folder, or is read-only; choose another place"
        )
