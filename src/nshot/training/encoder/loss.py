"""The supervised contrastive loss, which pulls texts of the same skeleton together."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

FAR = -1e4
"""A logit so low that the softmax ignores it."""


def contrast(anchors: Tensor, keys: Tensor, alike: Tensor, ignored: Tensor, temperature: float) -> Tensor:
    """The mean, over anchors with a positive, of the cross entropy between positives and softmax.

    Supervised contrastive loss (Khosla et al. 2020, https://arxiv.org/abs/2004.11362), its average
    outside the logarithm; keys beyond the batch are the cross-batch memory of
    https://arxiv.org/abs/1912.06798.

    Args:
        anchors: (b, dim) unit vectors.
        keys: (m, dim) unit vectors; the anchors are among them.
        alike: (b, m) bool: whether the skeletons are equal.
        ignored: (b, m) bool: neither positive nor negative, such as the anchor itself.
        temperature: Divisor of the cosines.

    Returns:
        A scalar; 0 if no anchor has a positive.
    """
    import torch

    logits = (anchors @ keys.T / temperature).masked_fill(ignored, FAR)
    positive = (alike & ~ignored).float()
    counts = positive.sum(1)
    losses = -(positive * torch.log_softmax(logits, 1)).sum(1) / counts.clamp(min=1)
    return losses[counts > 0].sum() / (counts > 0).sum().clamp(min=1)
