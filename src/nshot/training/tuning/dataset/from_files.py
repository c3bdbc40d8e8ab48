"""Training data from the files of `nshot train data`: the same rows in every epoch."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

from nshot.data import Catalog
from nshot.errors import DataError
from nshot.models import TokenizerFormat
from nshot.pipeline import CatalogDatabases
from nshot.prompting import PromptConfig, choose_names, load_template
from nshot.training.data.output.files import read_rows
from nshot.training.data.row import SftRow
from nshot.training.tuning.dataset.rows import tokenise
from nshot.training.tuning.dataset.training_data import (
    Note,
    TrainingData,
    ValidationQuestion,
    digest,
    held_out_rows,
    longest_row,
)
from nshot.training.tuning.recipe.recipe import Recipe
from nshot.training.tuning.validation.model_settings import model_settings_of_recipe
from nshot.types import Form, Prompt, Question


def files_training_data(recipe: Recipe, text: TokenizerFormat, note: Note) -> TrainingData:
    """The training data of a recipe with `data.files`; see `make_training_data`."""
    part, longest = recipe.data, longest_row(recipe)
    rows = [row for name in part.files for row in read_rows(Path(name))]
    held = part.holdout.choose_databases([row.db_id for row in rows])
    apart = [row for name in part.held_out_files for row in read_rows(Path(name))]
    asked = [row for row in rows if row.db_id in held] + apart
    learnt = _keep_apart([row for row in rows if row.db_id not in held], asked, note)
    if not learnt:
        raise DataError(
            "no row is left to train on: the files are empty, or every row belongs to a held-out database or "
            "shows examples of one; hold out fewer databases"
        )
    if both := {row.db_id for row in learnt} & {row.db_id for row in apart}:
        raise DataError(
            f"data.files and data.held_out_files share databases: {', '.join(sorted(both))}; remove "
            "their rows from one of them"
        )
    found = tokenise(learnt, text, longest)
    if not found.rows:
        raise DataError(
            f"no row is left to train on: {len(rows)} were read, {len(found.too_long)} of them have more "
            f"than optim.tokens_per_pack = {longest} tokens; raise it"
        )
    if found.too_long:
        note(f"left out: {len(found.too_long)} rows of more than optim.tokens_per_pack {longest} tokens")
    drawn = random.Random(f"looks/{recipe.optim.seed}").sample(asked, len(asked))
    description = {
        "sha256": digest([(row.prompt, row.response, row.id, row.db_id) for row in (*rows, *apart)]),
        "rows": len(found.rows),
        "too_long": len(found.too_long),
        "held_out": sorted({row.db_id for row in asked}),
        "held_out_rows": len(asked),
    }
    held_out = held_out_rows(drawn[: recipe.select.rows], text, longest, note)
    return TrainingData(
        lambda _: found.rows, held_out, _validation_questions(recipe, drawn, text), description
    )


def _keep_apart(learnt: Sequence[SftRow], asked: Sequence[SftRow], note: Note) -> list[SftRow]:
    """The rows that show no example of a held-out database, as far as the files name its
    database."""
    theirs = {row.id for row in asked} - {row.id for row in learnt}
    found = [row for row in learnt if theirs.isdisjoint(row.demonstrations)]
    if len(found) < len(learnt):
        note(
            f"left out: {len(learnt) - len(found)} rows that show examples of the databases held out; "
            "nshot train data --holdout-databases writes rows that show none"
        )
    return found


def _validation_questions(
    recipe: Recipe, rows: Sequence[SftRow], text: TokenizerFormat
) -> list[ValidationQuestion]:
    """Held-out rows whose prompts are those of inference, one for each question.

    Raises:
        DataError: No row has the schema context and the shots of the recipe.
    """
    select, part = recipe.select, recipe.data
    if not select.questions:
        return []
    fit = {row.id: row for row in rows if row.context == select.context and row.shots == select.shots}
    if not fit:
        raise DataError(
            f"validation needs held-out rows with context {select.context} and {select.shots} shots, and "
            "there are none; write such rows with nshot train data, or change select.context and select.shots"
        )
    if part.databases is None:
        raise DataError(
            "select.questions needs the databases to judge answers; set data.databases to their folder"
        )
    catalog = Catalog(part.databases, part.tables)
    settings = model_settings_of_recipe(recipe, text)
    stop = load_template(settings.prompt.template).stop if settings and settings.prompt.template else ()
    form: Form = settings.prompt.form if settings else "from-first"  # which reads the other forms, too
    config = settings.prompt if settings else PromptConfig()
    databases = CatalogDatabases(catalog, config=config)
    found = []
    for row in list(fit.values())[: select.questions]:
        shown, tokens = choose_names(databases.schema(row.db_id), config), row.prompt_tokens
        prompt = Prompt(row.prompt, tokens=tokens, stop=stop, schema=shown.schema, names=shown.pairs)
        question = Question(row.id, row.db_id, row.id, row.sql or row.response)
        found.append(ValidationQuestion(question, prompt, catalog.schema(row.db_id), form))
    return found
