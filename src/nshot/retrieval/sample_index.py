"""The index of the sample that ships with nshot; it is built once, in the cache folder."""

from __future__ import annotations

from pathlib import Path

from nshot.artifacts import StartStage, start_silently
from nshot.retrieval.build import IndexConfig, build_index


def sample_index_folder() -> Path:
    """The folder of the sample's index, whether it has been built yet or not."""
    from nshot import __version__
    from nshot.artifacts import cache_folder

    return cache_folder() / f"sample-index-{__version__}"


def is_fresh(folder: Path) -> bool:
    """Whether the folder holds an index of the current version of the sample."""
    from nshot.data import sample_dir

    manifest, pool = folder / "manifest.json", sample_dir() / "train_spider.json"
    return manifest.is_file() and manifest.stat().st_mtime >= pool.stat().st_mtime


def sample_index(report: StartStage = start_silently) -> Path:
    """Build the index of the sample if it is missing or outdated, and return its folder.

    Args:
        report: Receives the progress of building.
    """
    from nshot.data import Catalog, read_pool

    folder = sample_index_folder()
    if not is_fresh(folder):
        pool = read_pool("sample").examples
        build_index(folder, pool, Catalog.sample(), IndexConfig("never"), report=report)
    return folder
