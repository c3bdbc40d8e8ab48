"""Choosing among the adapters that a training kept: what was decided, and a second, longer look."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from nshot.artifacts.atomic import replacing
from nshot.artifacts.lock import alone
from nshot.artifacts.run_metadata import write_run
from nshot.errors import DataError
from nshot.training.tuning.loop import checkpoint
from nshot.training.tuning.loop.distributed import Distributed
from nshot.training.tuning.loop.state import EvalResult, ranked, why
from nshot.training.tuning.model import go_on_from
from nshot.training.tuning.packing.packed import pack_loss
from nshot.training.tuning.recipe.recipe import Recipe
from nshot.training.tuning.train import ALONE, RUN, Watch, read_training, reopen
from nshot.training.tuning.validation.held_out import HeldOut


class Selection(NamedTuple):
    """Looks, and which of them won."""

    evaluations: tuple[EvalResult, ...]
    """In the order of steps."""
    kept: frozenset[int]
    """Steps whose adapters are there."""
    why: str

    @property
    def best(self) -> EvalResult | None:
        """The look that is ranked first."""
        return next(iter(ranked(self.evaluations)), None)


def selection(out: Path) -> Selection:
    """What the training in a folder saw and decided.

    Raises:
        DataError: There is no training, or it has not got to its first checkpoint.
    """
    if not (out / RUN).is_file():
        raise DataError(f"{out} holds no training; begin one with: nshot train run CONFIG --out {out}")
    state = checkpoint.load(out)
    if state is None:
        raise DataError(f"the training in {out} has no checkpoint yet; wait for it, or resume it")
    return Selection(
        tuple(state.evaluations), frozenset(_kept(out, state.evaluations)), why(state.evaluations)
    )


def select_again(out: Path, questions: int, watch: Watch = ALONE) -> Selection:
    """Look at the kept adapters with so many held-out questions; the winner goes to `best/`.

    The new looks take the place of the old ones: `selection` and a resumed training go by them.

    Raises:
        DataError: As `selection`; or no adapter was kept, the data has changed, or nothing is held out.
    """
    before = selection(out)
    if not before.kept:
        raise DataError(f"no adapter of a look was kept in {out}: nothing to choose from")
    with alone(out / RUN, "another folder"):
        recipe, tuned, training_data = reopen(out, watch, lambda old: _settings(old, questions))
        examine = HeldOut(training_data, tuned, recipe, pack_loss, watch.judge(recipe), Distributed())
        evaluations = []
        for evaluation in before.evaluations:
            if evaluation.step in before.kept:
                go_on_from(tuned.model, _folder(out, evaluation.step))
                found = examine(tuned.model.eval(), evaluation.step, lambda: False)
                assert found is not None
                evaluations.append(found._replace(seconds=evaluation.seconds))
                watch.tell(evaluations[-1])
        chosen = Selection(tuple(evaluations), before.kept, why(evaluations))
        _decide(out, chosen, questions)
    return chosen


def _settings(recipe: Recipe, questions: int) -> Recipe:
    return replace(recipe, select=replace(recipe.select, questions=questions))


def _decide(out: Path, chosen: Selection, questions: int) -> None:
    best = chosen.best
    assert best is not None
    source = _folder(out, best.step)
    if source != out / checkpoint.BEST:
        for file in sorted(source.iterdir()):
            with replacing(out / checkpoint.BEST / file.name) as work:
                shutil.copyfile(file, work)
    checkpoint.judged_again(out, chosen.evaluations)
    again = {
        "questions": questions,
        "evaluations": [evaluation._asdict() for evaluation in chosen.evaluations],
    }
    run = read_training(out)
    write_run(out / RUN, {**run, "best": {**best._asdict(), "why": chosen.why}, "selected_again": again})


def _kept(out: Path, evaluations: list[EvalResult]) -> list[int]:
    best = next(iter(ranked(evaluations)), None)
    return [
        evaluation.step
        for evaluation in evaluations
        if checkpoint.evaluation_folder(out, evaluation.step).is_dir()
        or (evaluation == best and (out / checkpoint.BEST).is_dir())
    ]


def _folder(out: Path, step: int) -> Path:
    """Where the adapter of a look lies."""
    own = checkpoint.evaluation_folder(out, step)
    return own if own.is_dir() else out / checkpoint.BEST
