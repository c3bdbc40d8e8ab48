"""AdamW over float32 copies of the adapter, whose own tensors stay in the base's precision."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from nshot.training.tuning.recipe.recipe import OptimPart


def rate(part: OptimPart, share: float) -> float:
    """The learning rate when this share of the training is done.

    >>> part = OptimPart(learning_rate=1.0, warmup=0.5, epochs=1)
    >>> rate(part, 0.25), rate(part, 0.5), round(rate(part, 0.75), 9)
    (0.5, 1.0, 0.5)
    """
    if share < part.warmup:
        return part.learning_rate * share / part.warmup
    if part.schedule == "constant":
        return part.learning_rate
    left = 1 - min(1.0, (share - part.warmup) / (1 - part.warmup))
    fall = left if part.schedule == "linear" else (1 - math.cos(math.pi * left)) / 2
    return part.learning_rate * (part.floor + (1 - part.floor) * fall)


class MasterWeights:
    """The trained tensors in float32, their gradients summed in float32, and AdamW.

    Matrices decay, vectors (DoRA's lengths) do not.
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
        """Add the gradients of the adapter's tensors to those of the masters, and take them away."""
        for master, one in zip(self.masters, self.parameters, strict=True):
            if one.grad is None:
                continue
            if master.grad is None:
                master.grad = one.grad.float() if one.grad.dtype != master.dtype else one.grad.clone()
            else:
                master.grad += one.grad
            one.grad = None

    def gradients(self) -> list[Any]:
        """Of the masters; zeros where nothing was collected."""
        import torch

        for master in self.masters:
            if master.grad is None:
                master.grad = torch.zeros_like(master)
        return [master.grad for master in self.masters]

    def step(self, learning_rate: float) -> float:
        """One step of AdamW by the gradients collected; the norm that they had before they were clipped."""
        import torch

        norm = torch.nn.utils.clip_grad_norm_(self.masters, self._clip)
        for group in self._adamw.param_groups:
            group["lr"] = learning_rate
        self._adamw.step()
        self._adamw.zero_grad()
        self._copy_back()
        return float(norm)

    def state(self) -> dict[str, Any]:
        """All that the next step depends on."""
        return {"masters": self.masters, "adamw": self._adamw.state_dict()}

    def load(self, state: dict[str, Any]) -> None:
        """Put a state that `state` gave in place, in the adapter, too."""
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
