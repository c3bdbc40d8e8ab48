"""Model files: base models, tokenizers, adapters, GGUF, and the embedded model.

This package does not know how prompts are worded or how tokens are chosen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nshot.lazy import find_lazily

if TYPE_CHECKING:
    from nshot.models.adapted_folder import AdaptedFolder, index_of_adapted, read_adapted
    from nshot.models.adapter import PEFT_CONFIG, WEIGHTS, AdapterInfo, find_adapter, silence_peft
    from nshot.models.base_model import (
        BaseModel,
        explain_missing,
        first_line,
        load_base,
        load_tokenizer,
        native_bfloat16,
        nf4_config,
        pick_device,
        pick_dtype,
        quiet,
        resolve,
        unloadable,
    )
    from nshot.models.embedded_model import (
        ADAPTER_NAME,
        EMBEDDED,
        EMBEDDED_BASE,
        SHIPPED,
        find_shipped_adapter,
    )
    from nshot.models.gguf import EMBEDDED_NAME, read_gguf
    from nshot.models.merged_weights import MergedWeights, open_weights
    from nshot.models.modes import SERVER_CONTEXT, Api, Backend, ChatMode, Dtype, is_url
    from nshot.models.packed import Product, pack
    from nshot.models.tokenizer import TokenizerFormat

_HOMES = {
    "ADAPTER_NAME": "embedded_model",
    "AdaptedFolder": "adapted_folder",
    "AdapterInfo": "adapter",
    "Api": "modes",
    "Backend": "modes",
    "BaseModel": "base_model",
    "ChatMode": "modes",
    "Dtype": "modes",
    "EMBEDDED": "embedded_model",
    "EMBEDDED_BASE": "embedded_model",
    "EMBEDDED_NAME": "gguf",
    "PEFT_CONFIG": "adapter",
    "MergedWeights": "merged_weights",
    "Product": "packed",
    "SERVER_CONTEXT": "modes",
    "SHIPPED": "embedded_model",
    "TokenizerFormat": "tokenizer",
    "WEIGHTS": "adapter",
    "explain_missing": "base_model",
    "find_adapter": "adapter",
    "first_line": "base_model",
    "index_of_adapted": "adapted_folder",
    "is_url": "modes",
    "load_base": "base_model",
    "load_tokenizer": "base_model",
    "native_bfloat16": "base_model",
    "nf4_config": "base_model",
    "open_weights": "merged_weights",
    "pack": "packed",
    "silence_peft": "adapter",
    "pick_device": "base_model",
    "pick_dtype": "base_model",
    "quiet": "base_model",
    "read_adapted": "adapted_folder",
    "read_gguf": "gguf",
    "resolve": "base_model",
    "find_shipped_adapter": "embedded_model",
    "unloadable": "base_model",
}

__all__ = [
    "ADAPTER_NAME",
    "EMBEDDED",
    "EMBEDDED_BASE",
    "EMBEDDED_NAME",
    "PEFT_CONFIG",
    "SERVER_CONTEXT",
    "SHIPPED",
    "WEIGHTS",
    "AdaptedFolder",
    "AdapterInfo",
    "Api",
    "Backend",
    "BaseModel",
    "ChatMode",
    "Dtype",
    "MergedWeights",
    "Product",
    "TokenizerFormat",
    "explain_missing",
    "find_adapter",
    "find_shipped_adapter",
    "first_line",
    "index_of_adapted",
    "is_url",
    "load_base",
    "load_tokenizer",
    "native_bfloat16",
    "nf4_config",
    "open_weights",
    "pack",
    "pick_device",
    "pick_dtype",
    "quiet",
    "read_adapted",
    "read_gguf",
    "resolve",
    "silence_peft",
    "unloadable",
]

__getattr__ = find_lazily(__name__, _HOMES)
