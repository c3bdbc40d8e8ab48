"""A prediction judged against its gold SQL."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Component:
    """One of the ten parts of the exact set match of one row.

    The totals decide whether the row enters a mean of precision or recall.
    """

    name: str
    gold: int
    """Items of the gold statement."""
    predicted: int
    """Items of the prediction."""
    count: int
    """Items that agree."""

    @property
    def score(self) -> int:
        """1 if all items agree and none is left over, else 0.

        >>> Component("select", 2, 2, 2).score, Component("select", 2, 2, 1).score
        (1, 0)
        """
        return int(self.gold == self.predicted == self.count)


@dataclass(frozen=True, slots=True)
class Verdict:
    """One predicted SQL judged against its gold."""

    index: int
    """0-based place of the question in its file."""
    db_id: str
    hardness: str
    """Hardness of the gold SQL: easy, medium, hard or extra."""
    em: bool | None
    """Exact set match; None if it was not computed or Spider's parser cannot read the gold."""
    ex: bool
    """Whether the prediction's result equals gold's on every database that was used."""
    parse_error: bool
    """Spider's own parser cannot read the prediction; this does not affect execution."""
    outcome: Literal["ok", "empty", "abstained", "refused", "timeout", "too large", "error", "unscored"]
    """How the prediction ran. `empty`: there is no SQL; `abstained`: nor was there to be any, for
    lack of confidence; `unscored`: there is no gold result."""
    reason: str
    """Why `ex` is what it is, in a few words."""
    vacuous: bool = False
    """Both results are empty on every database, so the match is weak evidence."""
    databases: int = 1
    """Number of database files on which it was run."""
    id: str = ""
    """The question's id."""
    gold: str = ""
    """The SQL as the file has it."""
    predicted: str = ""
    """The SQL as the file has it."""
    kind: str = ""
    """What decided `ex`: the mode's kind of match or mismatch (equal, row order, ties ...)."""
    differs_on: str = ""
    """Name of the first database file whose result is not gold's; empty for none."""
    em_crash: str = ""
    """Why the official program would end with an exception over the exact match; empty if it would
    not.
    """
    ex_crash: str = ""
    """Why the official program would end with an exception over the execution; empty if it would
    not.
    """
    components: tuple[Component, ...] = ()
    """Components of the exact match, in the official order; empty where `em_crash` says why."""
