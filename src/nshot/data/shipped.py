"""The small data set in Spider's format that ships inside the package."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path


def sample_dir() -> Path:
    """The sample's folder in Spider's layout: train_spider.json, dev.json, tables.json,
    database/."""
    return Path(str(files("nshot"))) / "data" / "sample"
