"""Checkpoints between two passes, written atomically; a killed run resumes from the last one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nshot.artifacts import differences, replacing, work_prefix
from nshot.errors import DataError
from nshot.training.encoder.history import Epoch

FILE = "checkpoint.pt"
UNFINISHED = work_prefix(FILE)
"""Prefix of the name of a checkpoint that is being written; a killed run leaves such a file behind.
"""


@dataclass
class EncoderState:
    """The state that the next pass depends on; batches and dropout follow from the seed and the
    pass.
    """

    weights: dict[str, Any] = field(default_factory=dict)
    """The adapter's tensors."""
    optimizer: dict[str, Any] = field(default_factory=dict)
    memory: list[tuple[Any, Any]] = field(default_factory=list)
    """Vectors and rows of past steps, oldest first."""
    best: dict[str, Any] = field(default_factory=dict)
    """The adapter's tensors at the best pass."""
    history: list[Epoch] = field(default_factory=list)


def save(folder: Path, state: EncoderState, description: Mapping[str, Any]) -> None:
    """Writes the state atomically."""
    import torch

    content = {**vars(state), "history": [tuple(epoch) for epoch in state.history]}
    with replacing(folder / FILE) as work:
        torch.save({"state": content, "description": dict(description)}, work)


def load(folder: Path, description: Mapping[str, Any]) -> EncoderState | None:
    """The state of an unfinished run with the same description; None if there is none.

    Raises:
        DataError: The checkpoint is damaged, or has another configuration, pool or base.
    """
    import torch

    path = folder / FILE
    if not path.is_file():
        return None
    try:
        found = torch.load(path, weights_only=True)
        state = EncoderState(**found["state"])
        state.history = [Epoch(*epoch) for epoch in state.history]
    except Exception as error:  # the unpickler raises whatever the bytes lead it to
        raise DataError(f"{path} is damaged ({error}); start again with `overwrite`") from error
    changed = differences(found["description"], description)
    if changed:
        raise DataError(
            f"{folder} has an unfinished training with other settings: {'; '.join(changed[:3])}; finish it "
            "with its own settings, or start again with `overwrite`"
        )
    return state


def discard(folder: Path) -> None:
    """Removes the checkpoint of a finished run, and incomplete ones of killed runs."""
    for path in (folder / FILE, *folder.glob(f"{UNFINISHED}*")):
        path.unlink(missing_ok=True)


def is_checkpoint(path: Path) -> bool:
    """Whether a file is a checkpoint of this module, perhaps a damaged one: by the names in its
    archive.
    """
    data = path.read_bytes()
    return data.startswith(b"PK") and b"data.pkl" in data and b"description" in data
