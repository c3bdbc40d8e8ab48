"""Checks that a model can be found, before anything slow is begun for it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from nshot.errors import EngineError, FileMissingError
from nshot.generation.engines.config import EngineConfig
from nshot.models import EMBEDDED, EMBEDDED_BASE, PEFT_CONFIG, WEIGHTS, explain_missing

_WEIGHTS: Final = (WEIGHTS, "adapter_model.bin")
_CONFIG: Final = "config.json"


def check_engine(config: EngineConfig) -> None:
    """Check that the model and the adapter are on this machine; nothing is loaded.

    A server is not asked, and a model that may be downloaded is not looked for.

    Raises:
        FileMissingError: There is no such file, or no such folder of an adapter.
        EngineError: The folder has no model or no adapter, or the hub id is not in the local cache.
    """
    if config.adapter is not None:
        check_adapter(config.adapter)
    if config.is_server or config.model in (EMBEDDED, EMBEDDED_BASE, "none"):
        return
    place = Path(config.model)
    if config.model.endswith(".gguf"):
        if not place.is_file():
            raise FileMissingError("model file", place)
    elif place.is_dir():
        if not (place / _CONFIG).is_file():
            raise EngineError(
                f"model {config.model!r} cannot be loaded: the folder has no {_CONFIG}; "
                "give one that transformers wrote"
            )
    elif not config.allow_download and not _is_cached(config.model):
        raise EngineError(explain_missing(config.model))


def check_adapter(folder: Path) -> None:
    """Check that a folder has an adapter: peft would look for missing files on the hub.

    Raises:
        FileMissingError: There is no such folder.
        EngineError: A file of the adapter is missing.
    """
    if not folder.is_dir():
        raise FileMissingError("adapter folder", folder)
    weights = any((folder / name).is_file() for name in _WEIGHTS)
    for name, found in ((PEFT_CONFIG, (folder / PEFT_CONFIG).is_file()), (WEIGHTS, weights)):
        if not found:
            raise EngineError(
                f"{folder} has no adapter: {name} is missing; give a folder that peft wrote, or that of a "
                "training"
            )


def _is_cached(model: str) -> bool:
    """Whether the hub's local cache has the model; no for a name that is none of the hub."""
    from huggingface_hub import try_to_load_from_cache
    from huggingface_hub.errors import HFValidationError

    try:
        return isinstance(try_to_load_from_cache(model, _CONFIG), str)
    except HFValidationError:
        return False
