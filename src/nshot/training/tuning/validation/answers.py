"""Generates the SQL of the model in training for held-out questions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from nshot.generation import TransformersEngine
from nshot.pipeline import Execution, choose
from nshot.training.tuning.dataset.training_data import ValidationQuestion
from nshot.training.tuning.model import Tuned
from nshot.training.tuning.recipe.recipe import Recipe
from nshot.training.tuning.validation.model_settings import make_decoding
from nshot.types import Completion

CHUNK = 32
"""Questions answered between two checks whether the training was stopped."""
READ = Execution(enabled=False)


def write_answers(
    model: Any,
    tuned: Tuned,
    validation_questions: Sequence[ValidationQuestion],
    recipe: Recipe,
    stop: Callable[[], bool],
) -> list[str] | None:
    """The SQL for each question, chosen, constrained and read as at inference.

    The SQL is empty if prompt and answer do not fit into the model's context. None if the training was
    stopped meanwhile. Nothing is executed.
    """
    engine = TransformersEngine(model, tuned.text.tokenizer, name=tuned.name, chat=recipe.model.chat)
    decoding = make_decoding(recipe, validation_questions[0].form if validation_questions else "written")
    room = engine.context_length - decoding.max_new_tokens
    sqls: list[str] = []
    for start in range(0, len(validation_questions), CHUNK):
        if stop():
            return None
        some = validation_questions[start : start + CHUNK]
        prompts = [
            validation_question.prompt
            for validation_question in some
            if validation_question.prompt.tokens <= room
        ]
        found = iter(engine.generate(prompts, decoding))
        sqls += [
            _sql(validation_question, next(found)) if validation_question.prompt.tokens <= room else ""
            for validation_question in some
        ]
    return sqls


def _sql(validation_question: ValidationQuestion, completions: Sequence[Completion]) -> str:
    marks, form = validation_question.prompt.stop, validation_question.form
    return choose(
        completions,
        None,
        schema=validation_question.schema,
        execution=READ,
        stop=marks,
        form=form,
        prompt=validation_question.prompt,
    )[0].sql
