"""Some texts of `benchmarks/sql/fuzz.py`; the whole run has 40,000."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from nshot.data import Catalog, read_pool


@pytest.fixture(scope="module")
def fuzz(repo: Path) -> ModuleType:
    """The benchmark as a module."""
    found = importlib.util.spec_from_file_location("fuzz", repo / "benchmarks" / "sql" / "fuzz.py")
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


def test_hostile_texts_end_in_errors_of_ours_and_in_time(fuzz: ModuleType) -> None:
    examples, catalog = read_pool("sample").examples, Catalog.sample()
    assert fuzz.check(120, 3, examples, catalog) == []
    assert fuzz.run(80, 3, examples, catalog) == []


def test_the_same_seed_makes_the_same_texts(fuzz: ModuleType) -> None:
    examples = read_pool("sample").examples
    first, again, other = (list(fuzz.make_texts(50, seed, examples)) for seed in (1, 1, 2))
    assert first == again != other


def test_a_traceback_and_a_slow_text_are_faults(fuzz: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: str) -> None:
        raise IndexError

    monkeypatch.setattr(fuzz, "readers", lambda *_: [("fails", fail)] * 2)
    monkeypatch.setattr(fuzz, "SECONDS", -1.0)
    faults = fuzz.check(1, 0, read_pool("sample").examples, Catalog.sample())
    assert sum("IndexError" in fault for fault in faults) == 4
    assert sum(" s: " in fault for fault in faults) == 4
