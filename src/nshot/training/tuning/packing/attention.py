"""Attention over a pack: the prefix sees itself, each row sees the prefix and itself.

All rows' queries meet the prefix's keys in one product, so the keys and values of the prefix are
never copied. The backward pass is written out: beside its inputs it keeps the probabilities and
nothing else.

Letters in shapes and names: H heads, K key heads, G = H / K query heads a key head, P tokens of the
prefix, R rows, L tokens of the longest row, W width of a head, T tokens of the pack. "far" are
scores against the prefix, "near" those against the row itself.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch

    from nshot.training.tuning.packing.layout import Layout

NAME = "nshot_packed"
"""Name under which transformers knows this attention."""


def register() -> None:
    """Registers the attention with transformers; a second call changes nothing."""
    from transformers import AttentionInterface, AttentionMaskInterface
    from transformers.masking_utils import sdpa_mask

    AttentionInterface.register(NAME, attend_packed)
    AttentionMaskInterface.register(NAME, sdpa_mask)


def attend_packed(
    module: Any,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    scaling: float | None = None,
    layout: Layout | None = None,
    **_: Any,
) -> tuple[torch.Tensor, None]:
    """Attention with the signature of transformers' interface.

    Without a layout (when the same model generates) it is the usual attention.

    Args:
        module: The attention layer; used by the usual attention only.
        query: (1, heads, tokens, width of a head).
        key: (1, key heads, tokens, width); query heads share key heads in equal groups.
        value: As `key`.
        attention_mask: Mask of the usual attention.
        scaling: Factor of the scores; None: one over the root of the width.
        layout: Layout of the pack.

    Returns:
        (1, tokens, heads, width), and None for the probabilities.
    """
    if layout is None:
        from transformers.integrations.sdpa_attention import sdpa_attention_forward

        out, _none = sdpa_attention_forward(module, query, key, value, attention_mask, scaling=scaling)
        return out, None
    scale = query.shape[-1] ** -0.5 if scaling is None else scaling
    return _function().apply(query[0], key[0], value[0], layout, scale)[None], None


@cache
def _function() -> Any:
    import torch

    class PackedAttention(torch.autograd.Function):
        """(heads, tokens, width) of query, key, value -> (tokens, heads, width)."""

        @staticmethod
        def forward(
            ctx: Any, q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, layout: Layout, scale: float
        ) -> torch.Tensor:
            keys, length, width = k.shape  # K, T, W
            group, start = q.shape[0] // keys, layout.prefix
            out = q.new_empty(length, q.shape[0], width)
            saved = []
            if start:
                # Prefix against itself, (K, G * P, P): the heads of a group stand one below the other, so one
                # product serves them all and no key is repeated.
                own = q[:, :start].reshape(keys, group * start, width)
                p = _softmax(_scores(own, k[:, :start], scale), layout.causal_prefix)
                out[:start] = _tokens_first(p @ v[:, :start], group, start)
                saved.append(p)
            # (heads, R, L, W) each; padding repeats the last token of a row, its results are dropped below.
            qr, kr, vr = (_rows(x, layout) for x in (q, k, v))
            many, longest = layout.places.shape
            # (K, R, G, L, W): flattened to (K, R * G * L, W) against the prefix, whose keys all rows share,
            # and to (K * R, G * L, W) against the keys of each row.
            qr = qr.reshape(keys, group, many, longest, width).transpose(1, 2).contiguous()
            far = _scores(qr.view(keys, -1, width), k[:, :start], scale)
            near = _scores(qr.view(keys * many, group * longest, width), kr.view(-1, longest, width), scale)
            # One softmax over prefix and row, (K * R, G * L, P + L): they are parts of one attention.
            both = torch.cat((far.view(keys * many, group * longest, start), near), dim=-1)
            p = _softmax(both, layout.causal, start)
            # The two products add up, as the probabilities were normalised over both.
            answer = (p[..., start:] @ vr.view(-1, longest, width)).view(keys, -1, width)
            if start:
                p_far = p[..., :start].reshape(keys, -1, start)
                answer = torch.baddbmm(answer, p_far, v[:, :start])
            answer = answer.view(keys, many, group, longest, width)
            # (K, R, G, L, W) -> (R * L, H, W), and `flat` takes the real tokens in the order of the pack.
            out[start:] = answer.permute(1, 3, 0, 2, 4).reshape(many * longest, -1, width)[layout.flat]
            ctx.save_for_backward(q, k, v, p, *saved)
            ctx.layout, ctx.scale = layout, scale
            return out

        @staticmethod
        def backward(ctx: Any, grad: torch.Tensor) -> Any:
            q, k, v, p, *rest = ctx.saved_tensors
            layout, scale = ctx.layout, ctx.scale
            keys, _, width = k.shape
            group, start = q.shape[0] // keys, layout.prefix
            many, longest = layout.places.shape
            # Filled in two parts, prefix and rows, so that every entry is written exactly once.
            dq, dk, dv = torch.empty_like(q), torch.empty_like(k), torch.empty_like(v)

            qr, kr, vr = (_rows(x, layout) for x in (q, k, v))
            qr = qr.reshape(keys, group, many, longest, width).transpose(1, 2).contiguous()
            # Gradient of the padded places is zero: whatever padding computed, it adds nothing below.
            g = grad.new_zeros(many * longest, q.shape[0], width)
            g[layout.flat] = grad[start:]
            g = g.view(many, longest, keys, group, width).permute(2, 0, 3, 1, 4).contiguous()
            g_far, g_near = g.view(keys, -1, width), g.view(keys * many, group * longest, width)
            kr, vr = kr.view(-1, longest, width), vr.view(-1, longest, width)
            # dP = dO V', then dS by the softmax's own rule, both over (K * R, G * L, P + L) as forward.
            dp = torch.cat(
                (
                    (g_far @ v[:, :start].transpose(1, 2)).view(keys * many, group * longest, start),
                    g_near @ vr.transpose(1, 2),
                ),
                dim=-1,
            )
            ds = _softmax_backward(dp, p, scale)
            far, p_far = (x[..., :start].reshape(keys, g_far.shape[1], start) for x in (ds, p))
            near = ds[..., start:]
            # dQ = dS K over both parts; dK = dS' Q and dV = P' dO of the rows' keys, summed over their group.
            dqr = (near @ kr).view(keys, -1, width)
            if start:
                dqr = torch.baddbmm(dqr, far, k[:, :start])
            dqr = dqr.view(keys, many, group, longest, width).permute(0, 2, 1, 3, 4)
            dq[:, start:] = dqr.reshape(-1, many * longest, width)[:, layout.flat]
            dkr = near.transpose(1, 2) @ qr.view(keys * many, -1, width)
            dk[:, start:] = dkr.view(keys, many * longest, width)[:, layout.flat]
            dvr = p[..., start:].transpose(1, 2) @ g_near
            dv[:, start:] = dvr.view(keys, many * longest, width)[:, layout.flat]
            if start:
                # Keys of the prefix get gradients from the prefix's queries and from those of all rows.
                (pp,) = rest
                own = q[:, :start].reshape(keys, group * start, width)
                gp = grad[:start].transpose(0, 1).reshape(keys, group * start, width)
                ds = _softmax_backward(gp @ v[:, :start].transpose(1, 2), pp, scale)
                dq[:, :start] = (ds @ k[:, :start]).view(-1, start, width)
                dk[:, :start] = ds.transpose(1, 2) @ own + far.transpose(1, 2) @ qr.view(keys, -1, width)
                dv[:, :start] = pp.transpose(1, 2) @ gp + p_far.transpose(1, 2) @ g_far
            return dq, dk, dv, None, None

    return PackedAttention


def _scores(q: torch.Tensor, k: torch.Tensor, scale: float) -> torch.Tensor:
    """(n, queries, width), (n, keys, width) -> (n, queries, keys), scaled within the product."""
    import torch

    # With beta 0 the first argument is not read: an expanded single number gives it the shape for nothing.
    empty = q.new_empty(1, 1, 1).expand(len(q), q.shape[1], k.shape[1])
    return torch.baddbmm(empty, q, k.transpose(1, 2), beta=0, alpha=scale)


def _softmax(scores: torch.Tensor, later: torch.Tensor, start: int = 0) -> torch.Tensor:
    """Probabilities over the keys; `later` masks the keys from `start` on, for each group of
    queries.
    """
    # Queries are (group * tokens), so the square mask is applied to a view with the group apart.
    square = scores.view(len(scores), -1, len(later), scores.shape[-1])[..., start:]
    square.masked_fill_(later, float("-inf"))
    return scores.softmax(dim=-1)


def _softmax_backward(dp: torch.Tensor, p: torch.Tensor, scale: float) -> torch.Tensor:
    """Gradient of the unscaled scores from that of the probabilities."""
    import torch

    return torch._softmax_backward_data(dp, p, -1, dp.dtype).mul_(scale)


def _rows(x: torch.Tensor, layout: Layout) -> torch.Tensor:
    """(heads, tokens, width) -> (heads, rows, longest, width)."""
    return x[:, layout.places.flatten()].view(len(x), *layout.places.shape, x.shape[-1])


def _tokens_first(x: torch.Tensor, group: int, tokens: int) -> torch.Tensor:
    """(key heads, group * tokens, width) -> (tokens, heads, width)."""
    return x.reshape(len(x) * group, tokens, -1).transpose(0, 1)
