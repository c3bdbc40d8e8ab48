"""Encoding a few texts, such as one question, at once: our own forward pass of BERT models on the
CPU.

A whole library around a small model takes as long as the model. The vectors are those of
sentence-transformers, up to the rounding of float32.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from nshot.arrays import Float32Array
from nshot.index.bert.folder import open_bert
from nshot.models import MergedWeights, Product, pack

if TYPE_CHECKING:
    import torch

FEW = 4
"""Texts; more of them keep several processors busy, and the library costs little for each."""

Norm = tuple["torch.Tensor", "torch.Tensor"]
"""Weight and bias of a layer norm, (width,) each."""


class _BertLayer(NamedTuple):
    qkv: Product
    """Queries, keys and values, in this order."""
    out: Product
    after_attention: Norm
    up: Product
    """With GELU after it."""
    down: Product
    after_mlp: Norm


class FewTexts:
    """Unit vectors of a few texts by a BERT encoder (Devlin et al. 2019,
    https://arxiv.org/abs/1810.04805).
    """

    def __init__(self, config: dict[str, Any], tokenizer: Any, weights: MergedWeights) -> None:
        """Reads and packs the weights: about 40 MB for all-MiniLM-L6-v2.

        Args:
            config: Content of the model's `config.json`.
            tokenizer: Of the library tokenizers; it truncates and does not pad.
            weights: Of this model, in float32.
        """
        import torch

        self._tokenizer, self._pad = tokenizer, int(config.get("pad_token_id") or 0)
        self._heads, self._epsilon = int(config["num_attention_heads"]), float(config["layer_norm_eps"])

        def read(name: str) -> torch.Tensor:
            return weights.read(name, torch.float32)

        def norm(name: str) -> Norm:
            return read(f"{name}.LayerNorm.weight"), read(f"{name}.LayerNorm.bias")

        def linear(*names: str, gelu: bool = False) -> Product:
            both = ([read(f"{name}.{part}") for name in names] for part in ("weight", "bias"))
            return pack(*(torch.cat(parts) for parts in both), gelu=gelu)

        def layer(number: int) -> _BertLayer:
            place = f"encoder.layer.{number}"
            return _BertLayer(
                linear(*(f"{place}.attention.self.{name}" for name in ("query", "key", "value"))),
                linear(f"{place}.attention.output.dense"),
                norm(f"{place}.attention.output"),
                linear(f"{place}.intermediate.dense", gelu=True),
                linear(f"{place}.output.dense"),
                norm(f"{place}.output"),
            )

        with torch.inference_mode():
            self._words = read("embeddings.word_embeddings.weight")
            # A single text has one token type, so its vector is added to the positions once, not at every
            # call.
            kind = read("embeddings.token_type_embeddings.weight")[0]
            self._positions = read("embeddings.position_embeddings.weight") + kind
            self._first_norm = norm("embeddings")
            self._layers = [layer(number) for number in range(int(config["num_hidden_layers"]))]

    def encode(self, texts: Sequence[str]) -> Float32Array:
        """(len(texts), dim) float32, each row of length 1."""
        import torch

        found = self._tokenizer.encode_batch([text.strip() for text in texts])
        rows = [list(one.ids) for one in found]
        width = max(map(len, rows))
        # (texts, longest): padded on the right, as positions count from the left; `real` hides the padding
        # from attention and from the mean.
        ids = torch.tensor([row + [self._pad] * (width - len(row)) for row in rows])
        real = torch.tensor([[1] * len(row) + [0] * (width - len(row)) for row in rows])
        with _use_one_thread(), torch.inference_mode():
            vectors: Float32Array = self._forward(ids, real).numpy()
        return vectors

    def _forward(self, ids: torch.Tensor, real: torch.Tensor) -> torch.Tensor:
        """(texts, tokens) ids, and 0 where they are padding -> (texts, dim)."""
        from torch.nn.functional import embedding, normalize, scaled_dot_product_attention

        texts, tokens = ids.shape
        # (texts, 1, 1, tokens) bool, for all heads and queries. None for texts of one length: the usual
        # single question then needs no mask.
        mask = None if bool(real.all()) else real.bool()[:, None, None]
        x = self._normalise_layer(embedding(ids, self._words) + self._positions[:tokens], self._first_norm)
        for layer in self._layers:
            # (texts, tokens, 3 x heads x width) -> three of (texts, heads, tokens, width)
            parts = layer.qkv(x).view(texts, tokens, 3, self._heads, -1).permute(2, 0, 3, 1, 4)
            query, key, value = parts
            seen = scaled_dot_product_attention(query, key, value, attn_mask=mask)
            attended = layer.out(seen.transpose(1, 2).reshape(texts, tokens, -1))
            # BERT normalises after each residual sum (post-norm), unlike Llama, which does so before each
            # block.
            x = self._normalise_layer(x + attended, layer.after_attention)
            x = self._normalise_layer(x + layer.down(layer.up(x)), layer.after_mlp)
        # (texts, tokens, 1): the mean over real tokens, brought to length 1, so that products are cosines.
        weights = real[:, :, None].to(x.dtype)
        return normalize((x * weights).sum(1) / weights.sum(1), dim=-1)

    def _normalise_layer(self, x: torch.Tensor, norm: Norm) -> torch.Tensor:
        import torch

        return torch.nn.functional.layer_norm(x, (x.shape[-1],), *norm, self._epsilon)


def load_few_texts(folder: Path, adapter: Path | None = None) -> FewTexts | None:
    """The encoder of a folder, without sentence-transformers; None if it is of another kind.

    Args:
        folder: As sentence-transformers writes it; of the kind that `open_bert` says.
        adapter: A LoRA adapter over it, as peft writes it.
    """
    try:
        with open_bert(folder, adapter) as found:
            return found and FewTexts(*found)
    except Exception:  # noqa: BLE001 whatever is wrong with the files, sentence-transformers says it in its words
        return None


@contextmanager
def _use_one_thread() -> Iterator[None]:
    """Torch works on one thread inside: waking others takes longer than their part of so little
    work.
    """
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
