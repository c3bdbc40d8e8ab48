"""Training data of questions at hand: a user's own, with replayed questions of another pool between
them.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from nshot.artifacts import StartStage
from nshot.data import Catalog
from nshot.errors import DataError
from nshot.index import open_store
from nshot.models import TokenizerFormat
from nshot.training.data import RowMaker, SftConfig
from nshot.training.data.holdout import HeldOutPart
from nshot.training.tuning.dataset.from_pool import (
    SEEDS,
    held_out_config,
    inference_config,
    make_validation_questions,
    sft_config,
)
from nshot.training.tuning.dataset.rows import Rendered, TokenRow, tokenise
from nshot.training.tuning.dataset.training_data import (
    Note,
    TrainingData,
    digest,
    held_out_rows,
    longest_row,
)
from nshot.training.tuning.recipe.recipe import Recipe
from nshot.types import Question


@dataclass(frozen=True)
class GivenQuestions:
    """The solved questions of a training, in place of the files that a recipe names."""

    learnt: Sequence[Question]
    """Each is a row of every epoch."""
    held_out: Sequence[Question]
    """Never in a row, and never shown as an example."""
    catalog: Catalog
    """The databases of both."""
    index: Path | None = None
    """Index of the examples; not needed if no row shows any."""
    replayed: Sequence[Question] = ()
    """Questions that the start model learned from before: some of them are drawn for each epoch."""
    replayed_catalog: Catalog | None = None
    """The databases of the replayed questions."""
    share: float = 0.0
    """Share of an epoch's rows that are replayed."""

    def draw_replayed(self, seed: int) -> list[Question]:
        """The replayed questions of an epoch."""
        if not self.replayed or not self.share:
            return []
        wanted = round(len(self.learnt) * self.share / (1 - self.share))
        return random.Random(f"replay/{seed}").sample(self.replayed, min(wanted, len(self.replayed)))


def given_training_data(
    given: GivenQuestions, recipe: Recipe, text: TokenizerFormat, report: StartStage, note: Note
) -> TrainingData:
    """The training data of these questions, rendered as the recipe's section `data` says.

    Args:
        given: The questions; they take the place of the recipe's pool.
        recipe: How rows are drawn and rendered, and how held-out questions are asked.
        text: The model's tokenizer.
        report: Shows the progress of the rendering.
        note: Gets a message about rows that were left out, and why.

    Raises:
        DataError: There is no question to learn from, or no row is short enough.
    """
    if not given.learnt:
        raise DataError("no question is left to train on; hold out fewer of them")
    seed, longest = recipe.optim.seed, longest_row(recipe)
    held = HeldOutPart((), tuple(given.held_out))
    index = None if given.index is None else open_store(given.index)

    def maker(config: SftConfig) -> RowMaker:
        return RowMaker(given.catalog, config, index=index, text=text, without=held)

    config = sft_config(recipe.data)
    own = maker(config)
    plain = replace(config, rows=replace(config.rows, shots=0, paraphrases=0.0, same_db="never"))
    other = RowMaker(given.replayed_catalog or given.catalog, plain, text=text)

    @lru_cache(maxsize=1)
    def epoch(number: int) -> Sequence[TokenRow]:
        draw = SEEDS * seed + number
        rows: list[Rendered] = [*own.make(given.learnt, draw, report=report).rows]
        if some := given.draw_replayed(draw):
            rows += other.make(some, draw, report=report).rows
        found = tokenise(rows, text, longest)
        if found.too_long and not number:
            note(f"left out: {len(found.too_long)} rows of more than {longest} tokens (tokens_per_pack)")
        if not found.rows:
            raise DataError("no row is left to train on: all are too long; raise optim.tokens_per_pack")
        return found.rows

    asked = list(given.held_out)
    rows = maker(held_out_config(recipe)).make(asked[: recipe.select.rows], SEEDS * seed, repeats=1).rows
    few = asked[: recipe.select.questions]
    validation = make_validation_questions(few, given.catalog, maker(inference_config(recipe))) if few else []
    description = {
        "sha256": _digest([*given.learnt, *given.held_out]),
        "replayed_sha256": _digest(given.replayed),
        "share": given.share,
        "index": None if index is None else index.manifest.identity(),
        "questions": len(given.learnt),
        "held_out": [],
        "held_out_ids": [question.id for question in given.held_out],
    }
    return TrainingData(epoch, held_out_rows(rows, text, longest, note), validation, description)


def _digest(questions: Sequence[Question]) -> str:
    return digest([(one.id, one.text, one.sql, one.db_id, one.evidence) for one in questions])
