"""The encoder in training: frozen layers whose output is computed once, and an adapter above
them."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nshot.artifacts import Advance, replacing, write_text
from nshot.errors import OptionError
from nshot.index import SentenceTransformerEncoder
from nshot.models import PEFT_CONFIG, WEIGHTS, silence_peft
from nshot.training.encoder.config import EncoderTrainConfig

if TYPE_CHECKING:
    from torch import Tensor

LONGEST = 64
"""Maximum number of tokens that are read of a text; Spider's longest train question has 47."""
CHUNK = 64
"""Number of texts of similar length that go through the layers together."""
SCALE = 2
"""lora_alpha divided by the rank."""


class TrainableEncoder:
    """A BERT-like base with an adapter on its upper layers."""

    def __init__(self, config: EncoderTrainConfig) -> None:
        """Loads the base.

        Raises:
            EngineError: The base cannot be loaded.
            OptionError: It is not BERT-like, does not pool by the mean, or has fewer layers.
        """
        import torch

        with silence_peft():
            from peft import LoraConfig, get_peft_model

        loaded = SentenceTransformerEncoder(config.base).model()
        bert = loaded[0].auto_model
        _check_base(config.base, loaded, bert)
        count = bert.config.num_hidden_layers
        if config.layers > count:
            raise OptionError(f"`layers` must be from 1 to {count} for {config.base}, got {config.layers}")
        self._tokenizer = loaded.tokenizer
        self._bf16 = bool(torch.cpu.get_capabilities().get("avx512_bf16"))
        torch.manual_seed(config.seed)
        tuned = list(range(count - config.layers, count))
        lora = LoraConfig(
            r=config.rank,
            lora_alpha=SCALE * config.rank,
            target_modules=["query", "key", "value", "dense"],
            layers_to_transform=tuned,
            layers_pattern="layer",
        )
        with silence_peft():
            self.peft = get_peft_model(bert, lora)
        self.peft.peft_config[
            "default"
        ].base_model_name_or_path = config.base  # a name, not this machine's path
        self._frozen, self._tuned = bert.encoder.layer[: tuned[0]], bert.encoder.layer[tuned[0] :]
        self._embeddings = bert.embeddings
        for module in self._tuned.modules():
            if isinstance(module, torch.nn.Dropout):
                module.p = config.dropout

    def parameters(self) -> list[Any]:
        """The trained parameters, in a fixed order."""
        return [parameter for parameter in self.peft.parameters() if parameter.requires_grad]

    def weights(self) -> dict[str, Any]:
        """Copies of the adapter's tensors, by peft's names."""
        from peft import get_peft_model_state_dict

        tensors = get_peft_model_state_dict(self.peft, save_embedding_layers=False)  # "auto" asks the hub
        return {name: tensor.detach().clone() for name, tensor in tensors.items()}

    def set_weights(self, weights: dict[str, Any]) -> None:
        """Restores tensors that `weights` returned."""
        from peft import set_peft_model_state_dict

        set_peft_model_state_dict(self.peft, weights)

    def save(self, folder: Path, weights: dict[str, Any]) -> None:
        """Writes tensors of `weights` in half precision, and peft's configuration."""
        from safetensors.torch import save_file

        halves = {name: tensor.half().contiguous() for name, tensor in weights.items()}
        with replacing(folder / WEIGHTS) as work:
            save_file(halves, work, metadata={"format": "pt"})
        config = self.peft.peft_config["default"].to_dict() | {"inference_mode": True}
        write_text(folder / PEFT_CONFIG, json.dumps(config, indent=2, default=sorted, sort_keys=True) + "\n")

    def freeze(self, texts: Sequence[str], progress: Advance) -> list[Tensor]:
        """The output of the frozen layers for each text: (tokens, hidden) bfloat16."""
        import torch

        encoded = self._tokenizer(list(texts), truncation=True, max_length=LONGEST)["input_ids"]
        hidden: list[Any] = [None] * len(texts)
        self.peft.eval()
        with torch.no_grad():
            for places in _chunks([len(tokens) for tokens in encoded]):
                tokens, mask = _pad([torch.tensor(encoded[place]) for place in places])
                states = self._run(self._frozen, self._embeddings(tokens), mask)
                for place, rows in zip(places, states, strict=True):
                    hidden[place] = rows[: len(encoded[place])].bfloat16()
                progress(len(places))
        return hidden

    def embed(self, hidden: Sequence[Tensor]) -> Tensor:
        """Unit vectors (n, dim) of texts, from the results of `freeze`; differentiable."""
        import torch

        pooled: list[Any] = [None] * len(hidden)
        for places in _chunks([len(states) for states in hidden]):
            padded, mask = _pad([hidden[place].float() for place in places])
            states = self._run(self._tuned, padded, mask).float()
            weights = mask[..., None].float()
            means = (states * weights).sum(1) / weights.sum(1)
            for place, mean in zip(places, means, strict=True):
                pooled[place] = mean
        return torch.nn.functional.normalize(torch.stack(pooled), dim=1)

    def _run(self, layers: Any, states: Tensor, mask: Tensor) -> Tensor:
        import torch

        bias = torch.zeros(mask.shape).masked_fill(mask == 0, -1e9)[:, None, None, :]
        fast = torch.autocast("cpu", torch.bfloat16) if self._bf16 else contextlib.nullcontext()
        with fast:
            for layer in layers:
                states = layer(states, bias)
        return states


def _chunks(lengths: Sequence[int]) -> list[list[int]]:
    """Places in order of length, CHUNK at a time, so that there is little padding."""
    order = sorted(range(len(lengths)), key=lambda place: lengths[place])
    return [order[start : start + CHUNK] for start in range(0, len(order), CHUNK)]


def _pad(rows: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
    """The rows in one tensor, padded with zeros on the right, and the (n, longest) mask of real
    tokens.
    """
    import torch

    padded = torch.nn.utils.rnn.pad_sequence(list(rows), batch_first=True)
    lengths = torch.tensor([len(row) for row in rows])
    return padded, (torch.arange(padded.shape[1])[None] < lengths[:, None]).long()


def _check_base(name: str, loaded: Any, bert: Any) -> None:
    if not hasattr(bert, "embeddings") or not hasattr(getattr(bert, "encoder", None), "layer"):
        raise OptionError(
            f"only BERT-like encoders can be tuned, but {name} is a {type(bert).__name__}; give another "
            "`base`"
        )
    pooling = getattr(loaded[1], "pooling_mode", None)
    if pooling != "mean":
        raise OptionError(
            f"only encoders with mean pooling can be tuned, but {name} has {pooling}; give another `base`"
        )
