"""What the held-out databases say of the adapter: the loss of their rows, and answers to their questions."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

from nshot.training.tuning.answers import write_answers
from nshot.training.tuning.material import Material
from nshot.training.tuning.model import Tuned
from nshot.training.tuning.packs import Batch, make_packs
from nshot.training.tuning.recipe import Recipe
from nshot.training.tuning.state import Look
from nshot.training.tuning.stopping import Stopping
from nshot.types import Question

if TYPE_CHECKING:
    from nshot.training.tuning.loop import Loss


class Judge(Protocol):
    def __call__(self, questions: Sequence[Question], sqls: Sequence[str]) -> list[bool]:
        """Whether each SQL answers its question as the question's gold does."""
        ...


class HeldOut:
    """An examiner over a fixed part of the held-out rows and questions."""

    def __init__(
        self, material: Material, tuned: Tuned, recipe: Recipe, loss: Loss, judge: Judge | None
    ) -> None:
        """
        Args:
            material: Its held-out rows and its exams.
            tuned: How the model reads.
            recipe: How much is looked at.
            loss: Of a pack.
            judge: Of the answers; None: no question is asked.
        """
        draw = random.Random(f"held out/{recipe.optim.seed}")
        optim = recipe.optim
        self._batches = make_packs(material.held_out, optim.rows_per_pack, optim.tokens_per_pack, draw)
        self._exams = sorted(material.exams, key=lambda exam: (exam.question.db_id, exam.question.id))
        self._tuned, self._recipe, self._loss, self._judge = tuned, recipe, loss, judge

    def __call__(self, model: Any, step: int, stopping: Stopping) -> Look | None:
        """The look at this step; at step 0 at the loss alone."""
        mean = mean_loss(model, self._batches, self._loss, stopping)
        if mean is None:
            return None
        if self._judge is None or not self._exams or step == 0:
            return Look(step, mean)
        sqls = write_answers(model, self._tuned, self._exams, self._recipe, stopping)
        if sqls is None:
            return None
        right = self._judge([exam.question for exam in self._exams], sqls)
        return Look(step, mean, sum(right) / len(right), len(right))


def mean_loss(model: Any, batches: Sequence[Batch], loss: Loss, stopping: Stopping) -> float | None:
    """The mean over all counted tokens, nats; None if it was stopped meanwhile."""
    import torch

    total, counted = 0.0, 0
    with torch.no_grad():
        for batch in batches:
            if stopping.asked:
                return None
            total += float(loss(model, batch.pack))
            counted += sum(batch.pack.counted)
    return total / counted
