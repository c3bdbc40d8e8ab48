"""The model settings of an adapter, from the recipe that trains it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from nshot.artifacts import parse_json
from nshot.errors import DataError, NshotError
from nshot.generation import Decoding, ModelSettings
from nshot.models import TokenizerFormat
from nshot.prompting import PromptConfig, load_template
from nshot.training.data.output.folder import KIND, RUN
from nshot.training.tuning.dataset.from_pool import sft_config
from nshot.training.tuning.recipe.recipe import Recipe
from nshot.types import Form


def model_settings_of_recipe(recipe: Recipe, text: TokenizerFormat) -> ModelSettings | None:
    """The settings saved with the adapter: prompts as in its rows, examples as in its validation
    questions.

    SQL in the form from-first is constrained, as only that form can be. With several files of rows,
    the first one decides.

    Args:
        recipe: The recipe: its data, and the prompts of its validation questions.
        text: The model's tokenizer, which decides whether prompts use its chat template.

    Returns:
        None for files of rows without a run.json of `nshot train data` beside them.

    Raises:
        DataError: The template of the rows is missing or was changed, or only one of rows and
            recipe uses a chat template.
    """
    part, select = recipe.data, recipe.select
    chat = text.chat("") is not None
    own = _of_files(part.files, chat) if part.files else _of_pool(recipe)
    if own is None:
        return None
    return replace(
        own,
        prompt=replace(own.prompt, scope=select.context, budget=None),
        chat="on" if chat else "off",
        shots=select.shots,
        decoding=make_decoding(recipe, own.prompt.form),
    )


def make_decoding(recipe: Recipe, form: Form) -> Decoding:
    """The decoding of validation questions; constrained to valid SQL in the form from-first."""
    return replace(recipe.select.decoding, constrain=form == "from-first")


def _of_pool(recipe: Recipe) -> ModelSettings:
    config = sft_config(recipe.data)
    prompt = replace(config.prompt, template=config.template)
    return ModelSettings(prompt, trained_shots=str(config.rows.shot_weights))


def _of_files(files: Sequence[str], chat: bool) -> ModelSettings | None:
    folders = dict.fromkeys(Path(file).parent for file in files)
    runs = [run for folder in folders if (run := _read_run(folder / RUN))]
    if not runs:
        return None
    template = runs[0]["config"]["template"]
    shots = dict.fromkeys(str(run["config"]["shots"]) for run in runs)
    _check_template(template, runs[0])
    for run in runs:
        _check_chat(run, chat)
    prompt: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in runs[0]["config"]["prompt"].items()
    }
    prompt["template"] = template
    return ModelSettings(PromptConfig(**prompt), trained_shots="; ".join(shots))


def _read_run(path: Path) -> dict[str, Any] | None:
    try:
        found = parse_json(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) and found.get("kind") == KIND else None


def _check_chat(run: dict[str, Any], chat: bool) -> None:
    if run.get("chat", chat) != chat:  # rows of the first versions do not say
        ways = {True: "in the chat template", False: "plain, without a chat template"}
        raise DataError(
            f"the rows' prompts were written {ways[run['chat']]}, but this training would write prompts "
            f"{ways[chat]}; set model.chat = {'on' if run['chat'] else 'off'!r}, or write the rows again "
            "with the tokenizer and the `chat` of this model"
        )


def _check_template(template: str, run: dict[str, Any]) -> None:
    try:
        found = hashlib.sha256(load_template(template).source.encode()).hexdigest()
    except NshotError as error:
        raise DataError(
            f"the template of the rows, which is saved with the adapter, cannot be read: {error}; restore "
            "it, or write the rows again"
        ) from error
    if found != run["template_sha256"]:
        raise DataError(
            f"the template {template} has changed since the rows were written; restore it, or write the rows "
            "again"
        )
