"""A model of this engine, called as a model of transformers is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from threading import Lock
from typing import TYPE_CHECKING, Any, NamedTuple

from nshot.generation.llama.forward import LlamaOutput, causal_mask
from nshot.generation.openvino.kv import StackedKV

if TYPE_CHECKING:
    import torch

LoadLanes = Callable[[int], "Sequence[OpenVinoForward]"]
REFUSED = -1e30
"""Added to the score of a token that is not seen; minus infinity would make a row of refused tokens
NaN.
"""


class _Layer(NamedTuple):
    """As a layer of transformers' cache has them: (rows, key heads, tokens, width)."""

    keys: torch.Tensor
    values: torch.Tensor


class OpenVinoForward:
    """The logits of each row's last token, from a compiled graph (`build_graph`).

    Rows do not influence each other: each group of numbers of a row is rounded to 8 bits by itself.
    """

    reads_parts = True
    """Rows may share the keys and values of a prompt."""

    def __init__(
        self, compiled: Any, config: Any, generation_config: Any, load_lanes: LoadLanes | None = None
    ) -> None:
        """
        Args:
            compiled: The graph.
            config: Of transformers.
            generation_config: Of transformers; names the end tokens.
            load_lanes: Loads models for `lanes`; None: there are none.
        """
        import torch

        self.config, self.generation_config = config, generation_config
        self.device, self.dtype = torch.device("cpu"), torch.float32
        self._compiled, self._request = compiled, compiled.create_infer_request()
        names = [port.any_name for port in compiled.inputs]
        self._places = {name: number for number, name in enumerate(names)}
        self._bound: StackedKV | None = None
        """Whose shared tensors the request reads; they change seldom, and setting them takes time.
        """
        self._bound_values: torch.Tensor | None = None
        self._bound_own: tuple[int, torch.Size] | None = None
        self._lock = Lock()
        self._load_lanes = load_lanes

    @cached_property
    def lanes(self) -> Sequence[OpenVinoForward]:
        """Models with these weights that can be called at the same time, one for each thread that
        this one uses. They are loaded when they are first asked for; empty: there are none.

        Two lanes of one thread do more than one of two threads, which wait for one another in each
        of a step's many small operations.
        """
        import torch

        count = torch.get_num_threads()
        return self._load_lanes(count) if self._load_lanes is not None and count > 1 else ()

    def release(self) -> None:
        """Frees what the last calls needed; the next one makes it again.

        Keys and values of a batch are bound to the request until others take their place.
        """
        one = StackedKV.of([self._nothing()] * int(self.config.num_hidden_layers), 1)
        with self._lock:
            self._bind(one)
            self._bind_own(one.values.new_zeros(2 * len(one.values), *one.values.shape[1:]))
            self._compiled.release_memory()
        for lane in self.__dict__.get("lanes", ()):
            lane.release()

    def eval(self) -> OpenVinoForward:
        """Itself: there is no training mode."""
        return self

    def make_kv(self, cache: Any) -> StackedKV:
        """What follows the prompts' forward pass; `cache` must not be used afterwards."""
        return StackedKV.of(cache.layers, free=True)

    def __call__(
        self,
        input_ids: torch.Tensor,
        *,
        attention_mask: torch.Tensor | None = None,
        position_ids: torch.Tensor | None = None,
        past_key_values: Any = None,
        logits_to_keep: int = 1,  # noqa: ARG002
        use_cache: bool = True,  # noqa: ARG002
    ) -> LlamaOutput:
        """The forward pass of prompts.

        Args:
            input_ids: (rows, new tokens).
            attention_mask: (rows, tokens before and new ones), 0 at padding; None: no padding.
            position_ids: (rows or 1, new tokens); None: they follow the tokens before.
            past_key_values: Cache of transformers with the tokens before; the new ones are added.
            logits_to_keep: Always one.
            use_cache: `past_key_values` decides.
        """
        import torch

        rows, new = input_ids.shape
        before = past_key_values.get_seq_length() if past_key_values is not None else 0
        if before:
            layers = past_key_values.layers
            # Rows that repeat a prefix do so as views of one row (`prefill`), which is read once.
            one = rows > 1 and layers[0].keys.stride(0) == 0
            past = [_Layer(layer.keys[:1], layer.values[:1]) for layer in layers] if one else layers
            kv = StackedKV.of(past, rows if one else None)
        else:
            kv = StackedKV.of([self._nothing()] * int(self.config.num_hidden_layers), rows)
        if position_ids is None:
            position_ids = torch.arange(before, before + new)[None]
        seen = causal_mask(attention_mask, before, new)
        if seen is None and new > 1:
            seen = torch.ones(new, new, dtype=torch.bool).tril()[None, None]
        logits, written = self._run(kv, input_ids, position_ids, seen, hidden=0 if before else 1)
        if past_key_values is not None:
            for number in range(len(written) // 2):
                past_key_values.update(written[2 * number], written[2 * number + 1], number)
        return LlamaOutput(logits[:, None])

    def step(
        self, kv: StackedKV, input_ids: torch.Tensor, attention_mask: torch.Tensor, position_ids: torch.Tensor
    ) -> LlamaOutput:
        """The forward pass of one new token a row.

        Args:
            kv: Of the tokens before; the new ones are added.
            input_ids: (rows, 1).
            attention_mask: (rows, tokens before and the new one), 0 at padding.
            position_ids: (rows, 1).
        """
        seen = None if bool(attention_mask.all()) else attention_mask.bool()[:, None, None]
        logits, written = self._run(kv, input_ids, position_ids, seen)
        kv.append(written)
        return LlamaOutput(logits[:, None])

    def _nothing(self) -> _Layer:
        """Keys and values of one token, which the mask hides: the graph needs a part with a
        token."""
        import torch

        width = self.config.hidden_size // self.config.num_attention_heads
        empty = torch.zeros(1, int(self.config.num_key_value_heads), 1, width)
        return _Layer(empty, empty)

    def _run(
        self,
        kv: StackedKV,
        ids: torch.Tensor,
        positions: torch.Tensor,
        seen: torch.Tensor | None,
        hidden: int = 0,
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Logits (rows, vocabulary), and keys and values of the new tokens (2 * layers, rows, ...).

        Args:
            kv: Of the tokens before.
            ids: (rows, new tokens).
            positions: (rows or 1, new tokens).
            seen: (rows or 1, 1, new tokens, tokens) bool; None: all.
            hidden: Number of first tokens of `kv` that are not in `seen` and that no token sees.
        """
        import torch
        from torch.nn.functional import pad

        rows, new = ids.shape
        before = hidden, kv.values.shape[3] - hidden + kv.new, kv.own.shape[3] - kv.new
        if seen is None:
            seen = torch.ones(1, 1, new, before[1] + new, dtype=torch.bool)
        # In the order of the graph's tokens: those that are hidden, those before, unfilled room, new ones.
        known, fresh = seen.split_with_sizes([before[1], new], dim=-1)
        refused = torch.cat([pad(~known, (hidden, before[2]), value=True), ~fresh], dim=-1)[:, None] * REFUSED
        with self._lock:
            self._set("ids", ids)
            self._set("positions", positions.expand(rows, new))
            self._set("mask", refused)
            self._set("by", kv.by)
            self._set("of", kv.of_row)
            if self._bound is not kv or self._bound_values is not kv.values:
                self._bind(kv)
            # The request holds what is bound, so no other memory can have its address meanwhile.
            if (kv.own.data_ptr(), kv.own.shape) != self._bound_own:
                self._bind_own(kv.own)
            self._request.infer()
            # Copies: the next call writes over the request's own memory.
            logits, written = (
                torch.from_numpy(self._request.get_output_tensor(number).data).clone() for number in (0, 1)
            )
        return logits, written

    def _bind(self, kv: StackedKV) -> None:
        self._set_all("keys", kv.keys)
        self._set_all("values", kv.values)
        self._bound, self._bound_values = kv, kv.values

    def _bind_own(self, own: torch.Tensor) -> None:
        self._set_all("own", own)
        self._bound_own = own.data_ptr(), own.shape

    def _set_all(self, name: str, stacked: torch.Tensor) -> None:
        for number, one in enumerate(stacked.unbind()):
            self._set(f"{name}.{number}", one)

    def _set(self, name: str, value: torch.Tensor) -> None:
        from openvino import Tensor

        # The tensor holds the array, so its memory lives as long as the request reads it.
        self._request.set_input_tensor(
            self._places[name], Tensor(value.contiguous().numpy(), shared_memory=True)
        )
