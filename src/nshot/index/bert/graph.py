"""A BERT encoder (Devlin et al. 2019, https://arxiv.org/abs/1810.04805) as a graph of OpenVINO."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from nshot.index.bert.folder import BertParts

Array = npt.NDArray[Any]
SMALLEST = np.float32(1e-12)
"""Length below which a vector is not divided by its length."""


def build_graph(parts: BertParts, *, rounded: bool) -> Any:
    """The graph from tokens to unit vectors.

    Inputs, by name:

    - `ids`: (texts, tokens) int64, padded on the right.
    - `mask`: (texts, 1, 1, tokens) float32, added to the scores of attention: 0, or very low for
      padding.
    - `share`: (texts, 1, tokens) float32, what each token counts in the mean: 0 for padding.

    Output: (texts, dim) float32, each row of length 1.

    Args:
        parts: The encoder.
        rounded: Whether weights of linear maps are 8-bit integers, with one factor for each output.
    """
    return _BertBuilder(parts, rounded).build()


class _BertBuilder:
    def __init__(self, parts: BertParts, rounded: bool) -> None:
        from openvino import opset13

        self._op: Any = opset13
        self._config, self._weights, self._rounded = parts.config, parts.weights, rounded
        self._heads, self._dim = int(self._config["num_attention_heads"]), int(self._config["hidden_size"])
        self._inputs: list[Any] = []

    def build(self) -> Any:
        from openvino import Model

        op = self._op
        ids = self._input("ids", [-1, -1], np.int64)
        mask = self._input("mask", [-1, 1, 1, -1], np.float32)
        share = self._input("share", [-1, 1, -1], np.float32)
        words = op.gather(op.constant(self._read("embeddings.word_embeddings.weight")), ids, self._ints(0))
        x = self._norm(op.add(words, self._positions(ids)), "embeddings")
        for number in range(int(self._config["num_hidden_layers"])):
            place = f"encoder.layer.{number}"
            attended = self._linear(self._attend(x, place, mask), f"{place}.attention.output.dense")
            # BERT normalises after each residual sum (post-norm).
            x = self._norm(op.add(x, attended), f"{place}.attention.output")
            inner = op.gelu(self._linear(x, f"{place}.intermediate.dense"), "erf")
            x = self._norm(op.add(x, self._linear(inner, f"{place}.output.dense")), f"{place}.output")
        mean = op.squeeze(op.matmul(share, x, False, False), self._ints(1))
        unit = op.normalize_l2(mean, self._ints(1), float(SMALLEST), "max")
        return Model([unit], self._inputs, "bert")

    def _input(self, name: str, shape: list[int], kind: type) -> Any:
        made = self._op.parameter(shape, kind, name=name)
        made.output(0).get_tensor().set_names({name})
        self._inputs.append(made)
        return made

    def _ints(self, *values: int) -> Any:
        return self._op.constant(np.array(values, dtype=np.int64))

    def _read(self, name: str) -> Array:
        import torch

        found: Array = self._weights.read(name, torch.float32).numpy()
        return found

    def _positions(self, ids: Any) -> Any:
        """(tokens, dim): a text has one token type, whose vector is added to the positions once."""
        op = self._op
        kind = self._read("embeddings.token_type_embeddings.weight")[0]
        table = op.constant(self._read("embeddings.position_embeddings.weight") + kind)
        tokens = op.gather(op.shape_of(ids, "i64"), self._ints(1), self._ints(0))
        return op.slice(table, self._ints(0), tokens, self._ints(1), self._ints(0))

    def _norm(self, x: Any, name: str) -> Any:
        op, epsilon = self._op, float(self._config["layer_norm_eps"])
        weight, bias = (op.constant(self._read(f"{name}.LayerNorm.{part}")) for part in ("weight", "bias"))
        plain = op.mvn(x, self._ints(-1), True, epsilon, "inside_sqrt")
        return op.add(op.multiply(plain, weight), bias)

    def _linear(self, x: Any, *names: str, first: float = 1.0) -> Any:
        """The product with these maps side by side; the first is multiplied by `first`."""
        op = self._op
        scales = {name: np.float32(1 if at else first) for at, name in enumerate(names)}
        weight, bias = (
            np.concatenate([scale * self._read(f"{name}.{part}") for name, scale in scales.items()])
            for part in ("weight", "bias")
        )
        return op.add(op.matmul(x, self._weight(weight), False, True), op.constant(bias))

    def _weight(self, weight: Array) -> Any:
        op = self._op
        if not self._rounded:
            return op.constant(weight)
        factor = np.maximum(np.abs(weight).max(axis=1, keepdims=True), SMALLEST) / np.float32(127)
        small = np.rint(weight / factor).astype(np.int8)
        return op.multiply(op.convert(op.constant(small), "f32"), op.constant(factor))

    def _attend(self, x: Any, place: str, mask: Any) -> Any:
        op, heads, width = self._op, self._heads, self._dim // self._heads
        names = (f"{place}.attention.self.{name}" for name in ("query", "key", "value"))
        joined = self._linear(x, *names, first=width**-0.5)
        apart = op.reshape(joined, self._ints(0, 0, 3, heads, width), True)
        query, key, value = (  # (texts, heads, tokens, width)
            op.transpose(op.squeeze(one, self._ints(2)), self._ints(0, 2, 1, 3))
            for one in op.split(apart, op.constant(np.int64(2)), 3).outputs()
        )
        weights = op.softmax(op.add(op.matmul(query, key, False, True), mask), 3)
        seen = op.transpose(op.matmul(weights, value, False, False), self._ints(0, 2, 1, 3))
        return op.reshape(seen, self._ints(0, 0, self._dim), True)
