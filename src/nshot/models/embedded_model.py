"""The embedded model: a small base from a PyPI package, with nshot's own adapter."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from nshot.errors import EngineError

EMBEDDED: Final = "embedded"
"""The base with the adapter."""
EMBEDDED_BASE: Final = "embedded-base"
"""The base model as released, without nshot's adapter."""
ADAPTER_NAME: Final = "nshot"
"""Name of the adapter in the names of engines."""
SHIPPED: Final = Path(__file__).parent / "embedded"
"""Folder of the adapter: its weights, its settings (`nshot.json`) and its model card."""


def find_shipped_adapter() -> Path:
    """The folder of the adapter.

    Raises:
        EngineError: Its weights are missing.
    """
    if not (SHIPPED / "adapter_model.safetensors").is_file():
        raise EngineError(
            f"this installation lacks the weights of nshot's own adapter ({SHIPPED.name}/adapter_model."
            f"safetensors); reinstall nshot, or use its base model: `model` {EMBEDDED_BASE}"
        )
    return SHIPPED
