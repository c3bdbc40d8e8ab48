"""Pairs on two databases of the sample, and a tiny model that answers in a few tokens."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from tests.cli.conftest import run  # noqa: F401
from tests.training.tuning.tiny import write_llama

from nshot.data import Catalog, read_pool
from nshot.generation import Decoding, ModelSettings
from nshot.prompting import PromptConfig
from nshot.types import Example, Question


@pytest.fixture(scope="session")
def catalog() -> Catalog:
    return Catalog.sample()


@pytest.fixture(scope="session")
def examples() -> list[Example]:
    """26 solved questions of two databases."""
    found = read_pool("sample").examples
    return [one for db in ("bakery", "chess_club") for one in [x for x in found if x.db_id == db][:13]]


@pytest.fixture(scope="session")
def pairs(examples: list[Example]) -> list[Question]:
    return [Question(one.question, one.db_id, one.id, one.sql) for one in examples]


@pytest.fixture
def pairs_file(tmp_path: Path, examples: list[Example]) -> Path:
    path = tmp_path / "pairs.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["question", "sql", "db_id"])
        writer.writerows([one.question, one.sql, one.db_id] for one in examples)
    return path


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A whole model with settings of its own: one table in the prompt, four new tokens, one
    example.
    """
    folder = tmp_path_factory.mktemp("model") / "tiny"
    write_llama(folder)
    prompt = PromptConfig(template="compact", form="from-first", scope="relevant", max_tables=1)
    decoding = Decoding(max_new_tokens=4, method="greedy", constrain=True)
    ModelSettings(prompt, chat="off", shots=0, own_shots=1, decoding=decoding).save(folder)
    return folder
