"""The sample's pool, indexed once with an encoder that needs no model."""

from __future__ import annotations

from pathlib import Path

import pytest

from nshot.data import Catalog, read_pool
from nshot.retrieval import IndexConfig, build_index
from nshot.types import Example

from ..fakes import WordEncoder


@pytest.fixture(scope="session")
def catalog() -> Catalog:
    """The sample's databases."""
    return Catalog.sample()


@pytest.fixture(scope="session")
def pool() -> tuple[Example, ...]:
    """The sample's pool."""
    return read_pool("sample").examples


@pytest.fixture(scope="session")
def indexes(
    tmp_path_factory: pytest.TempPathFactory, catalog: Catalog, pool: tuple[Example, ...]
) -> dict[str, Path]:
    """The pool's index by policy: `never` and `allow`."""
    root = tmp_path_factory.mktemp("indexes")
    for policy in ("never", "allow"):
        build_index(root / policy, pool, catalog, IndexConfig(policy), encoder=WordEncoder())
    return {policy: root / policy for policy in ("never", "allow")}
