"""What is set for libraries with threads when nshot is imported."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from nshot.threads import count_processors

SHOW = "import os; print(os.environ.get('OMP_WAIT_POLICY'), os.environ.get('OMP_NUM_THREADS'))"


def run(code: str, **environment: str) -> str:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("OMP_", "OPENBLAS_"))}
    done = subprocess.run(
        [sys.executable, "-c", code], env={**kept, **environment}, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


@pytest.mark.parametrize("module", ["nshot", "nshot.cli"])
def test_idle_threads_sleep_from_the_import_on(module: str) -> None:
    assert run(f"import {module}; {SHOW}").split()[0] == "PASSIVE"


def test_products_of_numpy_get_one_thread() -> None:
    show = "import os; print(os.environ.get('OPENBLAS_NUM_THREADS'))"
    assert run(f"import nshot; {show}") == "1"
    assert run(f"import nshot; {show}", OPENBLAS_NUM_THREADS="2") == "2"


def test_what_the_user_has_set_is_kept() -> None:
    found = run(f"import nshot; {SHOW}", OMP_WAIT_POLICY="ACTIVE", OMP_NUM_THREADS="7")
    assert found == "ACTIVE 7"


def test_nothing_is_set_once_a_library_has_read_it() -> None:
    # A stand-in: only whether the module is loaded matters.
    found = run(f"import sys; sys.modules['torch'] = sys; import nshot; {SHOW}")
    assert found == "None None"


@pytest.mark.parametrize(
    ("text", "expected"), [("100000 100000", 1), ("50000 100000", 1), ("1000 100000", 1)]
)
def test_a_quota_limits_the_processors(tmp_path: Path, text: str, expected: int) -> None:
    file = tmp_path / "cpu.max"
    file.write_text(text + "\n")
    assert count_processors(file) == expected


def test_a_quota_is_rounded_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)))
    file = tmp_path / "cpu.max"
    file.write_text("250000 100000\n")
    assert count_processors(file) == 3


@pytest.mark.parametrize("text", ["max 100000\n", "", None])
def test_without_a_quota_the_affinity_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str | None
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)))
    file = tmp_path / "cpu.max"
    if text is not None:
        file.write_text(text)
    assert count_processors(file) == 8
