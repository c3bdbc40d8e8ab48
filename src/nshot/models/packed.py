"""Linear maps with weights in the layout in which the processor reads them.

A product with few rows reads all weights and computes little. `torch.nn.functional.linear` brings
bfloat16 weights into the processor's layout at every call, which takes as long as the product. Here
they are brought into it once; the products in bfloat16 are the same, bit by bit.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch

Product = Callable[["torch.Tensor"], "torch.Tensor"]
"""(..., in) -> (..., out)."""
ROWS = 4
"""Rows that the layout is chosen for; with others it is as fast."""


def pack(weight: torch.Tensor, bias: torch.Tensor | None = None, *, gelu: bool = False) -> Product:
    """The product with a weight.

    Args:
        weight: (out, in) float32 or bfloat16; the product keeps a copy.
        bias: (out,) of the same dtype, which is added.
        gelu: Put GELU after it.
    """
    import torch

    weight, bias = weight.detach(), bias.detach() if bias is not None else None
    after: tuple[str, list[Any], str] = ("gelu", [], "none") if gelu else ("none", [], "")
    try:
        packed = torch.ops.mkldnn._reorder_linear_weight(weight.contiguous(), ROWS)
        linear = torch.ops.mkldnn._linear_pointwise.default
        linear(weight.new_zeros(1, weight.shape[1]), packed, bias, *after)
    except (AttributeError, RuntimeError):  # torch without oneDNN, or a processor that it does not serve
        return _unpack(weight.clone(), bias, gelu=gelu)
    return lambda x: linear(x, packed, bias, *after)


def _unpack(weight: torch.Tensor, bias: torch.Tensor | None, *, gelu: bool) -> Product:
    from torch.nn import functional

    def product(x: torch.Tensor) -> torch.Tensor:
        out = functional.linear(x, weight, bias)
        return functional.gelu(out) if gelu else out

    return product
