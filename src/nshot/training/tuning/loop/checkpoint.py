"""A training on disk: one file from which a killed run is resumed, and adapters that peft loads.

    DIR/run.json            recipe, data, versions, commit, the best step and why DIR/history.csv
    one line for each step DIR/evaluations.csv     one line for each evaluation on held-out rows
    DIR/last/               the newest adapter, and state.pt: float32 weights, AdamW, place, time
    DIR/best/               the adapter of the best evaluation; nshot.json beside it has its
    settings DIR/evaluations/step-000120/  adapters of the evaluations ranked first

All writes are atomic. `last/state.pt` alone decides where a run continues.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from nshot.artifacts import make_folder, replacing, write_text
from nshot.errors import DataError
from nshot.generation import ModelSettings
from nshot.models import PEFT_CONFIG, WEIGHTS, first_line
from nshot.training.tuning.loop.state import EvalResult, State, rank_evaluations

STATE = "state.pt"
LAST, BEST, EVALUATIONS = "last", "best", "evaluations"


def save(out: Path, state: State, model: Any, settings: ModelSettings | None = None) -> None:
    """Writes `last/`: the state atomically, then the adapter with its model settings."""
    import torch

    folder = out / LAST
    make_folder(folder)
    # Plain tuples and tensors, no classes: `load` reads with weights_only, which runs no code of the file.
    content = {**vars(state), "evaluations": [tuple(evaluation) for evaluation in state.evaluations]}
    # The state before the adapter: a kill in between leaves an older adapter beside a newer state, and the
    # adapter is made again from the state when the run goes on.
    with replacing(folder / STATE) as work:
        torch.save(content, work)
    save_adapter(folder, model, settings)


def is_there(out: Path) -> bool:
    """Whether a training has a state to resume from.

    Raises:
        DataError: The state is missing although adapters were written after it.
    """
    if (out / LAST / STATE).is_file():
        return True
    if lone := [folder for folder in (LAST, BEST) if (out / folder / WEIGHTS).is_file()]:
        raise DataError(
            f"{out / LAST / STATE} is missing, so the training in {out} cannot be resumed; its adapters "
            f"({', '.join(lone)}) can be used as they are, or start a new training from one by [lora] start"
        )
    return False


def load(out: Path) -> State | None:
    """The state of a training; None where there is none yet.

    Raises:
        DataError: The file is damaged, or it is missing although its adapters exist.
    """
    import torch

    path = out / LAST / STATE
    if not is_there(out):
        return None
    try:
        state = State(**torch.load(path, weights_only=True, map_location="cpu"))
        return replace(state, evaluations=[EvalResult(*evaluation) for evaluation in state.evaluations])
    except Exception as error:  # the unpickler raises whatever the bytes lead it to
        raise DataError(
            f"{path} is damaged ({first_line(error)}); start the training again in another folder. The "
            f"adapters in {out / BEST} and {out / EVALUATIONS} can be used as they are"
        ) from error


def replace_evaluations(out: Path, evaluations: Sequence[EvalResult]) -> None:
    """Replaces the evaluations in the state, so that a resumed training ranks by the new ones."""
    import torch

    path = out / LAST / STATE
    content = torch.load(path, weights_only=True, map_location="cpu")
    content["evaluations"] = [tuple(evaluation) for evaluation in evaluations]
    with replacing(path) as work:
        torch.save(content, work)


def save_adapter(folder: Path, model: Any, settings: ModelSettings | None = None) -> None:
    """Writes the adapter in peft's format and its own precision, with its model settings beside
    it."""
    from peft import get_peft_model_state_dict
    from safetensors.torch import save_file

    make_folder(folder)
    config = model.peft_config["default"].to_dict() | {"inference_mode": True}
    text = json.dumps(config, indent=2, default=sorted, sort_keys=True) + "\n"
    write_text(folder / PEFT_CONFIG, text)
    found = get_peft_model_state_dict(model, save_embedding_layers=False)  # "auto" asks the hub
    tensors = {name: tensor.detach().contiguous().cpu() for name, tensor in found.items()}
    with replacing(folder / WEIGHTS) as work:
        save_file(tensors, work, metadata={"format": "pt"})
    if settings is not None:
        settings.save(folder)


def keep_evaluation(
    out: Path, evaluations: list[EvalResult], model: Any, keep: int, settings: ModelSettings | None = None
) -> None:
    """Keeps the adapter of the newest evaluation if it ranks: in `best/`, and among the first
    `keep`.
    """
    order = [evaluation.step for evaluation in rank_evaluations(evaluations)]
    newest = evaluations[-1].step
    if newest in order[:keep]:
        save_adapter(evaluation_folder(out, newest), model, settings)
    if order and newest == order[0]:
        save_adapter(out / BEST, model, settings)
    # Written first, removed after: a kill in between leaves one adapter too many, never one too few.
    for step in order[keep:]:
        shutil.rmtree(evaluation_folder(out, step), ignore_errors=True)


def evaluation_folder(out: Path, step: int) -> Path:
    """The folder for the adapter of an evaluation while it ranks among the first."""
    return out / EVALUATIONS / f"step-{step:06d}"
