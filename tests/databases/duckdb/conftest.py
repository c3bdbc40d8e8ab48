"""DuckDB files made from scripts."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from itertools import count
from pathlib import Path

import pytest

MakeDuckdb = Callable[[str], Path]


@pytest.fixture
def make_duckdb(tmp_path: Path) -> MakeDuckdb:
    """Makes a database from a script and returns its file."""
    numbers = count()

    def make(script: str) -> Path:
        import duckdb

        path = tmp_path / f"made_{next(numbers)}.duckdb"
        with closing(duckdb.connect(str(path))) as connection:
            connection.execute(script)
        return path

    return make
