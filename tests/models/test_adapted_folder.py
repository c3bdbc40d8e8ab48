"""The folder that `--model DIR` takes: its base, its adapter, its index."""

from __future__ import annotations

from pathlib import Path

import pytest

from nshot.errors import EngineError
from nshot.generation import EngineConfig
from nshot.models import AdaptedFolder, index_of_adapted, read_adapted
from nshot.pipeline import PipelineConfig


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    AdaptedFolder("embedded-base", "index").write(tmp_path)
    return tmp_path


def test_an_adapted_folder_is_its_base_with_its_adapter(folder: Path) -> None:
    config = EngineConfig(model=str(folder))
    assert (config.model, config.adapter) == ("embedded-base", folder)
    assert index_of_adapted(config.adapter) == folder / "index"
    other = EngineConfig(model=str(folder), adapter=folder / "elsewhere")
    assert (other.model, other.adapter) == ("embedded-base", folder / "elsewhere")


def test_its_index_is_used_where_no_other_is_named(folder: Path) -> None:
    def index(**options: str) -> Path | None:
        return PipelineConfig.of(model=str(folder), **options).examples.index

    assert index() == folder / "index"
    assert index(pairs="mine.jsonl") == folder / "index"  # a journal goes with an index
    assert index(pairs="mine.csv") is None  # a plain file takes its place
    assert index(index="other") == Path("other")
    assert PipelineConfig.of(adapter=str(folder)).examples.index == folder / "index"


def test_other_folders_have_no_such_file(tmp_path: Path) -> None:
    assert read_adapted(tmp_path) is None
    assert EngineConfig(model=str(tmp_path)).adapter is None
    assert index_of_adapted(None) is None


@pytest.mark.parametrize(
    ("text", "message"),
    [("{", "cannot be read"), ('{"base": "x", "format": 9}', "has format 9, this nshot reads format 1")],
)
def test_a_damaged_file_is_told(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "adapted.json").write_text(text)
    with pytest.raises(EngineError, match=message):
        EngineConfig(model=str(tmp_path))
