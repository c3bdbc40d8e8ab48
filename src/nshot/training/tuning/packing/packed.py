"""Shared-prefix training: rows that begin with the same tokens are one forward pass.

A `Pack` becomes one sequence: the prefix, then every row's own tokens behind one another. Everything
but attention treats tokens one by one, so nothing is padded and the prefix is computed once; attention
(`prefix_attention`) lets a row see the prefix and itself. Logits are made only where loss is counted.

The loss and the gradients are those of one row at a time (`reference.py`, tests).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import torch


class Pack(NamedTuple):
    """Rows that share their first tokens."""

    prefix: tuple[int, ...]
    """Tokens that every row begins with; may be empty."""
    rows: tuple[tuple[int, ...], ...]
    """Of each row, what follows: the rest of its prompt, its response, the end token."""
    counted: tuple[int, ...]
    """Of each row, how many of its last tokens count in the loss; fewer than it has tokens in all."""

    @property
    def tokens(self) -> int:
        """Tokens computed."""
        return len(self.prefix) + sum(map(len, self.rows))


class Layout(NamedTuple):
    """Where the rows of a pack lie in its one sequence."""

    prefix: int
    """Tokens of the prefix."""
    places: torch.Tensor
    """(rows, longest) index of each row's tokens in the sequence; the row's last one again as padding."""
    flat: torch.Tensor
    """(tokens behind the prefix,) index into the flattened `places`, without padding."""
    causal: torch.Tensor
    """(longest, longest) bool: True where the second token may not be seen by the first."""
    causal_prefix: torch.Tensor
    """The same of the prefix."""


def layout(pack: Pack, device: Any) -> Layout:
    """The layout of a pack on a device."""
    import torch

    start, longest = len(pack.prefix), max(map(len, pack.rows))
    places: list[list[int]] = []
    flat: list[int] = []
    for number, row in enumerate(pack.rows):
        last = start + len(row) - 1
        places.append([min(start + at, last) for at in range(longest)])
        flat += range(number * longest, number * longest + len(row))
        start += len(row)
    return Layout(
        len(pack.prefix),
        torch.tensor(places, device=device),
        torch.tensor(flat, device=device),
        _later(longest, device),
        _later(len(pack.prefix), device),
    )


def pack_loss(model: Any, pack: Pack) -> torch.Tensor:
    """The sum of the counted tokens' cross entropies, in nats.

    Args:
        model: a causal language model that `prepare` has seen, perhaps inside a peft model.
        pack: its rows.

    Returns:
        A float32 scalar that can be differentiated.
    """
    import torch

    from nshot.training.tuning.packing.cross_entropy import summed_cross_entropy

    base = bare(model)
    device = base.get_input_embeddings().weight.device
    ids = [*pack.prefix, *(token for row in pack.rows for token in row)]
    positions = list(range(len(pack.prefix)))
    predicting, targets, start = [], [], len(pack.prefix)
    for row, counted in zip(pack.rows, pack.counted, strict=True):
        positions += range(len(pack.prefix), len(pack.prefix) + len(row))
        for at in range(start + len(row) - counted, start + len(row)):
            predicting.append(at - 1 if at > start else len(pack.prefix) - 1)
            targets.append(ids[at])
        start += len(row)
    output = base.model(
        input_ids=torch.tensor([ids], device=device),
        position_ids=torch.tensor([positions], device=device),
        attention_mask=torch.zeros(1, 1, 1, 1, device=device),  # four axes: taken as it is, and not read
        use_cache=False,
        layout=layout(pack, device),
    )
    hidden = output.last_hidden_state[0, torch.tensor(predicting, device=device)]
    return summed_cross_entropy(hidden, base.lm_head, torch.tensor(targets, device=device))


def bare(model: Any) -> Any:
    """The causal language model inside wrappers (accelerate's, peft's)."""
    model = getattr(model, "module", model)
    return model.get_base_model() if hasattr(model, "get_base_model") else model


def prepare(model: Any, *, recompute: bool = False) -> None:
    """Make a model ready for `pack_loss`, and as fast as it can be; a second call changes nothing.

    It still generates as before.

    Args:
        model: perhaps inside a peft model.
        recompute: keep the layers' inputs alone, while it trains, and compute the rest again when gradients
            need it.
    """
    from nshot.training.tuning.packing.attention import NAME, register
    from nshot.training.tuning.packing.fast import quicken

    register()
    bare(model).set_attn_implementation(NAME)
    quicken(model)
    if recompute:
        again = {"use_reentrant": False}
        bare(model).activation_checkpointing_enable(activation_checkpointing_kwargs=again)


def _later(length: int, device: Any) -> torch.Tensor:
    import torch

    return torch.ones(length, length, dtype=torch.bool, device=device).triu(1)
