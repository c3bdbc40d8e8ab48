"""A tiny model in a folder, rows for it, and a recipe that trains it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from .tiny import write_llama, write_rows_file


@pytest.fixture(scope="session")
def tiny_llama(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a Llama of 2 layers and width 32, random weights."""
    folder = tmp_path_factory.mktemp("tiny") / "llama"
    write_llama(folder)
    return folder


@pytest.fixture(scope="session")
def rows_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """40 rows of 5 databases; rows of one database begin alike."""
    path = tmp_path_factory.mktemp("rows") / "train.jsonl"
    write_rows_file(path)
    return path


@pytest.fixture(scope="session")
def table(tiny_llama: Path, rows_file: Path) -> dict[str, Any]:
    """A recipe that trains the tiny model in a second or two."""
    return {
        "model": {"source": str(tiny_llama), "dtype": "float32"},
        "lora": {"rank": 4, "dropout": 0.1},
        "data": {"files": [str(rows_file)], "holdout": 1},
        "optim": {"learning_rate": 0.02, "epochs": 3, "rows_per_step": 8, "rows_per_pack": 4, "threads": 1},
        "select": {"every_steps": 4, "rows": 8},
        "save": {"every_minutes": 0.0001, "keep": 2},
    }
