"""Evaluation on held-out databases: the loss of their rows, and answers to their questions."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from nshot.training.tuning.dataset.training_data import TrainingData
from nshot.training.tuning.loop.distributed import Distributed
from nshot.training.tuning.loop.state import EvalResult
from nshot.training.tuning.model import Tuned
from nshot.training.tuning.packing.packs import make_packs
from nshot.training.tuning.recipe.recipe import Recipe
from nshot.training.tuning.validation.answers import write_answers
from nshot.types import Question

if TYPE_CHECKING:
    from nshot.training.tuning.loop.loop import Loss


class Judge(Protocol):
    def __call__(self, questions: Sequence[Question], sqls: Sequence[str]) -> list[bool]:
        """Whether each SQL gives the result of its question's gold SQL."""
        ...


class HeldOut:
    """Evaluates a model on a fixed part of the held-out rows and questions."""

    def __init__(
        self,
        training_data: TrainingData,
        tuned: Tuned,
        recipe: Recipe,
        loss: Loss,
        judge: Judge | None,
        distributed: Distributed,
    ) -> None:
        """
        Args:
            training_data: The held-out rows and the validation questions.
            tuned: The model, with its tokenizer.
            recipe: The settings of the evaluation.
            loss: The loss of a pack.
            judge: The judge of answers; None: no question is answered.
            distributed: The processes that share the evaluation.
        """
        draw = random.Random(f"held out/{recipe.optim.seed}")
        optim = recipe.optim
        self._batches = make_packs(training_data.held_out, optim.rows_per_pack, optim.tokens_per_pack, draw)
        self._validation_questions = sorted(
            training_data.validation_questions,
            key=lambda validation_question: (
                validation_question.question.db_id,
                validation_question.question.id,
            ),
        )
        self._tuned, self._recipe, self._loss = tuned, recipe, loss
        self._judge, self._distributed = judge, distributed

    def __call__(self, model: Any, step: int, stop: Callable[[], bool]) -> EvalResult | None:
        """The evaluation at this step; None if it was stopped. At step 0 the loss alone is
        measured.
        """
        mean = self._mean_loss(model, stop)
        if mean is None or self._judge is None or not self._validation_questions or step == 0:
            return None if mean is None else EvalResult(step, mean)
        sqls = self._answers(model, stop)
        if sqls is None:
            return None
        right = self._distributed.broadcast(self._judge_answers(sqls))
        return EvalResult(step, mean, sum(right) / len(right), len(right))

    def _mean_loss(self, model: Any, stop: Callable[[], bool]) -> float | None:
        """Mean loss over all counted tokens, nats; None if the evaluation was stopped."""
        import torch

        total = 0.0
        with torch.no_grad():
            for _, batch, counts in self._distributed.shard(self._batches):
                if stop():
                    return None
                if counts or self._distributed.sharded:
                    total += float(self._loss(model, batch.pack)) * counts
        counted = sum(sum(batch.pack.counted) for batch in self._batches)
        return self._distributed.total(total) / counted

    def _answers(self, model: Any, stop: Callable[[], bool]) -> list[str] | None:
        """The SQL for each question; None if the evaluation was stopped.

        Each process answers a part of the questions; with sharded weights, every process answers
        all.
        """
        size = 1 if self._distributed.sharded else self._distributed.size
        own = self._validation_questions[self._distributed.rank % size :: size]
        sqls = write_answers(model, self._tuned, own, self._recipe, lambda: size == 1 and stop())
        if sqls is None or stop():
            return None
        whole = dict(zip((validation_question.question.id for validation_question in own), sqls, strict=True))
        for some in self._distributed.gather(whole):
            whole.update(some)
        return [whole[validation_question.question.id] for validation_question in self._validation_questions]

    def _judge_answers(self, sqls: Sequence[str]) -> list[bool]:
        if self._judge is None or not self._distributed.is_main:
            return []
        return self._judge(
            [validation_question.question for validation_question in self._validation_questions], sqls
        )
