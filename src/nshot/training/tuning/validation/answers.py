"""Generates the SQL of the model in training for held-out questions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from nshot.generation import TransformersEngine
from nshot.pipeline import Execution, Pipeline
from nshot.training.tuning.dataset.training_data import ValidationQuestion
from nshot.training.tuning.model import Tuned
from nshot.training.tuning.recipe.recipe import Recipe
from nshot.training.tuning.validation.model_settings import make_decoding
from nshot.types import CellMatch, Demonstration, Example, Form, Prompt, Question, Schema

CHUNK = 32
"""Questions answered between two checks whether the training was stopped."""


class PreparedPrompts:
    """Prompts that were built with the training data: the builder and the databases of a
    pipeline."""

    def __init__(self, validation_questions: Sequence[ValidationQuestion]) -> None:
        """
        Args:
            validation_questions: With their prompts, all of one form; each has an id of its own.
        """
        self._by_id = {one.question.id: one for one in validation_questions}
        self._schemas = {one.question.db_id: one.schema for one in validation_questions}

    @property
    def form(self) -> Form:
        """The form in which answers are read."""
        return next((one.form for one in self._by_id.values()), "written")

    def build(
        self,
        question: Question,
        schema: Schema,  # noqa: ARG002
        demonstrations: Sequence[Demonstration] = (),  # noqa: ARG002
        matches: Sequence[CellMatch] = (),  # noqa: ARG002
    ) -> Prompt:
        """The prompt that was built for the question."""
        return self._by_id[question.id].prompt

    def schema(self, db_id: str) -> Schema:
        """The schema of the database."""
        return self._schemas[db_id]

    def path(self, db_id: str) -> None:
        """None: the judge runs the SQL."""

    def matches(self, question: Question) -> tuple[CellMatch, ...]:  # noqa: ARG002
        """No cell values: the prompts have them already."""
        return ()

    def demonstration(self, example: Example) -> Demonstration:
        """The example with the schema of its database."""
        return Demonstration(example, self.schema(example.db_id))


def write_answers(
    model: Any,
    tuned: Tuned,
    validation_questions: Sequence[ValidationQuestion],
    recipe: Recipe,
    stop: Callable[[], bool],
) -> list[str] | None:
    """The SQL for each question, by the pipeline of inference without running it.

    The SQL is empty if prompt and answer do not fit into the model's context. None if the training
    was stopped meanwhile.
    """
    prepared = PreparedPrompts(validation_questions)
    pipeline = Pipeline(
        TransformersEngine(model, tuned.text.tokenizer, name=tuned.name, chat=recipe.model.chat),
        prepared,
        builder=prepared,
        shots=0,
        decoding=make_decoding(recipe, prepared.form),
        execution=Execution(enabled=False),
    )
    sqls: list[str] = []
    for start in range(0, len(validation_questions), CHUNK):
        if stop():
            return None
        some = [one.question for one in validation_questions[start : start + CHUNK]]
        sqls += [prediction.sql for prediction in pipeline.predict(some, batch=CHUNK)]
    return sqls
