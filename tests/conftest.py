"""Fixtures that every room's tests may use."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

os.environ.setdefault("OMP_NUM_THREADS", "1")  # workers side by side: threads of threads only wait
settings.register_profile("no-deadline", deadline=None)  # no test measures time
settings.load_profile("no-deadline")

REPO = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def repo() -> Path:
    """The checkout's root."""
    return REPO


@pytest.fixture(scope="session")
def spider() -> Path:
    """Folder of the real Spider; the test is skipped, visibly, where there is none."""
    root = Path(os.environ.get("NSHOT_SPIDER", REPO.parent / "shared" / "spider"))
    if not (root / "train_spider.json").is_file():
        pytest.skip(f"no Spider at {root} (set NSHOT_SPIDER)")
    return root
