"""The training loop: passes of steps and validation; the best pass is kept."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from nshot.artifacts import Advance
from nshot.index import FIELDS, Field
from nshot.training.encoder.batches import Batches, EncoderBatch
from nshot.training.encoder.checkpoint import EncoderState
from nshot.training.encoder.config import EncoderTrainConfig
from nshot.training.encoder.contrast_data import ContrastData
from nshot.training.encoder.history import Epoch, best_of
from nshot.training.encoder.loss import contrast
from nshot.training.encoder.trainable_encoder import TrainableEncoder
from nshot.training.encoder.validate import match

if TYPE_CHECKING:
    from torch import Tensor

WARMUP, FLOOR = 0.05, 0.05
"""Share of the steps in which the learning rate rises, and share of its peak at which it ends."""
LARGEST_GRADIENT = 1.0
WEIGHT_DECAY = 0.01


class EncoderTrainer:
    """Trains an encoder: the model, the frozen layers' output of all texts, and the state of a
    checkpoint.
    """

    def __init__(
        self, trainable: TrainableEncoder, contrast_data: ContrastData, config: EncoderTrainConfig
    ) -> None:
        import torch

        self.trainable, self._contrast_data, self._config = trainable, contrast_data, config
        self._batches = Batches(contrast_data, config.batch, config.text, config.seed)
        self._skeletons = torch.from_numpy(contrast_data.skeletons)
        self._databases = torch.from_numpy(contrast_data.databases)
        self._optimizer = torch.optim.AdamW(
            trainable.parameters(), lr=config.learning_rate, weight_decay=WEIGHT_DECAY
        )
        self._hidden: dict[Field, list[Tensor]] = {}
        self.state = EncoderState(weights=trainable.weights())

    def freeze(self, progress: Advance) -> None:
        """Computes the frozen layers' output of all texts once; `progress` counts texts."""
        for name in FIELDS:
            self._hidden[name] = self.trainable.freeze(self._contrast_data.texts[name], progress)

    @property
    def texts(self) -> int:
        """Number of texts that `freeze` computes."""
        return len(FIELDS) * len(self._contrast_data.skeletons)

    @property
    def steps(self) -> int:
        """Steps of one pass."""
        return self._batches.per_epoch

    def resume(self, state: EncoderState) -> None:
        """Continues from a checkpoint."""
        self.trainable.set_weights(state.weights)
        self._optimizer.load_state_dict(state.optimizer)
        self.state = state

    def passes(self, progress: Advance) -> Iterator[Epoch]:
        """Runs the remaining passes and yields each; `self.state` is consistent whenever it
        yields."""
        config, history = self._config, self.state.history
        before = history[-1].seconds if history else 0.0
        started = time.monotonic()
        if not history:
            yield self._validate(0, math.nan, before + time.monotonic() - started)
        while len(history) <= config.epochs and len(history) - 1 - best_of(history).number < config.patience:
            number = len(history)
            loss = self._run_pass(number - 1, progress)
            yield self._validate(number, loss, before + time.monotonic() - started)

    def _run_pass(self, epoch: int, progress: Advance) -> float:
        """Runs one pass; returns its mean loss."""
        losses = []
        memory = list(self.state.memory)
        self.trainable.peft.train()
        for place, batch in enumerate(self._batches.epoch(epoch)):
            losses.append(self._step(epoch * self.steps + place, batch, memory))
            progress(1)
        self.state.memory = memory
        return sum(losses) / len(losses)

    def _step(self, step: int, batch: EncoderBatch, memory: list[tuple[Any, Any]]) -> float:
        import torch

        torch.manual_seed(self._config.seed * 1_000_003 + step)  # dropout, the same in a resumed run
        vectors = self.trainable.embed(
            [self._hidden[field][row] for field, row in zip(batch.fields, batch.rows.tolist(), strict=True)]
        )
        rows = torch.from_numpy(batch.rows)
        loss = self._loss(vectors, rows, memory)
        for group in self._optimizer.param_groups:
            group["lr"] = self._config.learning_rate * self._share(step)
        self._optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.trainable.parameters(), LARGEST_GRADIENT)
        self._optimizer.step()
        memory.append((vectors.detach(), rows))
        while sum(len(kept) for _, kept in memory) > self._config.memory and memory:
            memory.pop(0)
        return float(loss.detach())

    def _loss(self, vectors: Tensor, rows: Tensor, memory: list[tuple[Any, Any]]) -> Tensor:
        import torch

        keys = torch.cat([vectors, *(kept for kept, _ in memory)])
        there = torch.cat([rows, *(kept for _, kept in memory)])
        alike = self._skeletons[rows][:, None] == self._skeletons[there][None]
        if self._contrast_data.across:
            ignored = alike & (self._databases[rows][:, None] == self._databases[there][None])
        else:
            ignored = rows[:, None] == there[None]
        return contrast(vectors, keys, alike, ignored, self._config.temperature)

    def _share(self, step: int) -> float:
        """The learning rate at a step as a share of its peak."""
        whole = self.steps * self._config.epochs
        rise = min(1.0, (step + 1) / max(1.0, WARMUP * whole))
        return rise * (FLOOR + (1 - FLOOR) * (1 + math.cos(math.pi * step / whole)) / 2)

    def _validate(self, number: int, loss: float, seconds: float) -> Epoch:
        fields = FIELDS if self._config.text == "both" else (self._config.text,)
        shares = {field: self._match(field) for field in FIELDS if field in fields}
        epoch = Epoch(number, loss, shares.get("question"), shares.get("masked"), seconds)
        state = self.state
        state.history.append(epoch)
        state.weights, state.optimizer = self.trainable.weights(), self._optimizer.state_dict()
        if best_of(state.history) is epoch:
            state.best = state.weights
        return epoch

    def _match(self, field: Field) -> float:
        import torch

        self.trainable.peft.eval()
        with torch.no_grad():
            training, validation = (
                self.trainable.embed([self._hidden[field][row] for row in rows.tolist()]).numpy()
                for rows in (self._contrast_data.training, self._contrast_data.validation)
            )
        skeletons = self._contrast_data.skeletons
        return match(
            np.asarray(validation),
            np.asarray(training),
            skeletons[self._contrast_data.validation],
            skeletons[self._contrast_data.training],
        )
