"""Cross entropy over a large vocabulary, in slices of tokens.

The logits of one slice are computed, turned into their gradient in place and multiplied back at
once, so that (tokens, vocabulary) never exists as a whole and the head is read twice, not three
times. The head itself is frozen and gets no gradient.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch

SLICE = 128
"""Tokens whose logits exist at once."""


def sum_cross_entropy(hidden: torch.Tensor, head: Any, targets: torch.Tensor) -> torch.Tensor:
    """The sum of -log p(target), float32.

    Args:
        hidden: (tokens, width), output of the model's last layer.
        head: The linear layer that computes logits; frozen.
        targets: (tokens,) token ids.
    """
    # A trained head needs a gradient of its own, and a bias would be missing below: the usual way.
    if head.weight.requires_grad or head.bias is not None:
        import torch

        return torch.nn.functional.cross_entropy(head(hidden).float(), targets, reduction="sum")
    total: torch.Tensor = _function().apply(hidden, head.weight, targets)
    return total


@cache
def _function() -> Any:
    import torch

    class SlicedCrossEntropy(torch.autograd.Function):
        @staticmethod
        def forward(
            ctx: Any, hidden: torch.Tensor, weight: torch.Tensor, targets: torch.Tensor
        ) -> torch.Tensor:
            # The loss is a sum: its gradient is known now, up to the factor that backward gets.
            gradient = torch.empty_like(hidden)
            total = hidden.new_zeros((), dtype=torch.float32)
            for start in range(0, len(hidden), SLICE):
                part, goal = hidden[start : start + SLICE], targets[start : start + SLICE, None]
                logits = torch.nn.functional.linear(part, weight).float()
                p = logits.log_softmax(dim=1)  # (slice, vocabulary) float32
                total -= p.gather(1, goal).sum()
                # d loss / d logits = softmax - one-hot of the target; times the head, d loss / d hidden.
                p.exp_().scatter_add_(1, goal, p.new_full(goal.shape, -1.0))
                torch.mm(p.to(weight.dtype), weight, out=gradient[start : start + SLICE])
            ctx.save_for_backward(gradient)
            return total

        @staticmethod
        def backward(ctx: Any, grad: torch.Tensor) -> Any:
            (gradient,) = ctx.saved_tensors
            return gradient * grad.to(gradient.dtype), None, None

    return SlicedCrossEntropy
