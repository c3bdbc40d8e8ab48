"""A Llama model (Touvron et al. 2023, https://arxiv.org/abs/2302.13971) as a graph of OpenVINO."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
Read = Callable[[str], Array]
"""A weight by the name that transformers gives it, float32."""
WHOLE = 1
"""First layers whose linear maps are not rounded: some of their numbers are a thousand times the
others (massive activations, Sun et al. 2024, https://arxiv.org/abs/2402.17762), and 8 bits lose the
others. Without the first layer, the divergence from float32 is a third."""
END = 2**31 - 1
"""Behind the last element of any axis."""


class GraphSizes(NamedTuple):
    """What the graph of a model is made from, besides its weights."""

    hidden: int
    layers: int
    heads: int
    key_heads: int
    """Query heads share key heads in equal groups."""
    width: int
    """Of a head."""
    epsilon: float
    """Of the norms."""


def build_graph(sizes: GraphSizes, read: Read, cos: Array, sin: Array) -> Any:
    """The graph of new tokens' logits, with linear maps in 8 bits.

    A weight of a linear map is an integer from -127 to 127 times a factor of its output, the
    largest absolute weight over 127. The first layers (`WHOLE`) keep their weights, and the
    embedding is float16.

    Inputs, by name:

    - `ids`, `positions`: (rows, new tokens) int64.
    - `mask`: (rows or 1, 1, 1, new tokens, tokens) float32, added to the scores.
    - `by`: (parts, readers) int64, the rows that read each part; `of`: (rows,) int64, the place of
      each row in it, flattened.
    - `keys.N`: (parts, key heads, width, tokens) of a layer, which several rows may read; at least
      one token. `values.N`: (parts, key heads, tokens, width).
    - `own.N`, keys then values of each layer: (rows, key heads, tokens, width), of each row alone.

    Tokens stand in the order shared, own, new. Outputs: logits of each row's last token, (rows,
    vocabulary); keys and values of the new tokens, (2 * layers, rows, key heads, new tokens,
    width).

    Args:
        sizes: Of the model.
        read: Reads its weights.
        cos: (positions, width) cosines of the rotation.
        sin: As `cos`; the first half is negative.
    """
    from openvino import Model

    return Model(*_Builder(sizes, read).build(cos, sin), "llama")


class _Builder:
    """The operations of a model; collects its inputs."""

    def __init__(self, sizes: GraphSizes, read: Read) -> None:
        from openvino import opset13

        self._op: Any = opset13
        self._sizes, self._read = sizes, read
        self._inputs: list[Any] = []
        # Dimensions that are known at run time only, as tensors of one int64, computed once for all layers.
        self._new: Any = None
        self._readers: Any = None

    def build(self, cos: Array, sin: Array) -> tuple[list[Any], list[Any]]:
        """Outputs and inputs of the graph."""
        op, sizes = self._op, self._sizes
        ids = self._input("ids", [-1, -1], np.int64)
        positions = self._input("positions", [-1, -1], np.int64)
        mask = self._input("mask", [-1, 1, 1, -1, -1], np.float32)
        by, of = self._input("by", [-1, -1], np.int64), self._input("of", [-1], np.int64)
        self._new = self._size(ids, 1)
        self._readers = self._size(by, 1)
        # (rows, 1, new tokens, width): one rotation for all heads of a token.
        turn = [
            op.unsqueeze(op.gather(op.constant(one), positions, self._ints(0)), self._ints(1))
            for one in (cos, sin)
        ]
        table = op.constant(self._read("model.embed_tokens.weight").astype(np.float16))
        x = op.convert(op.gather(table, ids, self._ints(0)), "f32")
        written: list[Any] = []
        for number in range(sizes.layers):
            place = f"model.layers.{number}"
            normed = self._norm(x, f"{place}.input_layernorm")
            names = [f"{place}.self_attn.{name}_proj" for name in "qkv"]
            query, key, value = self._heads(self._linear(normed, *names), turn)
            written += [key, value]
            found = self._attend(number, query, key, value, mask, by, of)
            x = op.add(x, self._linear(found, f"{place}.self_attn.o_proj"))
            normed = self._norm(x, f"{place}.post_attention_layernorm")
            gate, up = (self._linear(normed, f"{place}.mlp.{name}_proj") for name in ("gate", "up"))
            x = op.add(x, self._linear(op.multiply(op.swish(gate), up), f"{place}.mlp.down_proj"))
        last = op.slice(x, self._ints(-1), self._ints(END), self._ints(1), self._ints(1))
        logits = self._linear(self._norm(last, "model.norm"), "lm_head")
        kept = op.concat([op.unsqueeze(one, self._ints(0)) for one in written], 0)
        return [op.squeeze(logits, self._ints(1)), kept], self._inputs

    def _input(self, name: str, shape: list[int], kind: type) -> Any:
        made = self._op.parameter(shape, kind, name=name)
        made.output(0).get_tensor().set_names({name})
        self._inputs.append(made)
        return made

    def _ints(self, *values: int) -> Any:
        return self._op.constant(np.array(values, dtype=np.int64))

    def _size(self, x: Any, axis: int) -> Any:
        """(1,) int64: one dimension."""
        shape = self._op.shape_of(x, "i64")
        return self._op.slice(shape, self._ints(axis), self._ints(axis + 1), self._ints(1), self._ints(0))

    def _reshape(self, x: Any, *sizes: Any, special_zero: bool = True) -> Any:
        """Reshaped; a dimension 0 stays as it is, sizes are ints or tensors of int64."""
        found = [self._ints(size) if isinstance(size, int) else size for size in sizes]
        return self._op.reshape(x, self._op.concat(found, 0), special_zero)

    def _linear(self, x: Any, *names: str) -> Any:
        """The product with these maps side by side, which is one product instead of several."""
        weight = np.concatenate([self._weight(name) for name in names])
        if names[0].startswith(tuple(f"model.layers.{number}." for number in range(WHOLE))):
            return self._op.matmul(x, self._op.constant(weight), False, True)
        factor = np.maximum(np.abs(weight).max(axis=1, keepdims=True), np.float32(1e-12)) / np.float32(127)
        small = np.rint(weight / factor).astype(np.int8)
        op = self._op
        weights = op.multiply(op.convert(op.constant(small), "f32"), op.constant(factor.astype(np.float32)))
        return op.matmul(x, weights, False, True)

    def _weight(self, name: str) -> Array:
        """Of a linear map; the attention's scale is in that of the queries."""
        scale = self._sizes.width**-0.5 if name.endswith("q_proj") else 1.0
        return self._read(f"{name}.weight") * np.float32(scale)

    def _norm(self, x: Any, name: str) -> Any:
        """Root mean square norm (https://arxiv.org/abs/1910.07467); OpenVINO computes it in one
        pass.
        """
        op = self._op
        squares = op.reduce_mean(op.power(x, op.constant(np.float32(2))), self._ints(-1), keep_dims=True)
        root = op.sqrt(op.add(squares, op.constant(np.float32(self._sizes.epsilon))))
        normed = op.multiply(x, op.divide(op.constant(np.float32(1)), root))
        return op.multiply(normed, op.constant(self._read(f"{name}.weight")[None, None]))

    def _heads(self, qkv: Any, turn: list[Any]) -> tuple[Any, Any, Any]:
        """Queries, keys and values, (rows, heads, new tokens, width) each; the first two are
        rotated.
        """
        op, sizes = self._op, self._sizes
        turned, plain = op.variadic_split(
            qkv, op.constant(np.int64(2)), self._ints((sizes.heads + sizes.key_heads) * sizes.width, -1)
        ).outputs()
        both, value = (
            op.transpose(self._reshape(one, 0, 0, -1, sizes.width), self._ints(0, 2, 1, 3))
            for one in (turned, plain)
        )
        query, key = op.variadic_split(
            self._rotate(both, turn), op.constant(np.int64(1)), self._ints(sizes.heads, sizes.key_heads)
        ).outputs()
        return query, key, value

    def _rotate(self, x: Any, turn: list[Any]) -> Any:
        """Turned by the positions (https://arxiv.org/abs/2104.09864)."""
        op, (cos, sin) = self._op, turn
        first, second = op.split(x, op.constant(np.int64(3)), 2).outputs()
        return op.add(op.multiply(x, cos), op.multiply(op.concat([second, first], 3), sin))

    def _attend(self, number: int, query: Any, key: Any, value: Any, mask: Any, by: Any, of: Any) -> Any:
        """Attention over shared, own and new tokens: one softmax, so that it is that over the
        whole.

        All rows that read a part meet its keys in one product, as in
        `nshot.generation.decode.attention`.
        """
        op, sizes = self._op, self._sizes
        group = sizes.heads // sizes.key_heads
        kv = [-1, sizes.key_heads, -1, sizes.width]
        known = [
            self._input(f"keys.{number}", [-1, sizes.key_heads, sizes.width, -1], np.float32),
            self._input(f"values.{number}", kv, np.float32),
        ]
        own = [self._input(f"own.{2 * number + at}", kv, np.float32) for at in (0, 1)]
        keys, values = (op.concat([one, new], 2) for one, new in zip(own, (key, value), strict=True))
        # (rows, key heads, group * new tokens, width): no key is repeated for the heads that share it.
        query = self._reshape(query, 0, sizes.key_heads, -1, sizes.width)
        lines = self._size(query, 2)
        lengths = [self._size(known[1], 2), self._size(keys, 2)]
        met = op.matmul(self._by_part(query, by, sizes.width), known[0], False, False)
        scores = op.concat(
            [self._by_row(met, of, lines, lengths[0]), op.matmul(query, keys, False, True)], axis=3
        )
        scores = self._reshape(scores, 0, sizes.key_heads, group, self._new, -1)
        weights = op.softmax(op.add(scores, mask), 4)
        weights = self._reshape(weights, 0, sizes.key_heads, lines, -1)
        both = op.variadic_split(weights, op.constant(np.int64(3)), op.concat(lengths, 0))
        to_shared, to_own = both.outputs()
        met = op.matmul(self._by_part(to_shared, by, lengths[0]), known[1], False, False)
        found = op.add(op.matmul(to_own, values, False, False), self._by_row(met, of, lines, sizes.width))
        found = self._reshape(found, 0, sizes.heads, self._new, sizes.width)
        return self._reshape(op.transpose(found, self._ints(0, 2, 1, 3)), 0, 0, -1)

    def _by_part(self, x: Any, by: Any, last: Any) -> Any:
        """(rows, key heads, lines, n) -> (parts, key heads, readers * lines, n)."""
        gathered = self._op.transpose(self._op.gather(x, by, self._ints(0)), self._ints(0, 2, 1, 3, 4))
        return self._reshape(gathered, 0, 0, -1, last)

    def _by_row(self, x: Any, of: Any, lines: Any, last: Any) -> Any:
        """(parts, key heads, readers * lines, n) -> (rows, key heads, lines, n)."""
        op, heads = self._op, self._sizes.key_heads
        readers = self._readers
        apart = op.transpose(self._reshape(x, 0, heads, readers, lines, last), self._ints(0, 2, 1, 3, 4))
        return op.gather(self._reshape(apart, -1, heads, lines, last, special_zero=False), of, self._ints(0))
