"""The sample's questions and an index over them without vectors."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from nshot.data import Catalog, read_pool
from nshot.index import ExampleIndex
from nshot.prompting import PromptConfig
from nshot.retrieval import IndexConfig, build_index
from nshot.training.data import RowConfig, SftConfig, Weights
from nshot.types import Question


def shots(*counts: int) -> Weights[int]:
    """Each as likely."""
    return Weights(counts, (1.0,) * len(counts))


def contexts(*names: str) -> Weights[str]:
    """Each as likely."""
    return Weights(names, (1.0,) * len(names))


def keyword(**settings: object) -> SftConfig:
    """A configuration for an index without vectors."""
    own = {name: settings.pop(name) for name in ("retrieval", "prompt", "template") if name in settings}
    values = {name: str(value) if isinstance(value, Weights) else value for name, value in settings.items()}
    rows = RowConfig(**{"shots": 0, "strategies": ("keyword",), "same_db": "never", **values})  # type: ignore[arg-type]
    if "template" in own:
        own["prompt"] = replace(own.get("prompt", PromptConfig()), template=own.pop("template"))  # type: ignore[type-var]
    return SftConfig(rows, **own)  # type: ignore[arg-type]


@pytest.fixture(scope="session")
def catalog() -> Catalog:
    return Catalog.sample()


@pytest.fixture(scope="session")
def questions() -> list[Question]:
    """Every fourth question of the sample's pool, solved."""
    return [Question(one.question, one.db_id, one.id, one.sql) for one in read_pool("sample").examples[::4]]


@pytest.fixture(scope="session")
def index_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of the whole pool; its own policy would show a question examples of its own database."""
    path = tmp_path_factory.mktemp("index") / "sample"
    config = IndexConfig("allow", encoder="none")
    build_index(path, read_pool("sample").examples, Catalog.sample(), config)
    return path


@pytest.fixture(scope="session")
def index(index_folder: Path) -> ExampleIndex:
    return ExampleIndex(index_folder)
