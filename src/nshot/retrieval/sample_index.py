"""The index over the sample that ships with nshot, built once into the cache."""

from __future__ import annotations

from pathlib import Path

from nshot.artifacts import StartStage, start_silently
from nshot.retrieval.build import IndexConfig, build_index


def sample_index_folder() -> Path:
    """Where the index over the sample lies, or will lie."""
    from nshot import __version__
    from nshot.artifacts import cache_folder

    return cache_folder() / f"sample-index-{__version__}"


def is_fresh(folder: Path) -> bool:
    """Whether the folder holds the index of the sample as it is now."""
    from nshot.data import sample_dir

    manifest, pool = folder / "manifest.json", sample_dir() / "train_spider.json"
    return manifest.is_file() and manifest.stat().st_mtime >= pool.stat().st_mtime


def sample_index(report: StartStage = start_silently) -> Path:
    """The folder of the index over the sample; it is built when it is not there.

    Args:
        report: Progress of building.
    """
    from nshot.data import Catalog, read_pool

    folder = sample_index_folder()
    if not is_fresh(folder):
        pool = read_pool("sample").examples
        build_index(folder, pool, Catalog.sample(), IndexConfig("never"), report=report)
    return folder
