"""How a model that a recipe tunes will want to be asked."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from nshot.errors import DataError, NshotError
from nshot.generation import Decoding, ModelSettings
from nshot.models.tokenizer import TokenizerFormat
from nshot.prompting import PromptConfig, load_template
from nshot.training.data.output.folder import KIND, RUN
from nshot.training.tuning.dataset.from_pool import sft_config
from nshot.training.tuning.recipe.recipe import Recipe
from nshot.types import Form


def model_settings_of_recipe(recipe: Recipe, text: TokenizerFormat) -> ModelSettings | None:
    """The settings that go beside the adapter: prompts as in its rows, examples as in its exams.

    Answers in the form from-first are constrained to valid SQL, as that form can be. Of several files
    of rows the first decides.

    Args:
        recipe: Its data, and how held-out questions are asked.
        text: The model's tokenizer: whether prompts stand in its chat template.

    Returns:
        None for files of rows that `nshot train data` has not described (no run.json beside them).

    Raises:
        DataError: The template of the rows is not there any more, or was changed; or they stand in a chat
            template where the recipe has none, or the other way round.
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
        decoding=decoding_of(recipe, own.prompt.form),
    )


def decoding_of(recipe: Recipe, form: Form) -> Decoding:
    """As the recipe's held-out questions are answered; constrained to valid SQL in the form that can be."""
    return replace(recipe.select.decoding, constrain=form == "from-first")


def _of_pool(recipe: Recipe) -> ModelSettings:
    config = sft_config(recipe.data)
    return ModelSettings(config.template, config.prompt, trained_shots=str(config.shots))


def _of_files(files: Sequence[str], chat: bool) -> ModelSettings | None:
    folders = dict.fromkeys(Path(file).parent for file in files)
    runs = [run for folder in folders if (run := _described(folder / RUN))]
    if not runs:
        return None
    template = runs[0]["config"]["template"]
    shots = dict.fromkeys(str(run["config"]["shots"]) for run in runs)
    _check_template(template, runs[0])
    for run in runs:
        _check_chat(run, chat)
    return ModelSettings(
        template, PromptConfig(**runs[0]["config"]["prompt"]), trained_shots="; ".join(shots)
    )


def _described(path: Path) -> dict[str, Any] | None:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) and found.get("kind") == KIND else None


def _check_chat(run: dict[str, Any], chat: bool) -> None:
    if run.get("chat", chat) != chat:  # rows of the first versions do not say
        ways = {True: "in the chat template", False: "plain, without a chat template"}
        raise DataError(
            f"the rows' prompts were written {ways[run['chat']]}; this training would have its model asked "
            f"{ways[chat]}; set model.chat = {'on' if run['chat'] else 'off'!r}, or make the rows anew with "
            "the tokenizer and the `chat` of this model"
        )


def _check_template(template: str, run: dict[str, Any]) -> None:
    try:
        found = hashlib.sha256(load_template(template).source.encode()).hexdigest()
    except NshotError as error:
        raise DataError(
            f"the rows were written with a template that is kept beside the adapter, but: {error}; put it "
            "back, or make the rows anew"
        ) from error
    if found != run["template_sha256"]:
        raise DataError(
            f"the template {template} is not the one that the rows were written with; put that back, or "
            "make the rows anew"
        )
