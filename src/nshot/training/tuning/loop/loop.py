"""The training loop: packs, gradients, AdamW, evaluation on held-out rows, checkpoints."""

from __future__ import annotations

import hashlib
import math
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

from nshot.errors import EngineError
from nshot.training.tuning.loop import checkpoint
from nshot.training.tuning.loop.data_order import DataOrder, RowSource
from nshot.training.tuning.loop.distributed import Distributed
from nshot.training.tuning.loop.history import History, StepRecord
from nshot.training.tuning.loop.optimiser import MasterWeights, rate
from nshot.training.tuning.loop.state import EvalResult, State, rank_evaluations
from nshot.training.tuning.loop.stopping import Stopping
from nshot.training.tuning.packing.packs import LabelledPack
from nshot.training.tuning.recipe.recipe import Recipe

if TYPE_CHECKING:
    import torch

    from nshot.training.tuning.model import Tuned
    from nshot.training.tuning.packing.layout import Pack

Loss = Callable[[Any, "Pack"], "torch.Tensor"]
"""Returns the sum of the cross entropies of a pack's counted tokens."""
SINGLE_PROCESS = Distributed()
Ending = Literal["finished", "patience", "stopped"]


class Evaluate(Protocol):
    def __call__(self, model: Any, step: int, stop: Callable[[], bool]) -> EvalResult | None:
        """The evaluation on held-out rows; None if it was stopped before its end."""
        ...


