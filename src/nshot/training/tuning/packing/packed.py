"""Shared-prefix training: rows that begin with the same tokens are one forward pass.

A `Pack` becomes one sequence: the prefix, then every row's own tokens one after another.
Everything but attention treats tokens one by one, so nothing is padded and the prefix is computed
once; attention (`attend_packed`) lets a row see the prefix and itself. Logits are computed only
where loss is counted.

The loss and the gradients are those of one row at a time (`reference.py`, tests).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nshot.training.tuning.packing.layout import Pack, layout

if TYPE_CHECKING:
    import torch


def pack_loss(model: Any, pack: Pack) -> torch.Tensor:
    """The sum of the counted tokens' cross entropies, in nats.

    Args:
        model: A causal language model that `prepare` has changed, perhaps inside a peft model.
        pack: The rows.

    Returns:
        A float32 scalar that can be differentiated.
    """
    import torch

    from nshot.training.tuning.packing.cross_entropy import sum_cross_entropy

    base = bare(model)
    device = base.get_input_embeddings().weight.device
    ids = [*pack.prefix, *(token for row in pack.rows for token in row)]
    # Each row's positions go on from the prefix, as if it stood after it alone.
    positions = list(range(len(pack.prefix)))
    predicting, targets, start = [], [], len(pack.prefix)
    for row, counted in zip(pack.rows, pack.counted, strict=True):
        positions += range(len(pack.prefix), len(pack.prefix) + len(row))
        for at in range(start + len(row) - counted, start + len(row)):
            # A token is predicted from the one before it; a row's first one from the prefix's last.
            predicting.append(at - 1 if at > start else len(pack.prefix) - 1)
            targets.append(ids[at])
        start += len(row)
    output = base.model(
        input_ids=torch.tensor([ids], device=device),
        position_ids=torch.tensor([positions], device=device),
        attention_mask=torch.zeros(1, 1, 1, 1, device=device),  # four axes: used unchanged, and not read
        use_cache=False,
        layout=layout(pack, device),
    )
    # (counted tokens, width): the head is applied to these alone.
    hidden = output.last_hidden_state[0, torch.tensor(predicting, device=device)]
    return sum_cross_entropy(hidden, base.lm_head, torch.tensor(targets, device=device))


def bare(model: Any) -> Any:
    """The causal language model inside wrappers (accelerate's, peft's)."""
    model = getattr(model, "module", model)
    return model.get_base_model() if hasattr(model, "get_base_model") else model


def prepare(model: Any, *, recompute: bool = False) -> None:
    """Prepares a model for `pack_loss` and speeds it up; a second call changes nothing.

    The model still generates as before.

    Args:
        model: A causal language model, perhaps inside a peft model.
        recompute: Keep only the inputs of the layers in training, and compute the rest again in the
            backward pass (gradient checkpointing).
    """
    from nshot.training.tuning.packing.attention import NAME, register
    from nshot.training.tuning.packing.fast import quicken

    register()
    bare(model).set_attn_implementation(NAME)
    quicken(model)
    if recompute:
        again = {"use_reentrant": False}
        bare(model).activation_checkpointing_enable(activation_checkpointing_kwargs=again)
