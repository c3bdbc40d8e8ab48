"""Recipe in, adapter out."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from nshot.artifacts.lock import alone
from nshot.artifacts.progress import StartStage, start_silently
from nshot.artifacts.run_metadata import FORMAT, differences, read_run, surroundings, write_run
from nshot.errors import DataError
from nshot.training.tuning.dataset.make_training_data import make_training_data
from nshot.training.tuning.dataset.training_data import Note, TrainingData
from nshot.training.tuning.loop import checkpoint
from nshot.training.tuning.loop.distributed import Distributed, join
from nshot.training.tuning.loop.history import StepRecord
from nshot.training.tuning.loop.loop import Ending, Trainer
from nshot.training.tuning.loop.state import EvalResult, State, ranked, why
from nshot.training.tuning.memory import sizes_of
from nshot.training.tuning.model import Tuned, load, slow_numbers
from nshot.training.tuning.packing.packed import pack_loss, prepare
from nshot.training.tuning.recipe.file import make_recipe, to_table
from nshot.training.tuning.recipe.recipe import Recipe
from nshot.training.tuning.validation.held_out import HeldOut, Judge
from nshot.training.tuning.validation.model_settings import model_settings_of_recipe

RUN = "run.json"


class Watch(NamedTuple):
    """Who is told of a training, and who judges its answers."""

    tell: Callable[[StepRecord | EvalResult], None] = lambda _: None
    """Of every step and look."""
    report: StartStage = start_silently
    """Of the stages before."""
    note: Note = lambda _: None
    """Of what was left out."""
    judge: Callable[[Recipe], Judge | None] = lambda _: None
    """Makes the judge of answers to held-out questions; without one the loss decides alone."""


ALONE = Watch()


class Outcome(NamedTuple):
    """How a training ended."""

    ending: Ending
    state: State
    out: Path
    first: bool = True
    """Whether this process is the one of several that speaks."""

    @property
    def best(self) -> EvalResult | None:
        """The look that was ranked first; None where nothing was held out."""
        return next(iter(ranked(self.state.evaluations)), None)


def train(recipe: Recipe, out: Path, watch: Watch = ALONE) -> Outcome:
    """Begin a training in a folder that is empty or not there yet.

    Raises:
        DataError: The folder holds other things, or a training to be resumed.
    """
    distributed = join()
    if distributed.is_main:
        _check_folder(out)
    tuned, training_data, parameters = _prepared(recipe, watch, distributed)
    description = _describe(recipe, training_data)
    with _held(out, distributed):
        if distributed.is_main:
            write_run(out / RUN, {**description, **surroundings(), "parameters": parameters})
        return _run(recipe, tuned, training_data, out, None, watch, distributed)


def resume(out: Path, minutes: float | None = None, watch: Watch = ALONE) -> Outcome:
    """Go on where the last checkpoint of a training stands.

    Args:
        out: The training's folder.
        minutes: Train to this many minutes in all, earlier runs counted, instead of what the recipe says.
        watch: Who is told, and who judges.

    Raises:
        DataError: There is no training in the folder, or its data has changed.
    """
    distributed = join()

    def budget(recipe: Recipe) -> Recipe:
        return recipe if minutes is None else with_minutes(recipe, minutes)

    recipe, tuned, training_data = reopen(out, watch, budget, distributed)
    with _held(out, distributed):
        found = checkpoint.load(out)
        if distributed.is_main:
            write_run(out / RUN, {**read_training(out), **_describe(recipe, training_data)})
        return _run(recipe, tuned, training_data, out, found, watch, distributed)


def reopen(
    out: Path, watch: Watch, change: Callable[[Recipe], Recipe], distributed: Distributed | None = None
) -> tuple[Recipe, Tuned, TrainingData]:
    """The recipe of a training after a change, the model with a new adapter, and the data.

    Raises:
        DataError: There is no training in the folder, or its data has changed.
    """
    if not (out / RUN).is_file():
        raise DataError(f"{out} holds no training; begin one with: nshot train run CONFIG --out {out}")
    run = read_training(out)
    recipe = change(make_recipe(run["recipe"]))
    plain = replace(recipe.lora, start="")  # a state has the weights that a start would give
    begun = replace(recipe, lora=plain) if checkpoint.is_there(out) else recipe
    tuned, training_data, parameters = _prepared(begun, watch, distributed or Distributed())
    before = run.get("parameters", {}).get("dtype", parameters["dtype"])
    if before != parameters["dtype"] and (distributed or Distributed()).is_main:
        watch.note(f"begun in {before}, goes on in {parameters['dtype']}: this machine computes otherwise")
    changed = differences(run["data"], training_data.description)
    if changed:
        raise DataError(f"the data of {out} has changed: {'; '.join(changed[:3])}; begin a new training")
    return recipe, tuned, training_data


def read_training(out: Path) -> dict[str, Any]:
    """What the run.json of a training says.

    Raises:
        DataError: It is damaged, or that of something else.
    """
    cure = "begin a new training in another folder"
    run = read_run(out / RUN, "the adapters beside it", cure)
    if not all(isinstance(run.get(part), dict) for part in ("recipe", "data")):
        raise DataError(f"{out / RUN} is not that of a training: it lacks its recipe or its data; {cure}")
    return run


def with_minutes(recipe: Recipe, minutes: float) -> Recipe:
    """The recipe with a budget of time."""
    return replace(recipe, optim=replace(recipe.optim, epochs=None, minutes=minutes))


def _check_folder(out: Path) -> None:
    if (out / RUN).is_file():
        raise DataError(f"{out} holds a training already; go on with: nshot train resume {out}")
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise DataError(f"{out} holds other things; name a folder that is empty or not there yet")


@contextmanager
def _held(out: Path, distributed: Distributed) -> Iterator[None]:
    """The folder is this training's alone; all processes go on when the first has it."""
    with alone(out / RUN, "another folder") if distributed.is_main else nullcontext():
        distributed.broadcast(None)
        yield


def _prepared(
    recipe: Recipe, watch: Watch, distributed: Distributed
) -> tuple[Tuned, TrainingData, dict[str, Any]]:
    """The model, ready for packs; the data; how many parameters are trained and frozen, in which numbers."""
    import torch

    if recipe.optim.threads:
        torch.set_num_threads(recipe.optim.threads)
    tuned = load(recipe, distributed.device)
    prepare(tuned.model, recompute=recipe.optim.recompute)
    heard = watch if distributed.is_main else ALONE
    if slow := slow_numbers(tuned.model):
        heard.note(slow)
    training_data = make_training_data(recipe, tuned.text, heard.report, heard.note)
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
    examine = (
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
        examine=examine,
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
        "best": None if best is None else {**best._asdict(), "why": why(state.evaluations)},
    }
