"""The order of the data: which packs come next, and what share of the training is done."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from nshot.training.tuning.dataset.rows import TokenRow
from nshot.training.tuning.loop.state import State
from nshot.training.tuning.packing.packs import LabelledPack, make_steps
from nshot.training.tuning.recipe.recipe import OptimPart


class RowSource(Protocol):
    def epoch(self, number: int) -> Sequence[TokenRow]:
        """The rows of an epoch, from 0; the same at every call."""
        ...


class DataOrder:
    """Goes through the epochs from the place of a state; only `advance` changes the state."""

    def __init__(self, source: RowSource, optim: OptimPart, state: State) -> None:
        self._source, self._optim, self._state = source, optim, state
        self._steps: list[list[LabelledPack]] = []
        self._planned = -1

    def advance(self) -> list[LabelledPack]:
        """The packs of the next step; after an epoch's last step, those of the next epoch's first
        step.
        """
        # The place moves before the step is computed, and a checkpoint is written only between steps. So the
        # state always names the next step, and no rows are seen twice or left out after a kill.
        if self._state.place >= len(self._plan()):
            self._state.epoch, self._state.place = self._state.epoch + 1, 0
        batches = self._plan()[self._state.place]
        self._state.place += 1
        self._state.step += 1
        return batches

    def epochs(self) -> float:
        """Number of passes over the data so far."""
        return self._state.epoch + self._state.place / len(self._plan())

    def share(self, seconds: float) -> float:
        """The share of the training that is done after this time, in seconds."""
        return max(self._shares(seconds, self.epochs()))

    def middle(self, seconds: float) -> float:
        """The share at the middle of the step that `advance` returned, which sets its learning
        rate.
        """
        # `epochs` already counts the step that `advance` returned; half a step back is its middle.
        return max(self._shares(seconds, self.epochs() - 0.5 / len(self._plan())))

    def _shares(self, seconds: float, epochs: float) -> Iterator[float]:
        """The shares of the time and of the passes that are done, as far as the recipe limits
        them."""
        if self._optim.minutes is not None:
            yield seconds / (60 * self._optim.minutes)
        if self._optim.epochs is not None:
            yield epochs / self._optim.epochs

    def _plan(self) -> list[list[LabelledPack]]:
        """The steps of the state's epoch."""
        # A pure function of rows, recipe and epoch: nothing of the order has to be in a checkpoint.
        if self._planned != self._state.epoch:
            self._steps = make_steps(
                self._source.epoch(self._state.epoch),
                rows_per_pack=self._optim.rows_per_pack,
                tokens_per_pack=self._optim.tokens_per_pack,
                rows_per_step=self._optim.rows_per_step,
                seed=self._optim.seed,
                epoch=self._state.epoch,
            )
            self._planned = self._state.epoch
        return self._steps
