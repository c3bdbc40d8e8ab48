"""Trains an adapter by a recipe, and resumes a training."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from nshot.artifacts import (
    StartStage,
    check_new_folder,
    differences,
    hold_file,
    read_run,
    start_silently,
    surroundings,
    write_run,
)
from nshot.artifacts.run_metadata import FORMAT
from nshot.errors import DataError
from nshot.models import TokenizerFormat
from nshot.training.tuning.dataset.make_training_data import make_training_data
from nshot.training.tuning.dataset.training_data import Note, TrainingData
from nshot.training.tuning.loop import checkpoint
from nshot.training.tuning.loop.distributed import Distributed, join
from nshot.training.tuning.loop.history import StepRecord
from nshot.training.tuning.loop.loop import Ending, Trainer
from nshot.training.tuning.loop.state import EvalResult, State, explain_best, rank_evaluations
from nshot.training.tuning.memory import sizes_of
from nshot.training.tuning.model import Tuned, load, slow_numbers
from nshot.training.tuning.packing.packed import pack_loss, prepare
from nshot.training.tuning.recipe.file import make_recipe, to_table
from nshot.training.tuning.recipe.recipe import Recipe
from nshot.training.tuning.validation.held_out import HeldOut, Judge
from nshot.training.tuning.validation.model_settings import model_settings_of_recipe

RUN = "run.json"


class Watch(NamedTuple):
    """Functions that report the progress of a training, and judge its answers."""

    tell: Callable[[StepRecord | EvalResult], None] = lambda _: None
    """Called with every step and every evaluation."""
    report: StartStage = start_silently
    """Shows the progress of the stages before the first step."""
    note: Note = lambda _: None
    """Gets messages, such as those about rows that were left out."""
    judge: Callable[[Recipe], Judge | None] = lambda _: None
    """Makes the judge of answers to held-out questions; without a judge the loss alone decides."""


SILENT = Watch()
MakeData = Callable[[Recipe, TokenizerFormat, StartStage, Note], TrainingData]
"""Makes the training data; `make_training_data` makes that which the recipe names."""


class Outcome(NamedTuple):
    """How a training ended."""

    ending: Ending
    state: State
    out: Path
    first: bool = True
    """Whether this process writes messages."""

    @property
    def best(self) -> EvalResult | None:
        """The evaluation that is ranked first; None if nothing was held out."""
        return next(iter(rank_evaluations(self.state.evaluations)), None)


def train(
    recipe: Recipe, out: Path, watch: Watch = SILENT, *, make_data: MakeData = make_training_data
) -> Outcome:
    """Starts a training in a folder that is empty or does not exist yet.

    Args:
        recipe: The settings of the training.
        out: The folder.
        watch: Reports the progress and judges answers.
        make_data: Makes the training data.

    Raises:
        DataError: The folder has other files, or a training to be resumed.
    """
    with join() as distributed:
        return _train(recipe, out, watch, distributed, make_data)


def _train(recipe: Recipe, out: Path, watch: Watch, distributed: Distributed, make_data: MakeData) -> Outcome:
    if distributed.is_main:
        _check_folder(out)
    tuned, training_data, parameters = _prepare(recipe, watch, distributed, make_data)
    description = _describe(recipe, training_data)
    with _lock_folder(out, distributed):
        if distributed.is_main:
            write_run(out / RUN, {**description, **surroundings(), "parameters": parameters})
        return _run(recipe, tuned, training_data, out, None, watch, distributed)


def resume(
    out: Path,
    minutes: float | None = None,
    watch: Watch = SILENT,
    *,
    make_data: MakeData = make_training_data,
) -> Outcome:
    """Resumes a training from its last checkpoint.

    Args:
        out: The training's folder.
        minutes: Minutes of training in total, including earlier runs, in place of the recipe's.
        watch: Reports the progress and judges answers.
        make_data: Makes the training data, as in `train`.

    Raises:
        DataError: There is no training in the folder, or its data has changed.
    """
    with join() as distributed:
        return _resume(out, minutes, watch, distributed, make_data)


def _resume(
    out: Path, minutes: float | None, watch: Watch, distributed: Distributed, make_data: MakeData
) -> Outcome:
    def budget(recipe: Recipe) -> Recipe:
        return recipe if minutes is None else with_minutes(recipe, minutes)

    recipe, tuned, training_data = reopen(out, watch, budget, distributed, make_data)
    with _lock_folder(out, distributed):
        found = checkpoint.load(out)
        if distributed.is_main:
            write_run(out / RUN, {**read_training(out), **_describe(recipe, training_data)})
        return _run(recipe, tuned, training_data, out, found, watch, distributed)


def reopen(
    out: Path,
    watch: Watch,
    change: Callable[[Recipe], Recipe],
    distributed: Distributed | None = None,
    make_data: MakeData = make_training_data,
) -> tuple[Recipe, Tuned, TrainingData]:
    """The changed recipe of a training, the model with a new adapter, and the data.

    Raises:
        DataError: There is no training in the folder, or its data has changed.
    """
    if not (out / RUN).is_file():
        raise DataError(f"{out} has no training; start one with: nshot train run CONFIG --out {out}")
    run = read_training(out)
    recipe = change(make_recipe(run["recipe"]))
    plain = replace(recipe.lora, start="")  # the state has the weights; those of `start` are not needed
    begun = replace(recipe, lora=plain) if checkpoint.is_there(out) else recipe
    tuned, training_data, parameters = _prepare(begun, watch, distributed or Distributed(), make_data)
    before = run.get("parameters", {}).get("dtype", parameters["dtype"])
    if before != parameters["dtype"] and (distributed or Distributed()).is_main:
        watch.note(
            f"the training began in {before} and continues in {parameters['dtype']}, the dtype of this "
            "machine"
        )
    changed = differences(run["data"], training_data.description)
    if changed:
        raise DataError(
            f"the data of {out} has changed: {'; '.join(changed[:3])}; start a new training in another folder"
        )
    return recipe, tuned, training_data


def read_training(out: Path) -> dict[str, Any]:
    """The content of a training's run.json.

    Raises:
        DataError: It is damaged, or does not describe a training.
    """
    cure = "start a new training in another folder"
    run = read_run(out / RUN, "the adapters beside it", cure)
    if not all(isinstance(run.get(part), dict) for part in ("recipe", "data")):
        raise DataError(
            f"{out / RUN} does not describe a training: its recipe or its data is missing; {cure}"
        )
    return run


def with_minutes(recipe: Recipe, minutes: float) -> Recipe:
    """The recipe with a time limit in place of its length; passes that it limits beside a time
    stay.
    """
    epochs = None if recipe.optim.minutes is None else recipe.optim.epochs
    return replace(recipe, optim=replace(recipe.optim, epochs=epochs, minutes=minutes))


def _check_folder(out: Path) -> None:
    if (out / RUN).is_file():
        raise DataError(f"{out} has a training already; resume it with: nshot train resume {out}")
    check_new_folder(out)


@contextmanager
def _lock_folder(out: Path, distributed: Distributed) -> Iterator[None]:
    """Locks the folder for this training; all processes wait until the main one has it."""
    with hold_file(out / RUN, "another folder") if distributed.is_main else nullcontext():
        distributed.broadcast(None)
        yield


def _prepare(
    recipe: Recipe, watch: Watch, distributed: Distributed, make_data: MakeData
) -> tuple[Tuned, TrainingData, dict[str, Any]]:
    """The model, ready for packs; the data; the numbers of trained and frozen parameters, and their
    dtype.
    """
    import torch

    if recipe.optim.threads:
        torch.set_num_threads(recipe.optim.threads)
    tuned = load(recipe, distributed.device)
    prepare(tuned.model, recompute=recipe.optim.recompute)
    heard = watch if distributed.is_main else SILENT
    if slow := slow_numbers(tuned.model):
        heard.note(slow)
    training_data = make_data(recipe, tuned.text, heard.report, heard.note)
    tuned = tuned._replace(settings=model_settings_of_recipe(recipe, tuned.text))
    sizes = sizes_of(tuned.model)
    distributed.shard_model(tuned.model)
    dtype = str(tuned.parameters[0].dtype).removeprefix("torch.")
    return tuned, training_data, {"trainable": sizes.trainable, "frozen": sizes.frozen, "dtype": dtype}


def _run(
    recipe: Recipe,
    tuned: Tuned,
    training_data: TrainingData,
    out: Path,
    state: State | None,
    watch: Watch,
    distributed: Distributed,
) -> Outcome:
    judge = watch.judge(recipe) if training_data.validation_questions else None
    evaluate = (
        HeldOut(training_data, tuned, recipe, pack_loss, judge, distributed)
        if training_data.held_out
        else None
    )
    trainer = Trainer(
        tuned,
        training_data,
        recipe,
        out,
        loss=pack_loss,
        state=state,
        evaluate=evaluate,
        distributed=distributed,
        tell=watch.tell,
    )
    outcome = Outcome(trainer.run(), trainer.state, out, distributed.is_main)
    if distributed.is_main:
        write_run(out / RUN, {**read_training(out), **_result(outcome)})
    return outcome


def _describe(recipe: Recipe, training_data: TrainingData) -> dict[str, Any]:
    plain = json.loads(json.dumps(to_table(recipe)))
    return {"format": FORMAT, "recipe": plain, "seed": recipe.optim.seed, "data": training_data.description}


def _result(outcome: Outcome) -> dict[str, Any]:
    best, state = outcome.best, outcome.state
    return {
        "ending": outcome.ending,
        "steps": state.step,
        "seconds": round(state.seconds, 1),
        "evaluations": [evaluation._asdict() for evaluation in state.evaluations],
        "best": None if best is None else {**best._asdict(), "why": explain_best(state.evaluations)},
    }
