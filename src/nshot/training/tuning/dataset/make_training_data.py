"""The training data of a recipe: read from files or rendered from a pool."""

from __future__ import annotations

from nshot.artifacts import StartStage
from nshot.errors import DataError
from nshot.models import TokenizerFormat
from nshot.training.tuning.dataset.from_files import files_training_data
from nshot.training.tuning.dataset.from_pool import pool_training_data
from nshot.training.tuning.dataset.training_data import Note, TrainingData
from nshot.training.tuning.recipe.recipe import Recipe


def make_training_data(
    recipe: Recipe, text: TokenizerFormat, report: StartStage, note: Note = lambda _: None
) -> TrainingData:
    """The rows that a recipe names.

    Args:
        recipe: The recipe: its data, and which part is held out.
        text: The model's tokenizer.
        report: Shows the progress of the rendering.
        note: Gets a message about rows that were left out, and why.

    Raises:
        DataError: A file is missing or damaged, or no row is left to train on.
        OptionError: The recipe does not fit its data.
    """
    made = (
        files_training_data(recipe, text, note)
        if recipe.data.files
        else pool_training_data(recipe, text, report, note)
    )
    if recipe.select.questions and not made.validation_questions:
        raise DataError(
            "select.questions needs held-out questions, and there are none; set data.holdout, or "
            "data.holdout_questions for a pool of one database"
        )
    return made
