"""Options of the strategies that take two passes."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nshot.errors import OptionError

if TYPE_CHECKING:
    from nshot.retrieval import FirstPass
    from nshot.types import Question


@dataclass(frozen=True)
class FirstPassOptions:
    """By which SQL examples are ranked, and how."""

    first_pass: Annotated[
        Path | None,
        typer.Option(
            help="For strategies skeleton and skeleton-hybrid: a file with the SQL by which examples are "
            "ranked, what predict wrote or one SQL a line in the order of the questions. Default: ask, "
            "predict and compare --model let the model write it."
        ),
    ] = None
    first_strategy: Annotated[
        str | None,
        typer.Option(
            help="For skeleton and skeleton-hybrid: the strategy of the first ranking. Default: "
            "masked-hybrid."
        ),
    ] = None
    skeleton_threshold: Annotated[
        float | None,
        typer.Option(
            help="For --strategy skeleton: examples whose SQL is at least so like that of the first pass "
            "(0 to 1) go to the front. Default: 0.85."
        ),
    ] = None

    def passes(self) -> dict[str, Any]:
        """What was given, as arguments of `RetrievalConfig`."""
        given = {"first": self.first_strategy, "threshold": self.skeleton_threshold}
        return {name: value for name, value in given.items() if value is not None}

    def refuse_idle(self, strategies: Collection[str]) -> None:
        """Nothing, where every option of two passes has an effect on one of these strategies.

        Raises:
            OptionError: One has none.
        """
        from nshot.retrieval import names_where

        two_pass = names_where(lambda strategy: strategy.two_pass)
        needed: dict[str, tuple[object, Collection[str]]] = {
            "--first-pass": (self.first_pass, two_pass),
            "--first-strategy": (self.first_strategy, two_pass),
            "--skeleton-threshold": (
                self.skeleton_threshold,
                names_where(lambda strategy: strategy.threshold),
            ),
        }
        for option, (value, users) in needed.items():
            if value is not None and not set(users) & set(strategies):
                named = " or ".join(users)
                raise OptionError(f"{option} has no effect without strategy {named}; leave it out")

    def first_pass_sha256(self) -> str | None:
        """Of the file's bytes: it may change under its name."""
        if self.first_pass is None or not self.first_pass.is_file():
            return None
        return hashlib.sha256(self.first_pass.read_bytes()).hexdigest()

    def known_first_pass(self, questions: Sequence[Question]) -> FirstPass | None:
        """The first pass of all these questions from the file named; None where none is."""
        from nshot.pipeline import read_first_pass

        return None if self.first_pass is None else read_first_pass(self.first_pass, questions)
