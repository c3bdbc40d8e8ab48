"""A folder with a model adapted to its user's pairs: an adapter that names its base and its index.

DIR/adapted.json              the base and the index; `--model DIR` is the base with the adapter
DIR/adapter_config.json, adapter_model.safetensors   as peft writes them
DIR/nshot.json                how the model is prompted and decoded
DIR/index/                    the pairs, shown as examples
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from nshot.artifacts import parse_json, write_text
from nshot.errors import EngineError, explain

FILE = "adapted.json"
FORMAT = 1


@dataclass(frozen=True)
class AdaptedFolder:
    """The content of `adapted.json`."""

    base: str
    """The base, as `load_base` takes it: `embedded`, a folder, a .gguf file or a hub id."""
    index: str = ""
    """Folder of the index of the pairs, relative to this one; empty if there is none."""
    format: int = FORMAT

    def write(self, folder: Path) -> None:
        """Writes `adapted.json` into the folder."""
        write_text(folder / FILE, json.dumps(asdict(self), indent=2) + "\n")


def read_adapted(folder: Path) -> AdaptedFolder | None:
    """The content of a folder's `adapted.json`; None if there is none.

    Raises:
        EngineError: The file is damaged, or of a format that this nshot does not read.
    """
    path = folder / FILE
    if not _is_file(path):
        return None
    try:
        found = AdaptedFolder(**parse_json(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise EngineError(f"{path} cannot be read ({explain(error)}); adapt the model again") from error
    if found.format != FORMAT:
        raise EngineError(
            f"{path} has format {found.format}, this nshot reads format {FORMAT}; upgrade nshot, or adapt "
            "the model again"
        )
    return found


def index_of_adapted(adapter: Path | None) -> Path | None:
    """The index of the adapted model whose adapter this is; None if it has none."""
    found = None if adapter is None else read_adapted(adapter)
    if adapter is None or found is None or not found.index:
        return None
    return adapter / found.index


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # too long for a path
        return False
