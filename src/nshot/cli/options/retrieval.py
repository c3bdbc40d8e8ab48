"""How examples are picked."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nshot.cli.options.first_pass import FirstPassOptions
from nshot.errors import OptionError

if TYPE_CHECKING:
    from nshot.data import Catalog
    from nshot.index.encoder import Encoder
    from nshot.retrieval import RetrievalConfig, Retriever
    from nshot.types import Question

STRATEGY = "double-hybrid"
DIVERSITY = 0.3


def given(options: Any, *others: str) -> list[str]:
    """The options of a group with another value than their default, but for some, as they are written."""
    some = [
        one for one in fields(options) if one.name not in others and getattr(options, one.name) != one.default
    ]
    return [f"--{one.name.replace('_', '-')}" for one in some]


@dataclass(frozen=True)
class PickingOptions(FirstPassOptions):
    """What holds for every way of picking examples."""

    min_score: Annotated[
        float | None,
        typer.Option(help="Leave out examples below this score, in the unit of the strategy."),
    ] = None
    from_db: Annotated[
        list[str] | None, typer.Option(help="Only examples of this database; may be given several times.")
    ] = None
    difficulty: Annotated[
        list[str] | None,
        typer.Option(
            help="Only examples this hard: easy, medium, hard or extra; may be given several times."
        ),
    ] = None
    tag: Annotated[
        list[str] | None, typer.Option(help="Only examples with this tag; may be given several times.")
    ] = None
    diversity: Annotated[
        float, typer.Option(help="For --select mmr: from 0 (only the score counts) to 1 (only difference).")
    ] = DIVERSITY
    encoder: Annotated[
        str | None,
        typer.Option(help="Name or folder of the encoder. Default: the one that the index was built with."),
    ] = None
    seed: Annotated[int, typer.Option(help="For --strategy random and --method sample.")] = 0

    def picking(self, strategy: str, select: str, seed: int | None = None) -> RetrievalConfig:
        """The retrieval configuration for a strategy and a selection."""
        from nshot.retrieval import Filters, RetrievalConfig

        filters = Filters(tuple(self.from_db or ()), tuple(self.difficulty or ()), tuple(self.tag or ()))
        drawn = self.seed if seed is None else seed
        passes = self.passes()
        return RetrievalConfig(strategy, select, self.min_score, filters, drawn, self.diversity, **passes)

    def refuse_idle_diversity(self, selects: Collection[str]) -> None:
        """Nothing, where `--diversity` has an effect on one of these selections.

        Raises:
            OptionError: It was given and has none.
        """
        if self.diversity != DIVERSITY and "mmr" not in selects:
            raise OptionError("--diversity has no effect without --select mmr; leave it out")

    def make_encoder(self) -> Encoder | None:
        """The encoder named; None for the one that the index names."""
        from nshot.index.encoder import SentenceTransformerEncoder

        return None if self.encoder is None else SentenceTransformerEncoder(self.encoder)


@dataclass(frozen=True)
class RetrievalOptions(PickingOptions):
    """How examples are picked."""

    strategy: Annotated[
        str,
        typer.Option(
            help="How examples are ranked: random, vector, keyword, hybrid, masked-vector, masked-keyword, "
            "masked-hybrid (masked: with the names and values of the schema taken out of the question), "
            "double-hybrid (both), or by SQL that was written without examples, too: skeleton, "
            "skeleton-hybrid."
        ),
    ] = STRATEGY
    select: Annotated[
        str,
        typer.Option(
            help="What is taken of the ranking: top (the best), mmr (unlike one another), distinct (each "
            "form of SQL once), or coverage (together the parts of SQL that the best agree on)."
        ),
    ] = "top"

    def given(self) -> list[str]:
        """The options that were given, and that pick examples: another value than the default."""
        return given(self, "seed")

    def config(self) -> RetrievalConfig:
        """The retrieval configuration."""
        self.refuse_idle((self.strategy,))
        self.refuse_idle_diversity((self.select,))
        return self.picking(self.strategy, self.select)

    def retriever(self, index: Path, catalog: Catalog, questions: Sequence[Question] = ()) -> Retriever:
        """A retriever bound to the index, and to the first pass of the questions where a file has it."""
        from nshot.retrieval import Retriever

        return Retriever(
            index,
            self.config(),
            catalog=catalog,
            encoder=self.make_encoder(),
            first_pass=self.known_first_pass(questions),
        )
