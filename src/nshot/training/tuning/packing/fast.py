"""Faster modules for training: the same functions with fewer passes over memory.

On a CPU a small model spends most of a step on adding, scaling and copying the results of its
matrix products. `quicken` replaces the forward passes of three kinds of modules in place: LoRA
layers of peft (one fused multiply-add instead of product, scale, add), normalisation, and the gated
feed-forward activation (the latter two with backward passes of their own). It does not touch other
modules.
"""

from __future__ import annotations

from functools import cache
from types import MethodType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch


def quicken(model: Any) -> int:
    """Replaces the forward passes of the modules it knows; returns their number.

    Args:
        model: A transformers model, perhaps inside a peft model.
    """
    from peft.tuners.lora import Linear as LoraLinear

    changed = 0
    for module in model.modules():
        # By name: each family of models in transformers has classes of its own with the same forward pass.
        kind = type(module).__name__
        if isinstance(module, LoraLinear):
            forward: Any = _lora_forward
        elif kind.endswith("RMSNorm") and hasattr(module, "variance_epsilon"):
            forward = _norm_forward
        elif kind in ("LlamaMLP", "Qwen2MLP", "Qwen3MLP", "MistralMLP") and _is_silu(module.act_fn):
            forward = _forward_gated
        else:
            continue
        module.forward = MethodType(forward, module)
        changed += 1
    return changed


def _is_silu(function: Any) -> bool:
    return type(function).__name__ in ("SiLU", "SiLUActivation")


def _lora_forward(self: Any, x: torch.Tensor, *args: Any, **kwargs: Any) -> torch.Tensor:
    from torch import nn

    base = self.get_base_layer()
    names = self.active_adapters
    # Only the case that `Lora` computes; anything else (several adapters, DoRA, 4-bit weights, dropout while
    # training, mixed dtypes) goes through peft's own forward pass.
    plain = (
        len(names) == 1
        and names[0] in self.lora_A
        and not (self.disable_adapters or self.merged or self.lora_variant or args or kwargs)
        and type(base) is nn.Linear
        and base.bias is None
        and (not self.training or isinstance(self.lora_dropout[names[0]], nn.Identity))
        and self.lora_A[names[0]].weight.dtype == x.dtype == base.weight.dtype
    )
    if not plain:
        return type(self).forward(self, x, *args, **kwargs)  # type: ignore[no-any-return]
    a, b = self.lora_A[names[0]].weight, self.lora_B[names[0]].weight
    out: torch.Tensor = _functions()[0].apply(x, base.weight, a, b, self.scaling[names[0]])
    return out


def _norm_forward(self: Any, hidden_states: torch.Tensor) -> torch.Tensor:
    out: torch.Tensor = _functions()[1].apply(hidden_states, self.weight, self.variance_epsilon)
    return out


def _forward_gated(self: Any, x: torch.Tensor) -> torch.Tensor:
    out: torch.Tensor = self.down_proj(_functions()[2].apply(self.gate_proj(x), self.up_proj(x)))
    return out


@cache
def _functions() -> tuple[Any, Any, Any]:
    import torch

    class Lora(torch.autograd.Function):
        """x W' + s (x A') B'; W is frozen. x (n, in), W (out, in), A (rank, in), B (out, rank)."""

        @staticmethod
        def forward(
            ctx: Any, x: torch.Tensor, w: torch.Tensor, a: torch.Tensor, b: torch.Tensor, scale: float
        ) -> torch.Tensor:
            flat = x.reshape(-1, x.shape[-1])
            low = flat @ a.t()  # (n, rank): kept for the gradient of B, it is small
            out = flat @ w.t()
            # Added and scaled inside the product: no (n, out) tensor beside the result.
            out.addmm_(low, b.t(), alpha=scale)
            ctx.save_for_backward(flat, low, w, a, b)
            ctx.scale = scale
            return out.view(*x.shape[:-1], -1)

        @staticmethod
        def backward(ctx: Any, grad: torch.Tensor) -> Any:
            flat, low, w, a, b = ctx.saved_tensors
            g = grad.reshape(-1, grad.shape[-1])
            # (n, rank), serves the gradients of x and of A.
            glow = (g @ b).mul_(ctx.scale)
            # The first layer's input needs none: the embedding below it is frozen.
            dx = None
            if ctx.needs_input_grad[0]:
                dx = g @ w
                dx.addmm_(glow, a)
                dx = dx.view(*grad.shape[:-1], -1)
            return dx, None, glow.t() @ flat, (g.t() @ low).mul_(ctx.scale), None

    class Norm(torch.autograd.Function):
        """Root mean square normalisation: weight * x / rms(x), over the last axis, in float32
        inside.
        """

        @staticmethod
        def forward(ctx: Any, x: torch.Tensor, weight: torch.Tensor, eps: float) -> torch.Tensor:
            # Keeps x and one number per token; the normalised x is computed again in backward.
            x32 = x.float()
            inverse = (x32.square().mean(-1, keepdim=True) + eps).rsqrt_()
            ctx.save_for_backward(x, weight, inverse)
            return weight * (x32 * inverse).to(x.dtype)

        @staticmethod
        def backward(ctx: Any, grad: torch.Tensor) -> Any:
            x, weight, inverse = ctx.saved_tensors
            unit = x.float().mul_(inverse)
            g = (grad * weight).float()
            # The part of g along x changes the length only, which the normalisation takes away.
            dx = (g - unit * (g * unit).mean(-1, keepdim=True)).mul_(inverse)
            return dx.to(x.dtype), (grad * unit).sum(0) if ctx.needs_input_grad[1] else None, None

    class Gate(torch.autograd.Function):
        """silu(gate) * up; keeps its two inputs instead of the three tensors that autograd would
        keep.
        """

        @staticmethod
        def forward(ctx: Any, gate: torch.Tensor, up: torch.Tensor) -> torch.Tensor:
            ctx.save_for_backward(gate, up)
            return torch.nn.functional.silu(gate).mul_(up)

        @staticmethod
        def backward(ctx: Any, grad: torch.Tensor) -> Any:
            gate, up = ctx.saved_tensors
            dup = torch.nn.functional.silu(gate).mul_(grad)
            dgate = torch.ops.aten.silu_backward(grad * up, gate)
            return dgate, dup

    return Lora, Norm, Gate
