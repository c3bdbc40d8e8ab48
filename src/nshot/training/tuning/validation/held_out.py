"""What the held-out databases say of the adapter: the loss of their rows, and answers to their questions."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from nshot.training.tuning.dataset.material import Material
from nshot.training.tuning.loop.fleet import Fleet
from nshot.training.tuning.loop.state import Look
from nshot.training.tuning.model import Tuned
from nshot.training.tuning.packing.packs import make_packs
from nshot.training.tuning.recipe.recipe import Recipe
from nshot.training.tuning.validation.answers import write_answers
from nshot.types import Question

if TYPE_CHECKING:
    from nshot.training.tuning.loop.loop import Loss


class Judge(Protocol):
    def __call__(self, questions: Sequence[Question], sqls: Sequence[str]) -> list[bool]:
        """Whether each SQL answers its question as the question's gold does."""
        ...


class HeldOut:
    """An examiner over a fixed part of the held-out rows and questions."""

    def __init__(
        self, material: Material, tuned: Tuned, recipe: Recipe, loss: Loss, judge: Judge | None, fleet: Fleet
    ) -> None:
        """
        Args:
            material: Its held-out rows and its exams.
            tuned: How the model reads.
            recipe: How much is looked at.
            loss: Of a pack.
            judge: Of the answers; None: no question is asked.
            fleet: The processes that look together.
        """
        draw = random.Random(f"held out/{recipe.optim.seed}")
        optim = recipe.optim
        self._batches = make_packs(material.held_out, optim.rows_per_pack, optim.tokens_per_pack, draw)
        self._exams = sorted(material.exams, key=lambda exam: (exam.question.db_id, exam.question.id))
        self._tuned, self._recipe, self._loss = tuned, recipe, loss
        self._judge, self._fleet = judge, fleet

    def __call__(self, model: Any, step: int, stop: Callable[[], bool]) -> Look | None:
        """The look at this step; at step 0 at the loss alone."""
        mean = self._mean_loss(model, stop)
        if mean is None or self._judge is None or not self._exams or step == 0:
            return None if mean is None else Look(step, mean)
        sqls = self._answers(model, stop)
        if sqls is None:
            return None
        right = self._fleet.told(self._judged(sqls))
        return Look(step, mean, sum(right) / len(right), len(right))

    def _mean_loss(self, model: Any, stop: Callable[[], bool]) -> float | None:
        """Over all counted tokens, nats; None if it was to stop meanwhile."""
        import torch

        total = 0.0
        with torch.no_grad():
            for _, batch, counts in self._fleet.mine(self._batches):
                if stop():
                    return None
                if counts or self._fleet.sharded:
                    total += float(self._loss(model, batch.pack)) * counts
        counted = sum(sum(batch.pack.counted) for batch in self._batches)
        return self._fleet.total(total) / counted

    def _answers(self, model: Any, stop: Callable[[], bool]) -> list[str] | None:
        """The SQL for each question; None if it was to stop meanwhile.

        Processes share the questions; where they share the weights, they must all answer all.
        """
        size = 1 if self._fleet.sharded else self._fleet.size
        own = self._exams[self._fleet.rank % size :: size]
        sqls = write_answers(model, self._tuned, own, self._recipe, lambda: size == 1 and stop())
        if sqls is None or stop():
            return None
        whole = dict(zip((exam.question.id for exam in own), sqls, strict=True))
        for some in self._fleet.gather(whole):
            whole.update(some)
        return [whole[exam.question.id] for exam in self._exams]

    def _judged(self, sqls: Sequence[str]) -> list[bool]:
        if self._judge is None or not self._fleet.first:
            return []
        return self._judge([exam.question for exam in self._exams], sqls)
