"""A tuned encoder as a small folder: a LoRA adapter (peft) for an existing encoder.

    DIR/encoder.json              the base by name and fingerprint, the text it was trained on, this
    format DIR/adapter_config.json       peft's DIR/adapter_model.safetensors a few hundred kB
    DIR/run.json, DIR/README.md   how it was made; they do not affect the vectors

The adapter is merged into the base's matrices on loading, so it encodes as fast as the base.
LoRA: https://arxiv.org/abs/2106.09685.
"""

from __future__ import annotations

import hashlib
import json
import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from nshot.artifacts import parse_json
from nshot.errors import EncoderMismatchError, EngineError

FILE = "encoder.json"
WEIGHTS = "adapter_model.safetensors"
PEFT_CONFIG = "adapter_config.json"
FORMAT = 1


@dataclass(frozen=True)
class AdapterInfo:
    """The content of `encoder.json`."""

    base: str
    """Name or folder of the base encoder."""
    base_fingerprint: str
    """Fingerprint of the base that it was trained on; it cannot be used on another base."""
    text: str
    """The texts that it was trained on: `question`, `masked` or `both`."""
    format: int = FORMAT

    def to_json(self) -> str:
        """Indented JSON."""
        return json.dumps(asdict(self), indent=2) + "\n"


def find_adapter(folder: Path, which: str = "best") -> Path:
    """The folder of an adapter: the given one, or inside the folder of a training the one named.

    Args:
        folder: Of an adapter, or of a training.
        which: The adapter of a training: `best`, or `last`.
    """
    inside = folder / which
    is_training = not (folder / PEFT_CONFIG).is_file() and (inside / PEFT_CONFIG).is_file()
    return inside if is_training else folder


def is_adapted(folder: Path) -> bool:
    """Whether the folder holds an adapter rather than a whole encoder."""
    return (folder / FILE).is_file()


def read_info(folder: Path) -> AdapterInfo:
    """The content of `encoder.json`.

    Raises:
        EngineError: It is damaged or of a format that this nshot does not read, or the weights are
            missing.
    """
    path = folder / FILE
    try:
        record = parse_json(path.read_text(encoding="utf-8"))
        info = AdapterInfo(**record)
    except (OSError, ValueError, TypeError) as error:
        raise EngineError(f"{path} is not an encoder's description ({error}); train it again") from error
    if info.format != FORMAT:
        raise EngineError(
            f"{path} has format {info.format}, this nshot reads format {FORMAT}; upgrade nshot, or train "
            "again"
        )
    missing = [name for name in (WEIGHTS, PEFT_CONFIG) if not (folder / name).is_file()]
    if missing:
        raise EngineError(
            f"the encoder in {folder} lacks {', '.join(missing)}; copy it whole, or train again"
        )
    return info


def fingerprint(folder: Path, base_fingerprint: str) -> str:
    """SHA-256 over the adapter and its base.

    Raises:
        EncoderMismatchError: The available base is not the one that the adapter was trained on.
    """
    check_base(folder, read_info(folder), base_fingerprint)
    digest = hashlib.sha256(base_fingerprint.encode())
    for name in (PEFT_CONFIG, WEIGHTS):
        digest.update(hashlib.sha256((folder / name).read_bytes()).digest())
    return digest.hexdigest()


def check_base(folder: Path, info: AdapterInfo, base_fingerprint: str) -> None:
    """Check that the available base is the one that the adapter was trained on.

    Raises:
        EncoderMismatchError: It is another one.
    """
    if info.base_fingerprint != base_fingerprint:
        raise EncoderMismatchError(
            f"the encoder in {folder} was trained on {info.base!r} ({info.base_fingerprint[:12]}), but the "
            f"available one is {base_fingerprint[:12]}; install the same base, or train again"
        )


def merge(model: Any, folder: Path) -> Any:
    """The sentence-transformers model with the adapter merged into its matrices, in place.

    Raises:
        EngineError: The adapter does not fit the model.
    """
    from peft import PeftModel

    try:
        with silence_peft():
            tuned = PeftModel.from_pretrained(model[0].auto_model, str(folder), local_files_only=True)
    except (OSError, ValueError, RuntimeError, KeyError) as error:
        raise EngineError(
            f"cannot load the encoder in {folder}: {error}; copy it again, or train it again"
        ) from error
    tuned.merge_and_unload()
    return model.eval()


@contextmanager
def silence_peft() -> Iterator[None]:
    """Suppress two warnings of peft that the user cannot act on.

    peft uses a property that transformers is about to rename, and bitsandbytes, which it imports,
    misses kernels for 4-bit weights, which an encoder's adapter does not use.
    """
    logger = logging.getLogger("bitsandbytes.backends.cpu.ops")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", ".*is_gradient_checkpointing.*", FutureWarning)
            yield
    finally:
        logger.setLevel(level)


__all__ = [
    "AdapterInfo",
    "check_base",
    "find_adapter",
    "fingerprint",
    "is_adapted",
    "merge",
    "read_info",
    "silence_peft",
]
