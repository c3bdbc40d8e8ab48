"""Fixtures that every room's tests may use."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from nshot import redaction

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


@pytest.fixture(autouse=True)
def secrets_of_this_test_alone() -> Iterator[None]:
    """A password of one test is masked in that test, not in the messages of those that follow."""
    before = set(redaction._concealed)
    yield
    redaction._concealed.intersection_update(before)
