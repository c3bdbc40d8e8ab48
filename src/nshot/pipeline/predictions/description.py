"""The description of a run of the pipeline; a resumed run must have the same description."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nshot.generation import adapter_sha256
from nshot.options import as_values, list_prediction_options

if TYPE_CHECKING:
    from nshot.generation import ModelSettings
    from nshot.pipeline.config import PipelineConfig


def describe(config: PipelineConfig, settings: ModelSettings) -> dict[str, Any]:
    """Everything that decides a prediction, by option name, with digests of the files involved.

    Args:
        config: The config as given.
        settings: The resolved settings; they replace what was given for the model.
    """
    from nshot.index import read_manifest

    values = as_values(config) | describe_settings(settings)
    found = {name: values[name] for name in list_prediction_options(type(config))}
    examples = config.examples
    own = settings.own_shots if examples.has_own() else 0
    shown = (settings.shots or own) and not (examples.pairs is not None and examples.index is None)
    pool = examples.folder() if shown else None
    return {
        **{name: str(value) if isinstance(value, Path) else value for name, value in found.items()},
        "index": None if pool is None else str(pool),
        "index_sha256": None if pool is None else read_manifest(pool).identity(),
        "template_sha256": settings.template_sha256(),
        "adapter_sha256": adapter_sha256(config.engine),
        "notes_sha256": _sha256(settings.prompt.notes),
        "pairs_sha256": _sha256(examples.pairs),
        "first_pass_sha256": _sha256(examples.first_pass),
        "calibration_sha256": _sha256(config.confidence.path(config.engine)),
    }


def describe_settings(settings: ModelSettings) -> dict[str, Any]:
    """The settings of a model by option name; the template by the name that it resolves to."""
    return as_values(settings) | {"template": settings.template_name()}


def _sha256(file: Path | None) -> str | None:
    if file is None or not file.is_file():
        return None
    return hashlib.sha256(file.read_bytes()).hexdigest()
