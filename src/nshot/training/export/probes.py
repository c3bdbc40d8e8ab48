"""The questions that a model answers before and after its export."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from nshot.data import Catalog, read_pool
from nshot.errors import NshotError
from nshot.generation import ModelSettings
from nshot.models import TokenizerFormat
from nshot.pipeline import CatalogDatabases
from nshot.prompting import PromptConfig
from nshot.training.data import read_rows
from nshot.training.data.row import SftRow
from nshot.training.export.source import TrainedAdapter
from nshot.training.tuning.dataset.from_pool import sft_config
from nshot.training.tuning.dataset.make_training_data import make_training_data
from nshot.training.tuning.recipe.data import DataPart
from nshot.training.tuning.recipe.recipe import Recipe
from nshot.types import Prompt, Question

STOP = ("\n\n",)
"""Stop strings for rows of files: a response is one line."""

SHOWN = PromptConfig(form="from-first", show_values=True)
"""How the sample's questions are shown to a model whose recipe is unknown."""


class Probes(NamedTuple):
    """Prompts, and their origin."""

    prompts: tuple[Prompt, ...]
    origin: str


def make_probes(
    source: TrainedAdapter, text: TokenizerFormat, file: Path | None, most: int, room: int
) -> Probes:
    """Prompts from a file, else from the training's held-out databases, else from the sample.

    Args:
        source: The trained adapter.
        text: Its tokenizer and chat template.
        file: Rows of `nshot train data`.
        most: Most prompts, drawn at random from all.
        room: Most tokens of a prompt; longer ones are left out.

    Raises:
        DataError: The file cannot be read.
    """
    prompts, origin = _find_prompts(source, text, file, most)
    counted = [replace(prompt, tokens=text.count_tokens(prompt.text)) for prompt in prompts]
    return Probes(_draw([prompt for prompt in counted if prompt.tokens <= room], most), origin)


def _find_prompts(
    source: TrainedAdapter, text: TokenizerFormat, file: Path | None, most: int
) -> tuple[Sequence[Prompt], str]:
    if file is not None:
        return _prompts(read_rows(file)), file.name
    if source.recipe is not None and source.held_out:
        try:
            found = _held_out(source.recipe, source.held_out, text, most)
        except NshotError:  # moved or removed since
            found = []
        if found:
            return found, "held-out databases of the training"
    return _sample(source, text), "the bundled sample"


def _held_out(recipe: Recipe, held: frozenset[str], text: TokenizerFormat, most: int) -> list[Prompt]:
    part = recipe.data
    if part.files:
        rows = [row for name in (*part.files, *part.held_out_files) for row in read_rows(Path(name))]
        return _prompts([row for row in rows if row.db_id in held])
    few = replace(recipe, select=replace(recipe.select, questions=most, rows=1))
    return [
        validation_question.prompt
        for validation_question in make_training_data(
            few, text, lambda _stage, _steps: lambda _done: None
        ).validation_questions
    ]


def _sample(source: TrainedAdapter, text: TokenizerFormat) -> list[Prompt]:
    """Questions of the sample's pool, without demonstrations, with the model's settings."""
    settings = source.settings or _by_recipe(source.recipe)
    catalog = Catalog.sample()
    databases = CatalogDatabases(catalog, config=settings.prompt)
    builder = settings.builder(text, None, 0)
    prompts = []
    for example in read_pool("sample").examples:
        question = Question(example.question, example.db_id, example.id)
        schema = catalog.schema(example.db_id)
        prompts.append(builder.build(question, schema, (), databases.matches(question)))
    return prompts


def _by_recipe(recipe: Recipe | None) -> ModelSettings:
    """The settings of a recipe's rows; without a recipe, the default ones."""
    config = sft_config(recipe.data if recipe else DataPart(pool=("sample",), prompt=SHOWN))
    return ModelSettings(replace(config.prompt, template=config.template, budget=None), shots=0)


def _prompts(rows: Sequence[SftRow]) -> list[Prompt]:
    return [Prompt(row.prompt, stop=STOP) for row in rows]


def _draw(prompts: Sequence[Prompt], most: int) -> tuple[Prompt, ...]:
    """So many different prompts, the same in every run."""
    different = sorted({prompt.text: prompt for prompt in prompts}.values(), key=lambda prompt: prompt.sha256)
    return tuple(random.Random(0).sample(different, min(most, len(different))))
