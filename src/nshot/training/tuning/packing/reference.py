"""The loss of a pack, row by row through the unchanged model: slow, and the reference of the
tests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch

    from nshot.training.tuning.packing.layout import Pack


def reference_loss(model: Any, pack: Pack) -> torch.Tensor:
    """The result of `pack_loss`, computed row by row."""
    import torch

    device = model.get_input_embeddings().weight.device
    total = torch.zeros((), device=device)
    for row, counted in zip(pack.rows, pack.counted, strict=True):
        ids = torch.tensor([[*pack.prefix, *row]], device=device)
        logits = model(input_ids=ids, use_cache=False).logits[0, -counted - 1 : -1].float()
        total = total + torch.nn.functional.cross_entropy(logits, ids[0, -counted:], reduction="sum")
    return total
