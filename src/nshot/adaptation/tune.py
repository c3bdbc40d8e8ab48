"""The training of an adaptation: its recipe from the start model's settings, its rows from the
pairs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from nshot.adaptation.plan import AdaptPlan
from nshot.sql import normalise
from nshot.training import (
    DataPart,
    GivenQuestions,
    LoraPart,
    ModelPart,
    OptimPart,
    Recipe,
    RowConfig,
    SavePart,
    SelectPart,
    given_training_data,
    multiply_questions,
    read_lora,
    resume,
    train,
    write_questions,
)
from nshot.types import Question

if TYPE_CHECKING:
    from nshot.artifacts import StartStage
    from nshot.models import TokenizerFormat
    from nshot.training import Outcome, TrainingData, Watch

EVALUATIONS = 8
"""Evaluations of the loss on held-out pairs, in the time that the training may take."""
KEPT = 3
"""States of the lowest loss that are kept, to be chosen from by execution."""
ROWS_PER_STEP = 16
PARAPHRASES = 0.35
"""Probability with which a row with examples also shows a pair of the same SQL, if there is one."""


def make_recipe(plan: AdaptPlan) -> Recipe:
    """The recipe: rows, prompts and decoding as the start model was trained with."""
    config, settings, held = plan.config, plan.adapted_settings, plan.split.held_out
    rows = RowConfig(
        shots=config.examples_shown,
        strategies=("own-first",),
        contexts=settings.prompt.scope,
        same_db="allow",
        paraphrases=PARAPHRASES if config.examples_shown != "0" else 0.0,
    )
    return Recipe(
        model=ModelPart(
            source=plan.base,
            # Weights of 8 bits answer questions only; what is trained has more.
            dtype="auto" if plan.start.dtype == "int8" else plan.start.dtype,
            device=plan.start.device,
            chat=settings.chat,
            allow_download=plan.start.allow_download,
        ),
        lora=read_lora(plan.adapter) if plan.adapter else LoraPart(),
        data=DataPart(
            pool=("pairs",),
            rows=rows,
            prompt=replace(settings.prompt, scope="full", template=settings.template_name()),
        ),
        optim=OptimPart(
            learning_rate=config.learning_rate,
            warmup=0.05,
            floor=0.05,
            epochs=config.passes,
            minutes=config.minutes,
            rows_per_step=ROWS_PER_STEP,
            seed=config.seed,
        ),
        select=SelectPart(
            every_minutes=config.minutes / EVALUATIONS,
            rows=max(1, len(held)),
            shots=plan.own_shots,
            context=settings.prompt.scope,
            decoding=settings.decoding,
        ),
        save=SavePart(every_minutes=max(0.2, config.minutes / 8), keep=KEPT),
    )


def tune(plan: AdaptPlan, index: Path, out: Path, watch: Watch) -> Outcome:
    """Trains in a folder, or goes on with the training that it holds.

    Args:
        plan: The pairs and the settings.
        index: The index of the pairs.
        out: The folder of the training.
        watch: Reports the progress.

    Raises:
        DataError: The folder has a training on other data.
        EngineError: The model cannot be loaded.
    """
    given = GivenQuestions(
        (*plan.split.learnt, *multiply_pairs(plan)),
        plan.split.held_out,
        plan.catalog,
        index,
        plan.replayed,
        plan.replayed_catalog,
        plan.config.replay,
    )

    def make_data(
        recipe: Recipe, text: TokenizerFormat, report: StartStage, note: Callable[[str], None]
    ) -> TrainingData:
        return given_training_data(given, recipe, text, report, note)

    if (out / "run.json").is_file():
        return resume(out, plan.config.minutes, watch, make_data=make_data)
    return train(make_recipe(plan), out, watch, make_data=make_data)


def multiply_pairs(plan: AdaptPlan) -> list[Question]:
    """The questions that rules make of the pairs to learn from; none has the SQL of a held-out
    question.
    """
    pairs, config = (*plan.split.learnt, *plan.split.held_out), plan.config
    varied: list[Question] = []
    if config.multiply:
        varied = multiply_questions(
            plan.split.learnt, plan.catalog, config.multiply, seed=config.seed, without=pairs
        )
    known = {(one.db_id, normalise(one.sql or "")) for one in pairs}
    written = [one for one in _write(plan) if (one.db_id, normalise(one.sql or "")) not in known]
    return [*varied, *written]


def _write(plan: AdaptPlan) -> Iterator[Question]:
    """The questions that rules write about the databases of the pairs."""
    for db_id in dict.fromkeys(pair.db_id for pair in plan.split.learnt):
        source, schema = plan.catalog.path(db_id), plan.catalog.schema(db_id)
        if plan.config.written and source is not None:
            keys = (*schema.foreign_keys, *plan.catalog.found_keys(db_id))
            whole = replace(schema, foreign_keys=keys)
            yield from write_questions(source, whole, plan.config.written, plan.config.seed)
