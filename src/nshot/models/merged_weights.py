"""The weights of a model in a folder, with a LoRA adapter merged as they are read."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch

SINGLE, SHARDED = "model.safetensors", "model.safetensors.index.json"
_ADAPTER, _ADAPTER_CONFIG = "adapter_model.safetensors", "adapter_config.json"
_ONE_OF_TWO = re.compile(r"base_model\.model\.(.+)\.lora_([AB])\.weight")
_PLAIN = frozenset(
    """alpha_pattern auto_mapping base_model_name_or_path bias fan_in_fan_out inference_mode
    init_lora_weights layer_replication layers_pattern layers_to_transform lora_alpha lora_dropout
    peft_type peft_version r rank_pattern revision target_modules task_type""".split()
)
"""Keys of an adapter's configuration that change no weight, or are checked apart; any other must be
unset.
"""


class MergedWeights:
    """Weights by name, as transformers names them. Each is read from the file when it is asked
    for."""

    def __init__(self, files: dict[str, Any], loras: dict[str, tuple[torch.Tensor, torch.Tensor]]) -> None:
        """
        Args:
            files: The open file that holds each name.
            loras: (rank, in) and (out, rank) of each linear map that the adapter changes; the
                second includes the adapter's scaling.
        """
        self._files, self._loras = files, loras

    def __contains__(self, name: str) -> bool:
        return name in self._files

    def read(self, name: str, dtype: torch.dtype) -> torch.Tensor:
        """A weight with the adapter's map added in float32, rounded once.

        Args:
            name: As in the file.
            dtype: Of the result.
        """
        weight: torch.Tensor = self._files[name].get_tensor(name)
        found = self._loras.get(name.removesuffix(".weight"))
        if found is not None:
            down, up = found
            weight = weight.float().addmm_(up, down)
        return weight.to(dtype)


@contextmanager
def open_weights(
    folder: Path, adapter: Path | None, linear: re.Pattern[str]
) -> Iterator[MergedWeights | None]:
    """The weights of a folder, or None if its files or the adapter are not of the plain kind.

    Args:
        folder: With safetensors as transformers writes them.
        adapter: A folder that peft wrote; None: no adapter.
        linear: Matches the names of linear maps, which an adapter may change.

    Raises:
        OSError: A file cannot be read.
        ValueError: One is damaged.
    """
    from safetensors import safe_open

    with ExitStack() as stack:
        names = _names(folder)
        loras = {} if adapter is None else _read_adapter(adapter, linear)
        if names is None or loras is None or any(f"{name}.weight" not in names for name in loras):
            yield None
            return
        opened = {
            name: stack.enter_context(safe_open(str(folder / name), framework="pt"))
            for name in sorted(set(names.values()))
        }
        yield MergedWeights({name: opened[file] for name, file in names.items()}, loras)


def _names(folder: Path) -> dict[str, str] | None:
    """The file of each weight; None if there are no safetensors."""
    from safetensors import safe_open

    if (folder / SHARDED).is_file():
        record = json.loads((folder / SHARDED).read_text(encoding="utf-8"))
        return {str(name): str(file) for name, file in record["weight_map"].items()}
    if not (folder / SINGLE).is_file():
        return None
    with safe_open(str(folder / SINGLE), framework="pt") as file:
        return dict.fromkeys(file.keys(), SINGLE)


def _read_adapter(
    folder: Path, linear: re.Pattern[str]
) -> dict[str, tuple[torch.Tensor, torch.Tensor]] | None:
    """The low-rank maps of an adapter by linear map; None if it is not a plain LoRA.

    LoRA: https://arxiv.org/abs/2106.09685.
    """
    if not ((folder / _ADAPTER).is_file() and (folder / _ADAPTER_CONFIG).is_file()):
        return None
    config = json.loads((folder / _ADAPTER_CONFIG).read_text(encoding="utf-8"))
    if not _is_plain(config):
        return None
    from safetensors.torch import load_file

    halves: dict[str, dict[str, torch.Tensor]] = {}
    for name, tensor in load_file(str(folder / _ADAPTER)).items():
        found = _ONE_OF_TWO.fullmatch(name)
        if found is None or not linear.fullmatch(found[1]):
            return None
        halves.setdefault(found[1], {})[found[2]] = tensor.float()
    scaling = config["lora_alpha"] / config["r"]
    if any(set(both) != {"A", "B"} or len(both["A"]) != config["r"] for both in halves.values()):
        return None
    return {name: (both["A"], both["B"] * scaling) for name, both in halves.items()}


def _is_plain(config: dict[str, Any]) -> bool:
    """Whether an adapter's configuration is that of a LoRA whose maps are added and nothing
    else."""
    unset: tuple[Any, ...] = (None, False, {}, [], "none")
    if config.get("peft_type") != "LORA" or config.get("bias", "none") != "none":
        return False
    others = {name: value for name, value in config.items() if name not in _PLAIN}
    for name in ("alpha_pattern", "fan_in_fan_out", "layer_replication", "rank_pattern"):
        others[name] = config.get(name)
    return all(value in unset for name, value in others.items() if name not in _WITHOUT_EFFECT)


_WITHOUT_EFFECT = frozenset(
    ("megatron_core", "qalora_group_size", "loftq_config", "ensure_weight_tying", "corda_config")
)
"""Keys that have a value in every configuration and matter only with others that are checked."""