class Trainer:
    """Trains an adapter: the model, its optimiser and the state that a checkpoint keeps.

    All processes run the same steps in the same order. Whatever decides about the next step (time,
    a signal, the end) is broadcast or gathered first: a process that left the loop alone would
    block the others.
    """

    def __init__(
        self,
        tuned: Tuned,
        source: RowSource,
        recipe: Recipe,
        out: Path,
        *,
        loss: Loss,
        state: State | None = None,
        evaluate: Evaluate | None = None,
        distributed: Distributed = SINGLE_PROCESS,
        tell: Callable[[StepRecord | EvalResult], None] = lambda _: None,
    ) -> None:
        """
        Args:
            tuned: The model with its new adapter.
            source: The rows to learn from.
            recipe: The settings of the training.
            out: The training's folder.
            loss: The loss of a pack.
            state: The state at the end of an earlier run; None: a new training.
            evaluate: Evaluates the model on held-out rows; None: there are none.
            distributed: The processes that train together.
            tell: Called with every step and every evaluation.
        """
        self.tuned, self.state = tuned, state or State()
        self._recipe, self._out = recipe, out
        self._data_order = DataOrder(source, recipe.optim, self.state)
        self._loss, self._evaluate, self._distributed, self._tell = loss, evaluate, distributed, tell
        self._optimiser = MasterWeights(tuned.parameters, recipe.optim)
        if state is not None:
            self._optimiser.load(state.optimiser)
            if (
                distributed.is_main and self._is_evaluated()
            ):  # a kill may have come between the state and its adapters
                checkpoint.keep_evaluation(
                    out, self.state.evaluations, tuned.model, recipe.save.keep, tuned.settings
                )
        self._history = History(out, self.state.step, self.state.evaluations) if distributed.is_main else None
        self._before = self._clock = self._saved = self.state.seconds
        self._begun = time.monotonic()

    def run(self) -> Ending:
        """Trains until the end that the recipe sets, or until it is stopped; then saves
        everything."""
        with Stopping() as stopping:

            def stop() -> bool:
                return self._distributed.any(stopping.requested)

            if self.state.step == 0 and not self._is_evaluated():
                self._run_evaluation(stop)
            ending = self._steps_until(stop)
            if ending == "finished" and not self._is_evaluated() and not self._run_evaluation(stop):
                ending = "stopped"
            if self.state.step:
                self.save()
        return ending

    def _steps_until(self, stop: Callable[[], bool]) -> Ending:
        if self._stops_early():  # a run that ended so is resumed, or was killed before it could end
            return "patience"
        while True:
            # One clock for all: processes that read their own would stop at different steps.
            self._clock = self._distributed.broadcast(self._seconds())
            # A sum of shares of steps may end just below 1.
            if self._data_order.share(self._clock) >= 1 - 1e-9:
                return "finished"
            if stop():
                return "stopped"
            self._advance()
            if self._evaluation_is_due() and self._run_evaluation(stop) and self._stops_early():
                return "patience"
            if self._clock - self._saved >= 60 * self._recipe.save.every_minutes:
                self.save()

    def save(self) -> None:
        """Saves the state and the newest adapter."""
        self.state.seconds = self._seconds()
        self.state.optimiser = self._optimiser.state()
        if self._distributed.is_main:
            checkpoint.save(self._out, self.state, self.tuned.model, self.tuned.settings)
        self._saved = self._clock

    def _seconds(self) -> float:
        return self._before + time.monotonic() - self._begun

    def _advance(self) -> None:
        """Runs one step of the optimiser."""
        batches = self._data_order.advance()
        # Of the whole step, not of a pack or a process: every counted token weighs the same.
        counted = sum(sum(batch.pack.counted) for batch in batches)
        learning_rate = rate(self._recipe.optim, self._data_order.middle(self._clock))
        loss = self._collect(batches, counted)
        if not math.isfinite(loss):
            raise EngineError(
                f"the loss of step {self.state.step} is not a finite number; train again in another folder "
                "(`out`) with a lower optim.learning_rate, or with model.dtype float32 or bfloat16"
            )
        norm = self._optimiser.step(learning_rate)
        if self._history is not None:
            step = StepRecord(
                step=self.state.step,
                epoch=self._data_order.epochs(),
                share=min(1.0, self._data_order.share(self._clock)),
                loss=loss,
                learning_rate=learning_rate,
                norm=norm,
                rows=sum(len(batch.pack.rows) for batch in batches),
                tokens=sum(batch.pack.tokens for batch in batches),
                seconds=self._seconds(),
            )
            self._history.step(step)
            self._tell(step)

    def _collect(self, batches: Sequence[LabelledPack], counted: int) -> float:
        """Sums the gradients of the step's mean loss over all packs and processes; returns that
        loss.
        """
        self.tuned.model.train()  # an evaluation may have come between
        total = 0.0
        for number, batch, counts in self._distributed.shard(batches):
            # A pack that does not count is computed only under FSDP, whose layers must be called equally
            # often by all processes; times 0 it adds nothing.
            if counts or self._distributed.sharded:
                _seed_dropout(self._recipe.optim.seed, self.state.step, number)
                loss = self._loss(self.tuned.model, batch.pack) * float(counts)
                (loss / counted).backward()  # type: ignore[no-untyped-call]
                self._optimiser.collect()
                total += float(loss.detach())
        self._distributed.sum_up(self._optimiser.gradients())
        return self._distributed.total(total) / counted

    def _evaluation_is_due(self) -> bool:
        select = self._recipe.select
        if select.every_steps is not None:
            return self.state.step % select.every_steps == 0
        if select.every_minutes is not None:
            return self._clock - self.state.evaluated_at >= 60 * select.every_minutes
        return False

    def _is_evaluated(self) -> bool:
        return bool(self.state.evaluations) and self.state.evaluations[-1].step == self.state.step

    def _run_evaluation(self, stop: Callable[[], bool]) -> bool:
        """Evaluates on the held-out rows and keeps a good adapter; False if it was stopped before
        its end.
        """
        if self._evaluate is None:
            return True
        self.tuned.model.eval()
        found = self._evaluate(self.tuned.model, self.state.step, stop)
        if found is None:
            return False
        self._clock = self._distributed.broadcast(self._seconds())
        evaluation = found._replace(seconds=self._clock)
        # Saved before the adapter is ranked: a kill in between is mended by `__init__`.
        self.state.evaluations.append(evaluation)
        self.state.evaluated_at = evaluation.seconds
        self.save()
        if self._history is not None:
            tuned, keep = self.tuned, self._recipe.save.keep
            checkpoint.keep_evaluation(self._out, self.state.evaluations, tuned.model, keep, tuned.settings)
            self._history.evaluation(evaluation)
            self._tell(evaluation)
        return True

    def _stops_early(self) -> bool:
        """Whether none of the last evaluations, as many as `patience`, was better than an earlier
        one.
        """
        patience, evaluations = self._recipe.select.patience, self.state.evaluations
        if not patience or not rank_evaluations(evaluations):
            return False
        best = rank_evaluations(evaluations)[0].step
        return sum(evaluation.step > best for evaluation in evaluations) >= patience


def _seed_dropout(seed: int, step: int, number: int) -> None:
    """Seeds dropout from the place in the training alone, so that a resumed run repeats it."""
    import torch

    digest = hashlib.sha256(f"{seed}/{step}/{number}".encode()).digest()
    torch.manual_seed(int.from_bytes(digest[:7], "big"))
