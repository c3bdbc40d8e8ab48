"""What commands share."""

from __future__ import annotations

from pathlib import Path

import pytest

from nshot.cli import wiring


def test_the_word_sample_names_the_index_of_the_sample(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wiring, "sample_index", lambda: Path("built"))
    assert wiring.index_folder(None) == wiring.index_folder(Path("sample")) == Path("built")
    assert wiring.index_folder(Path("runs/index")) == Path("runs/index")
