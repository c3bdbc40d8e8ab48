"""What the held-out rows say of the adapter: their loss."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from nshot.training.tuning.packs import Batch, make_packs
from nshot.training.tuning.recipe import Recipe
from nshot.training.tuning.rows import TokenRow
from nshot.training.tuning.state import Look
from nshot.training.tuning.stopping import Stopping

if TYPE_CHECKING:
    from nshot.training.tuning.loop import Loss


class HeldOut:
    """An examiner over a fixed part of the held-out rows."""

    def __init__(self, rows: Sequence[TokenRow], recipe: Recipe, loss: Loss) -> None:
        draw = random.Random(f"held out/{recipe.optim.seed}")
        some = draw.sample(list(rows), min(recipe.select.rows, len(rows)))
        optim = recipe.optim
        self._batches = make_packs(some, optim.rows_per_pack, optim.tokens_per_pack, draw)
        self._loss = loss

    def __call__(self, model: Any, step: int, stopping: Stopping) -> Look | None:
        """The look at this step."""
        mean = mean_loss(model, self._batches, self._loss, stopping)
        return None if mean is None else Look(step, mean)


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
