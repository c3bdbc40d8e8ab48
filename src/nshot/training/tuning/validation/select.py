"""Selection among the adapters that a training kept: its result, and a second, longer
evaluation."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from nshot.artifacts import hold_file, replacing, write_run
from nshot.errors import DataError
from nshot.training.tuning.loop import checkpoint
from nshot.training.tuning.loop.distributed import Distributed
from nshot.training.tuning.loop.state import EvalResult, explain_best, rank_evaluations
from nshot.training.tuning.model import load_adapter_weights
from nshot.training.tuning.packing.packed import pack_loss
from nshot.training.tuning.recipe.recipe import Recipe
from nshot.training.tuning.train import RUN, SILENT, Watch, read_training, reopen
from nshot.training.tuning.validation.held_out import HeldOut


class AdapterSelection(NamedTuple):
    """The evaluations of a training, and which of them is the best."""

    evaluations: tuple[EvalResult, ...]
    """Evaluations in the order of steps."""
    kept: frozenset[int]
    """Steps whose adapters exist."""
    why: str

    @property
    def best(self) -> EvalResult | None:
        """The evaluation that is ranked first; None if there is none."""
        return next(iter(rank_evaluations(self.evaluations)), None)


def selection(out: Path) -> AdapterSelection:
    """The evaluations of the training in a folder, and the best of them.

    Raises:
        DataError: There is no training, or it has no checkpoint yet.
    """
    if not (out / RUN).is_file():
        raise DataError(f"{out} has no training; start one with: nshot train run CONFIG --out {out}")
    state = checkpoint.load(out)
    if state is None:
        raise DataError(f"the training in {out} has no checkpoint yet; wait for it, or resume it")
    return AdapterSelection(
        tuple(state.evaluations),
        frozenset(_list_kept(out, state.evaluations)),
        explain_best(state.evaluations),
    )


def select_again(out: Path, questions: int, watch: Watch = SILENT) -> AdapterSelection:
    """Evaluates the kept adapters with this many held-out questions; the best one is copied to
    `best/`.

    The new evaluations replace the old ones, in `selection` and in a resumed training.

    Raises:
        DataError: As in `selection`; or no adapter was kept, the data has changed, or nothing is
            held out.
    """
    before = selection(out)
    if not before.kept:
        raise DataError(
            f"{out} has no adapter of an evaluation to choose from; train with held-out "
            "databases (data.holdout)"
        )
    with hold_file(out / RUN, "another folder"):
        recipe, tuned, training_data = reopen(out, watch, lambda old: _settings(old, questions))
        evaluate = HeldOut(training_data, tuned, recipe, pack_loss, watch.judge(recipe), Distributed())
        evaluations = []
        for evaluation in before.evaluations:
            if evaluation.step in before.kept:
                load_adapter_weights(tuned.model, _folder(out, evaluation.step))
                found = evaluate(tuned.model.eval(), evaluation.step, lambda: False)
                assert found is not None
                evaluations.append(found._replace(seconds=evaluation.seconds))
                watch.tell(evaluations[-1])
        chosen = AdapterSelection(tuple(evaluations), before.kept, explain_best(evaluations))
        _decide(out, chosen, questions)
    return chosen


def _settings(recipe: Recipe, questions: int) -> Recipe:
    return replace(recipe, select=replace(recipe.select, questions=questions))


def _decide(out: Path, chosen: AdapterSelection, questions: int) -> None:
    best = chosen.best
    assert best is not None
    source = _folder(out, best.step)
    if source != out / checkpoint.BEST:
        for file in sorted(source.iterdir()):
            with replacing(out / checkpoint.BEST / file.name) as work:
                shutil.copyfile(file, work)
    checkpoint.replace_evaluations(out, chosen.evaluations)
    again = {
        "questions": questions,
        "evaluations": [evaluation._asdict() for evaluation in chosen.evaluations],
    }
    run = read_training(out)
    write_run(out / RUN, {**run, "best": {**best._asdict(), "why": chosen.why}, "selected_again": again})


def _list_kept(out: Path, evaluations: list[EvalResult]) -> list[int]:
    best = next(iter(rank_evaluations(evaluations)), None)
    return [
        evaluation.step
        for evaluation in evaluations
        if checkpoint.evaluation_folder(out, evaluation.step).is_dir()
        or (evaluation == best and (out / checkpoint.BEST).is_dir())
    ]


def _folder(out: Path, step: int) -> Path:
    """The folder with the adapter of an evaluation."""
    own = checkpoint.evaluation_folder(out, step)
    return own if own.is_dir() else out / checkpoint.BEST
