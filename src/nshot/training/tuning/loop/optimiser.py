"""AdamW over float32 copies of the adapter, whose own tensors stay in the base's precision."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from nshot.training.tuning.recipe.recipe import OptimPart


def rate(part: OptimPart, share: float) -> float:
    """The learning rate after this share of the training.

    >>> part = OptimPart(learning_rate=1.0, warmup=0.5, epochs=1)
    >>> rate(part, 0.25), rate(part, 0.5), round(rate(part, 0.75), 9)
    (0.5, 1.0, 0.5)
    """
    if share < part.warmup:
        return part.learning_rate * share / part.warmup
    if part.schedule == "constant":
        return part.learning_rate
    # The share of the time after the warm-up that is left; time may run over the end by part of a step.
    left = 1 - min(1.0, (share - part.warmup) / (1 - part.warmup))
    fall = left if part.schedule == "linear" else (1 - math.cos(math.pi * left)) / 2
    return part.learning_rate * (part.floor + (1 - part.floor) * fall)


class MasterWeights:
    """Float32 copies of the trained tensors, with float32 gradients and AdamW.

    In bfloat16 an update much smaller than its weight would be rounded away, so AdamW works on the
    copies (masters), and each step copies them back. Weight decay applies to matrices, not to
    vectors (DoRA's lengths).
    """

    def __init__(self, parameters: Sequence[Any], part: OptimPart) -> None:
        import torch

        self.parameters = list(parameters)
        self.masters = [one.detach().float().clone() for one in self.parameters]
        matrices = [one for one in self.masters if one.ndim > 1]
        vectors = [one for one in self.masters if one.ndim <= 1]
        groups = [
            {"params": some, "weight_decay": decay}
            for some, decay in ((matrices, part.weight_decay), (vectors, 0.0))
            if some
        ]
        betas = (part.betas[0], part.betas[1])
        self._adamw = torch.optim.AdamW(groups, lr=part.learning_rate, betas=betas, foreach=True)
        self._clip = part.clip

    def collect(self) -> None:
        """Adds the gradients of the adapter's tensors to those of the masters, and clears them."""
        for master, one in zip(self.masters, self.parameters, strict=True):
            if one.grad is None:
                continue
            # Gradients of all packs of a step are summed in float32, whatever precision the adapter has.
            if master.grad is None:
                master.grad = one.grad.float() if one.grad.dtype != master.dtype else one.grad.clone()
            else:
                master.grad += one.grad
            one.grad = None

    def gradients(self) -> list[Any]:
        """The gradients of the masters; zeros where none was collected."""
        import torch

        # Every process must sum up tensors of the same shapes, also one that had no pack in this step.
        for master in self.masters:
            if master.grad is None:
                master.grad = torch.zeros_like(master)
        return [master.grad for master in self.masters]

    def step(self, learning_rate: float) -> float:
        """One step of AdamW with the collected gradients; returns their norm before clipping."""
        import torch

        # Clipping applies to the norm over all trained tensors of the whole step.
        norm = torch.nn.utils.clip_grad_norm_(self.masters, self._clip)
        for group in self._adamw.param_groups:
            group["lr"] = learning_rate
        self._adamw.step()
        self._adamw.zero_grad()
        self._copy_back()
        return float(norm)

    def state(self) -> dict[str, Any]:
        """The state that the next step depends on."""
        return {"masters": self.masters, "adamw": self._adamw.state_dict()}

    def load(self, state: dict[str, Any]) -> None:
        """Restores a state that `state` returned, also in the adapter."""
        import torch

        with torch.no_grad():
            for master, saved in zip(self.masters, state["masters"], strict=True):
                master.copy_(saved)
        self._adamw.load_state_dict(state["adamw"])
        self._copy_back()

    def _copy_back(self) -> None:
        import torch

        with torch.no_grad():
            torch._foreach_copy_(self.parameters, self.masters)
