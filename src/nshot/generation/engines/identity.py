"""The identity of a model: digests of everything that decides what it writes."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from nshot.models import EMBEDDED, SHIPPED
from nshot.options import as_values, list_prediction_options
from nshot.redaction import redact

if TYPE_CHECKING:
    from nshot.generation.engines.config import EngineConfig


def adapter_sha256(config: EngineConfig) -> str | None:
    """Hex digest of the adapter's weights, as a folder may change under its name; None without an
    adapter.
    """
    folder = SHIPPED if config.adapter is None and config.model == EMBEDDED else config.adapter
    if folder is None:
        return None
    digest = hashlib.sha256()
    for file in sorted(folder.glob("adapter_model.*")):
        digest.update(file.read_bytes())
    return digest.hexdigest()


def identity(config: EngineConfig, engine: str, chat: str) -> str:
    """Hex digest of all that decides what the model writes: name, weights, adapter, precision, chat
    mode.

    Weights of a folder or file are distinguished by size and time of change; a server by its name.

    Args:
        config: The model.
        engine: Name of the loaded engine.
        chat: Chat mode of the prompts.
    """
    names = set(list_prediction_options(type(config))) - {"adapter", "context_length"}
    asked = {name: value for name, value in as_values(config).items() if name in names}
    asked["model"] = redact(config.model)  # a new key does not make a new model
    if asked["extra_body"] is None:
        del asked["extra_body"]  # what was kept before there was such an option counts on
    place = Path(config.model)
    files = sorted(place.glob("*")) if place.is_dir() else [place] if place.is_file() else []
    weights = [(file.name, file.stat().st_size, file.stat().st_mtime_ns) for file in files]
    whole = repr((engine, sorted(asked.items()), chat, adapter_sha256(config), weights))
    return hashlib.sha256(whole.encode()).hexdigest()
