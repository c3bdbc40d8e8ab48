"""The source of an export: an adapter, and the base that it was trained on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, get_args

from nshot.artifacts import parse_json, read_run
from nshot.errors import DataError, EngineError, UnknownNameError, explain
from nshot.generation import ModelSettings
from nshot.models import (
    EMBEDDED,
    EMBEDDED_BASE,
    EMBEDDED_NAME,
    PEFT_CONFIG,
    WEIGHTS,
    find_adapter,
    find_shipped_adapter,
)
from nshot.training.export.config import Which
from nshot.training.tuning.recipe.file import make_recipe
from nshot.training.tuning.recipe.recipe import ModelPart, QuantisePart, Recipe

RUN = "run.json"


@dataclass(frozen=True)
class TrainedAdapter:
    """A trained adapter."""

    adapter: Path
    model: ModelPart
    """Its base, and the precision of the training."""
    quantise: QuantisePart
    """Quantisation of the base in the training."""
    settings: ModelSettings | None
    """The model settings beside the adapter; None if there are none."""
    recipe: Recipe | None
    """The recipe of the training; None if unknown."""
    held_out: frozenset[str]
    """Databases held out of the training; empty if unknown."""


def find_source(
    place: str, which: Which = "best", base: str | None = None, *, allow_download: bool = False
) -> TrainedAdapter:
    """Finds the adapter of a training, or in a folder of its own.

    Args:
        place: A training's folder, an adapter's folder (one inside a training knows its training),
            or `embedded`: the adapter that ships.
        which: The adapter of a training: that of the best evaluation, or the newest one.
        base: Replaces the base that the training or the adapter names, as `load_engine` takes it.
        allow_download: Lets transformers fetch a base that is not in the local cache.

    Raises:
        DataError: There is no adapter.
        EngineError: The adapter's configuration is damaged, or does not name its base.
    """
    if which not in get_args(Which):
        raise UnknownNameError("adapter of a training", which, get_args(Which))
    folder = find_shipped_adapter() if place == EMBEDDED else Path(place)
    adapter = find_adapter(folder, which)
    if not (adapter / PEFT_CONFIG).is_file() or not (adapter / WEIGHTS).is_file():
        raise DataError(_explain_missing(folder, adapter, which))
    config = read_config(adapter)
    run = _read_training(adapter)
    recipe = make_recipe(run["recipe"]) if run else None
    model = recipe.model if recipe else ModelPart(_find_base(config, adapter, base))
    settings = ModelSettings.load(adapter)
    model = replace(
        model,
        source=base or model.source,
        chat=settings.chat if settings else model.chat,
        allow_download=allow_download or model.allow_download,
    )
    return TrainedAdapter(
        adapter,
        model,
        recipe.quantise if recipe else QuantisePart(),
        settings,
        recipe,
        frozenset(run["data"]["held_out"]) if run else frozenset(),
    )


def read_config(adapter: Path) -> dict[str, Any]:
    """The content of `adapter_config.json`.

    Raises:
        EngineError: It is damaged, or the adapter is not LoRA.
    """
    path = adapter / PEFT_CONFIG
    try:
        config = parse_json(path.read_text(encoding="utf-8"))
        kind = config["peft_type"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise EngineError(f"{path} is damaged ({explain(error)}); copy the adapter again") from error
    if kind != "LORA":
        raise EngineError(
            f"{adapter} is an adapter of the type {kind}; only LoRA adapters can be exported; train one"
        )
    found: dict[str, Any] = config
    return found


def _read_training(adapter: Path) -> dict[str, Any] | None:
    """The run.json of the training around an adapter: DIR/best, DIR/last,
    DIR/evaluations/step-000120.
    """
    for folder in list(adapter.resolve().parents)[:2]:
        if (folder / RUN).is_file():
            cure = "copy the adapter's folder elsewhere and export that"
            run = read_run(folder / RUN, "the adapters beside it", cure)
            return run if "recipe" in run and "data" in run else None
    return None


def _find_base(config: dict[str, Any], adapter: Path, base: str | None) -> str:
    named = base or config.get("base_model_name_or_path")
    if not named:
        raise EngineError(f"the adapter in {adapter} does not name its base; give it with `model`")
    return EMBEDDED_BASE if named == EMBEDDED_NAME else str(named)


def _explain_missing(folder: Path, adapter: Path, which: str) -> str:
    if (adapter / PEFT_CONFIG).is_file():
        return f"{adapter} has no {WEIGHTS}, so the weights are missing; copy the adapter again"
    other = "last" if which == "best" else "best"
    if (folder / other / PEFT_CONFIG).is_file():
        return f"the training in {folder} has no {which} adapter; take the other one: `which` {other}"
    return (
        f"{folder} is neither the folder of a training nor of an adapter ({PEFT_CONFIG}, {WEIGHTS}); "
        "choose another one"
    )
