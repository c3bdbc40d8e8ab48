"""Predictions of published systems with the official programs' verdicts, where the machine has them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

import pytest


class PublishedSystem(NamedTuple):
    """What a system answered on Spider dev, row by row, and how the official programs judged it."""

    name: str
    gold: tuple[tuple[str, str], ...]
    """SQL and database of each row; not every system was measured on the same gold file."""
    predicted: tuple[str, ...]
    verdicts: tuple[dict[str, Any], ...]


def _lines(path: Path) -> list[str]:
    return [line.strip() for line in path.read_text(encoding="utf-8").split("\n") if line.strip()]


def _system(folder: Path) -> PublishedSystem:
    gold = tuple(tuple(line.split("\t")) for line in _lines(folder / "gold.txt"))
    predicted = tuple(line.split("\t")[0] for line in _lines(folder / "pred.txt"))
    verdicts = json.loads((folder / "verdicts.json").read_text(encoding="utf-8"))["examples"]
    assert len(gold) == len(predicted) == len(verdicts)
    return PublishedSystem(
        folder.name, tuple((sql, db_id) for sql, db_id in gold), predicted, tuple(verdicts)
    )


@pytest.fixture(scope="session")
def predictions(spider: Path) -> tuple[PublishedSystem, ...]:
    """All systems beside the Spider folder; the test is skipped, visibly, where there are none."""
    root = spider.resolve().parent / "predictions"
    folders = sorted(file.parent for file in root.glob("*/verdicts.json"))
    if not folders:
        pytest.skip(f"no predictions with verdicts at {root}")
    return tuple(_system(folder) for folder in folders)
