"""Fixtures that every room's tests may use."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

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
