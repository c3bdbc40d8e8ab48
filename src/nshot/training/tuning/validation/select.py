"""Choosing among the adapters that a training kept: what was decided, and a second, longer look."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from nshot.artifacts.lock import alone
from nshot.artifacts.run_metadata import write_run
from nshot.errors import DataError
from nshot.training.tuning.loop import checkpoint
from nshot.training.tuning.loop.fleet import Fleet
from nshot.training.tuning.loop.state import Look, ranked, why
from nshot.training.tuning.model import go_on_from
from nshot.training.tuning.packing.packed import pack_loss
from nshot.training.tuning.recipe.recipe import Recipe
from nshot.training.tuning.train import ALONE, RUN, Watch, read_training, reopen
from nshot.training.tuning.validation.held_out import HeldOut


class Selection(NamedTuple):
    """Looks, and which of them won."""

    looks: tuple[Look, ...]
    """In the order of steps."""
    kept: frozenset[int]
    """Steps whose adapters are there."""
    why: str

    @property
    def best(self) -> Look | None:
        """The look that is ranked first."""
        return next(iter(ranked(self.looks)), None)


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
    return Selection(tuple(state.looks), frozenset(_kept(out, state.looks)), why(state.looks))


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
        recipe, tuned, material = reopen(out, watch, lambda old: _settings(old, questions))
        examine = HeldOut(material, tuned, recipe, pack_loss, watch.judge(recipe), Fleet())
        looks = []
        for look in before.looks:
            if look.step in before.kept:
                go_on_from(tuned.model, _folder(out, look.step))
                found = examine(tuned.model.eval(), look.step, lambda: False)
                assert found is not None
                looks.append(found._replace(seconds=look.seconds))
                watch.tell(looks[-1])
        chosen = Selection(tuple(looks), before.kept, why(looks))
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
            work = out / checkpoint.BEST / f".{file.name}"
            shutil.copyfile(file, work)
            work.replace(out / checkpoint.BEST / file.name)
    checkpoint.judged_again(out, chosen.looks)
    again = {"questions": questions, "looks": [look._asdict() for look in chosen.looks]}
    run = read_training(out)
    write_run(out / RUN, {**run, "best": {**best._asdict(), "why": chosen.why}, "selected_again": again})


def _kept(out: Path, looks: list[Look]) -> list[int]:
    best = next(iter(ranked(looks)), None)
    return [
        look.step
        for look in looks
        if checkpoint.look_folder(out, look.step).is_dir()
        or (look == best and (out / checkpoint.BEST).is_dir())
    ]


def _folder(out: Path, step: int) -> Path:
    """Where the adapter of a look lies."""
    own = checkpoint.look_folder(out, step)
    return own if own.is_dir() else out / checkpoint.BEST
