"""Words that engines are chosen and told by."""

from __future__ import annotations

from typing import Literal

ChatMode = Literal["auto", "on", "off"]
"""Whether prompts get the tokenizer's chat template; `auto`: if there is one."""
Dtype = Literal["auto", "float32", "bfloat16", "float16"]
Backend = Literal["transformers", "llamacpp"]
"""What runs a `.gguf` file."""
Api = Literal["chat", "completions"]
"""Which of a server's two interfaces is called."""
SERVER_CONTEXT = 8192
"""Tokens that a server's model is taken to read where nobody says."""


def is_url(model: str) -> bool:
    """Whether a model is named by the address of its server.

    >>> is_url("http://localhost:8000/v1"), is_url("meta-llama/Llama-3.2-1B")
    (True, False)
    """
    return model.startswith(("http://", "https://"))
