"""The questions that a model is asked before and after it is exported."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from nshot.data import Catalog, read_pool
from nshot.errors import NshotError
from nshot.generation.model_settings import ModelSettings
from nshot.models.tokenizer import TokenizerFormat
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
"""Where the answer to a row of a file is over: a response is one line."""

SHOWN = PromptConfig(form="from-first", show_values=True)
"""How the sample's questions are shown to a model whose recipe is unknown."""


class Probes(NamedTuple):
    """Prompts, and where they are from."""

    prompts: tuple[Prompt, ...]
    origin: str


def make_probes(
    source: TrainedAdapter, text: TokenizerFormat, file: Path | None, most: int, room: int
) -> Probes:
    """Prompts of a file; else of the training's held-out databases; where those are gone, of the sample.

    Args:
        source: What was trained.
        text: Its tokenizer and chat template.
        file: Rows of `nshot train data`.
        most: Prompts, drawn evenly from all there are.
        room: Tokens that a prompt may have; longer ones are left out.

    Raises:
        DataError: The file cannot be read.
    """
    prompts, origin = _found(source, text, file, most)
    counted = [replace(prompt, tokens=text.count_tokens(prompt.text)) for prompt in prompts]
    return Probes(_drawn([prompt for prompt in counted if prompt.tokens <= room], most), origin)


def _found(
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
    """Questions of the sample's pool, without demonstrations, as the model wants to be asked."""
    settings = source.settings or _by_recipe(source.recipe)
    catalog = Catalog.sample()
    databases = CatalogDatabases(catalog, show_values=settings.prompt.show_values)
    builder = settings.builder(text, None, 0)
    prompts = []
    for example in read_pool("sample").examples:
        question = Question(example.question, example.db_id, example.id)
        schema = catalog.schema(example.db_id)
        prompts.append(builder.build(question, schema, (), databases.matches(question)))
    return prompts


def _by_recipe(recipe: Recipe | None) -> ModelSettings:
    """As the rows of a recipe's data ask; of an adapter of which nothing is known, as rows by default do."""
    rows = sft_config(recipe.data if recipe else DataPart(pool=("sample",), prompt=SHOWN))
    return ModelSettings(template=rows.template, prompt=replace(rows.prompt, budget=None), shots=0)


def _prompts(rows: Sequence[SftRow]) -> list[Prompt]:
    return [Prompt(row.prompt, stop=STOP) for row in rows]


def _drawn(prompts: Sequence[Prompt], most: int) -> tuple[Prompt, ...]:
    """So many different ones, the same each time."""
    different = sorted({prompt.text: prompt for prompt in prompts}.values(), key=lambda prompt: prompt.sha256)
    return tuple(random.Random(0).sample(different, min(most, len(different))))
