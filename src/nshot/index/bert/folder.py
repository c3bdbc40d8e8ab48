"""The folder of a BERT encoder as sentence-transformers writes it: configuration, tokenizer,
weights.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from nshot.models import MergedWeights, open_weights

CONFIG = "config_sentence_transformers.json"
_LINEAR = re.compile(
    r"encoder\.layer\.\d+\.(attention\.(self\.(query|key|value)|output\.dense)|(intermediate|output)\.dense)",
    re.ASCII,
)
"""Names of the linear maps, which an adapter may change."""


class BertParts(NamedTuple):
    """What an encoder is made from."""

    config: dict[str, Any]
    """Content of the model's `config.json`."""
    tokenizer: Any
    """Of the library tokenizers; it truncates and does not pad."""
    weights: MergedWeights


@contextmanager
def open_bert(folder: Path, adapter: Path | None = None) -> Iterator[BertParts | None]:
    """The encoder of a folder; None if it is of another kind.

    It has to be BERT in float32 with the mean of all tokens, and with prompts for none of its
    texts.

    Args:
        folder: As sentence-transformers writes it.
        adapter: A LoRA adapter over it, as peft writes it.

    Raises:
        OSError: A file is missing.
        ValueError: One cannot be read.
        KeyError: One lacks what it has to say.
    """
    from tokenizers import Tokenizer

    config, texts = _read(folder / "config.json"), _read(folder / "sentence_bert_config.json")
    with open_weights(folder, adapter, _LINEAR) as weights:
        if weights is None or not _is_plain(folder, config, texts):
            yield None
            return
        tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        tokenizer.no_padding()
        tokenizer.enable_truncation(int(texts["max_seq_length"]))
        yield BertParts(config, tokenizer, weights)


def _is_plain(folder: Path, config: dict[str, Any], texts: dict[str, Any]) -> bool:
    pooling, modules = (_read(folder / name) for name in ("1_Pooling/config.json", "modules.json"))
    kinds = [str(module["type"]).rpartition(".")[2] for module in modules]
    pooled = {name for name, on in pooling.items() if name.startswith("pooling_mode") and on is True}
    return (
        kinds == ["Transformer", "Pooling", "Normalize"]
        and pooled == {"pooling_mode_mean_tokens"}
        and not _read(folder / CONFIG).get("default_prompt_name")
        and not texts.get("do_lower_case")
        and config["model_type"] == "bert"
        and config["hidden_act"] == "gelu"
        and config.get("position_embedding_type", "absolute") == "absolute"
        and str(config.get("dtype", config.get("torch_dtype", "float32"))) == "float32"
    )


def _read(file: Path) -> Any:
    return json.loads(file.read_text(encoding="utf-8"))
