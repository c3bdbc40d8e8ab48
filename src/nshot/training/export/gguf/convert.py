"""Converts with llama.cpp's own converter if it is installed, else with nshot's writer."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from nshot.errors import EngineError, FileMissingError
from nshot.training.export.gguf.write_gguf import write_gguf

NAMES = ("convert_hf_to_gguf.py", "convert-hf-to-gguf", "llama-convert-hf-to-gguf")
"""Names of llama.cpp's converter on the PATH."""
TYPES = {"float32": "f32", "float16": "f16", "bfloat16": "bf16", "q8_0": "q8_0"}
"""llama.cpp's names of dtypes."""
OURS = "nshot"


def convert(folder: Path, file: Path, dtype: str, name: str, converter: str | None = None) -> tuple[str, str]:
    """Writes the file; returns the converter's name, and why it was not llama.cpp's (or an empty
    text).

    Args:
        folder: A model of transformers with its tokenizer.
        file: The file to write.
        dtype: A key of TYPES.
        name: Name of the model, for people.
        converter: A script or a command; None: one of NAMES on the PATH, or nshot's writer if there
            is none or it refuses the model.

    Raises:
        EngineError: The given converter failed, or nshot's writer does not know this kind of model.
        FileMissingError: The given converter does not exist.
    """
    if converter is not None:
        found = shutil.which(converter) or (converter if Path(converter).is_file() else None)
        if found is None:
            raise FileMissingError("converter", converter, "give the path of convert_hf_to_gguf.py")
        _run(found, folder, file, dtype)
        return Path(found).name, ""
    why = "it is not installed"
    for known in NAMES:
        if (found := shutil.which(known)) is not None:
            try:
                _run(found, folder, file, dtype)
                return known, ""
            except EngineError as error:
                why = str(error)
                file.unlink(missing_ok=True)
                break
    write_gguf(folder, file, dtype, name)
    return OURS, why


def _run(converter: str, folder: Path, file: Path, dtype: str) -> None:
    start = [sys.executable, converter] if converter.endswith(".py") else [converter]
    command = [*start, str(folder), "--outfile", str(file), "--outtype", TYPES[dtype]]
    environment = {**os.environ, "HF_HUB_OFFLINE": "1"}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    if done.returncode or not file.is_file():
        lines = [line.strip() for line in done.stderr.splitlines() if line.strip()]
        reason = lines[-1] if lines else "no reason given"
        raise EngineError(
            f"{Path(converter).name} cannot convert this model: {reason}; use a newer "
            "one, or leave `converter` out"
        )
