"""Types and constants for choosing an engine."""

from __future__ import annotations

from typing import Literal

ChatMode = Literal["auto", "on", "off"]
"""Whether prompts get the tokenizer's chat template; `auto`: if there is one."""
Dtype = Literal["auto", "float32", "bfloat16", "float16", "int8"]
Backend = Literal["transformers", "llamacpp"]
"""Engine that runs a `.gguf` file."""
Api = Literal["chat", "completions"]
"""Which of a server's two interfaces is used."""
SERVER_CONTEXT = 8192
"""Context length, in tokens, that is assumed for a server's model."""


def is_url(model: str) -> bool:
    """Whether the model is given as the address of a server.

    >>> is_url("http://localhost:8000/v1"), is_url("meta-llama/Llama-3.2-1B")
    (True, False)
    """
    return model.startswith(("http://", "https://"))
