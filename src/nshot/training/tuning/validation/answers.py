"""The SQL that the model under training writes for held-out questions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from nshot.generation.engines.transformers_engine import TransformersEngine
from nshot.pipeline import Execution, choose
from nshot.training.tuning.dataset.material import Exam
from nshot.training.tuning.model import Tuned
from nshot.training.tuning.recipe.recipe import Recipe
from nshot.training.tuning.validation.model_settings import decoding_of
from nshot.types import Completion

CHUNK = 32
"""Questions answered between two glances at whether the training shall stop."""
READ = Execution(enabled=False)


def write_answers(
    model: Any, tuned: Tuned, exams: Sequence[Exam], recipe: Recipe, stop: Callable[[], bool]
) -> list[str] | None:
    """The SQL for each question, chosen, constrained and read as at inference.

    Empty where prompt and answer do not fit into the model's context. None if it was to stop meanwhile.
    Nothing is executed.
    """
    engine = TransformersEngine(model, tuned.text.tokenizer, name=tuned.name, chat=recipe.model.chat)
    decoding = decoding_of(recipe, exams[0].form if exams else "written")
    room = engine.context_length - decoding.max_new_tokens
    sqls: list[str] = []
    for start in range(0, len(exams), CHUNK):
        if stop():
            return None
        some = exams[start : start + CHUNK]
        prompts = [exam.prompt for exam in some if exam.prompt.tokens <= room]
        found = iter(engine.generate(prompts, decoding))
        sqls += [_sql(exam, next(found)) if exam.prompt.tokens <= room else "" for exam in some]
    return sqls


def _sql(exam: Exam, completions: Sequence[Completion]) -> str:
    marks, form = exam.prompt.stop, exam.form
    return choose(completions, None, schema=exam.schema, execution=READ, stop=marks, form=form)[0].sql
