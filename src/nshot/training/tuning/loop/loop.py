"""The steps: packs in, gradients summed, AdamW, looks at the held-out rows, checkpoints."""

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
from nshot.training.tuning.loop.state import EvalResult, State, ranked
from nshot.training.tuning.loop.stopping import Stopping
from nshot.training.tuning.packing.packs import LabelledPack
from nshot.training.tuning.recipe.recipe import Recipe

if TYPE_CHECKING:
    import torch

    from nshot.training.tuning.model import Tuned
    from nshot.training.tuning.packing.layout import Pack

Loss = Callable[[Any, "Pack"], "torch.Tensor"]
"""The sum of a pack's counted cross entropies."""
ALONE = Distributed()
Ending = Literal["finished", "patience", "stopped"]


class Evaluate(Protocol):
    def __call__(self, model: Any, step: int, stop: Callable[[], bool]) -> EvalResult | None:
        """What the held-out rows say; None if it was to stop before it knew."""
        ...


class Trainer:
    """Holds the model, its optimiser and the state that a checkpoint keeps."""

    def __init__(
        self,
        tuned: Tuned,
        source: RowSource,
        recipe: Recipe,
        out: Path,
        *,
        loss: Loss,
        state: State | None = None,
        examine: Evaluate | None = None,
        distributed: Distributed = ALONE,
        tell: Callable[[StepRecord | EvalResult], None] = lambda _: None,
    ) -> None:
        """
        Args:
            tuned: The model with its new adapter.
            source: Rows to learn from.
            recipe: How.
            out: The training's folder.
            loss: Of a pack.
            state: Where an earlier run ended; None begins.
            examine: Looks at held-out rows; None: there are none.
            fleet: The processes that train together.
            tell: Told of every step and look.
        """
        self.tuned, self.state = tuned, state or State()
        self._recipe, self._out = recipe, out
        self._data_order = DataOrder(source, recipe.optim, self.state)
        self._loss, self._examine, self._distributed, self._tell = loss, examine, distributed, tell
        self._optimiser = MasterWeights(tuned.parameters, recipe.optim)
        if state is not None:
            self._optimiser.load(state.optimiser)
            if (
                distributed.is_main and self._evaluated_here()
            ):  # a kill may have come between the state and its adapters
                checkpoint.keep_evaluation(
                    out, self.state.evaluations, tuned.model, recipe.save.keep, tuned.settings
                )
        self._history = History(out, self.state.step, self.state.evaluations) if distributed.is_main else None
        self._before = self._clock = self._saved = self.state.seconds
        self._begun = time.monotonic()

    def run(self) -> Ending:
        """Trains until the recipe's end, or until it is stopped; then everything is saved."""
        with Stopping() as stopping:

            def stop() -> bool:
                return self._distributed.any(stopping.asked)

            if self.state.step == 0 and not self._evaluated_here():
                self._look(stop)
            ending = self._steps_until(stop)
            if ending == "finished" and not self._evaluated_here() and not self._look(stop):
                ending = "stopped"
            if self.state.step:
                self.save()
        return ending

    def _steps_until(self, stop: Callable[[], bool]) -> Ending:
        if self._no_patience():  # it had ended so, or was killed before it could
            return "patience"
        while True:
            self._clock = self._distributed.broadcast(self._seconds())
            if self._data_order.share(self._clock) >= 1 - 1e-9:
                return "finished"
            if stop():
                return "stopped"
            self._advance()
            if self._look_is_due() and self._look(stop) and self._no_patience():
                return "patience"
            if self._clock - self._saved >= 60 * self._recipe.save.every_minutes:
                self.save()

    def save(self) -> None:
        """Writes the state."""
        self.state.seconds = self._seconds()
        self.state.optimiser = self._optimiser.state()
        if self._distributed.is_main:
            checkpoint.save(self._out, self.state, self.tuned.model, self.tuned.settings)
        self._saved = self._clock

    def _seconds(self) -> float:
        return self._before + time.monotonic() - self._begun

    def _advance(self) -> None:
        """One step of the optimiser."""
        batches = self._data_order.advance()
        counted = sum(sum(batch.pack.counted) for batch in batches)
        learning_rate = rate(self._recipe.optim, self._data_order.middle(self._clock))
        loss = self._collect(batches, counted)
        if not math.isfinite(loss):
            raise EngineError(
                f"the loss of step {self.state.step} is no number; begin anew, in another folder (`out`), "
                "with a lower optim.learning_rate, or with model.dtype float32 or bfloat16"
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
        """Sums the gradients of the step's mean loss over all packs and processes; gives that loss."""
        self.tuned.model.train()
        total = 0.0
        for number, batch, counts in self._distributed.shard(batches):
            if counts or self._distributed.sharded:
                _seed_dropout(self._recipe.optim.seed, self.state.step, number)
                loss = self._loss(self.tuned.model, batch.pack) * float(counts)
                (loss / counted).backward()  # type: ignore[no-untyped-call]
                self._optimiser.collect()
                total += float(loss.detach())
        self._distributed.sum_up(self._optimiser.gradients())
        return self._distributed.total(total) / counted

    def _look_is_due(self) -> bool:
        select = self._recipe.select
        if select.every_steps is not None:
            return self.state.step % select.every_steps == 0
        if select.every_minutes is not None:
            return self._clock - self.state.looked >= 60 * select.every_minutes
        return False

    def _evaluated_here(self) -> bool:
        return bool(self.state.evaluations) and self.state.evaluations[-1].step == self.state.step

    def _look(self, stop: Callable[[], bool]) -> bool:
        """Looks at the held-out rows and keeps what is good; False if it was to stop meanwhile."""
        if self._examine is None:
            return True
        self.tuned.model.eval()
        found = self._examine(self.tuned.model, self.state.step, stop)
        if found is None:
            return False
        self._clock = self._distributed.broadcast(self._seconds())
        evaluation = found._replace(seconds=self._clock)
        self.state.evaluations.append(evaluation)
        self.state.looked = evaluation.seconds
        self.save()
        if self._history is not None:
            tuned, keep = self.tuned, self._recipe.save.keep
            checkpoint.keep_evaluation(self._out, self.state.evaluations, tuned.model, keep, tuned.settings)
            self._history.evaluation(evaluation)
            self._tell(evaluation)
        return True

    def _no_patience(self) -> bool:
        """Whether the last looks, as many as patience has, brought nothing better."""
        patience, evaluations = self._recipe.select.patience, self.state.evaluations
        if not patience or not ranked(evaluations):
            return False
        best = ranked(evaluations)[0].step
        return sum(evaluation.step > best for evaluation in evaluations) >= patience


def _seed_dropout(seed: int, step: int, number: int) -> None:
    """Dropout depends on the place in the training alone: a resumed run drops the same."""
    import torch

    digest = hashlib.sha256(f"{seed}/{step}/{number}".encode()).digest()
    torch.manual_seed(int.from_bytes(digest[:7], "big"))
