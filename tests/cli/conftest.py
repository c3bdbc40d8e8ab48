"""The command line run in this process, a user's own shop, and a model that says what a test
wants."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from nshot.cli import main
from nshot.data import Catalog, read_pool
from nshot.retrieval import IndexConfig, build_index

from .model_server import FakeModel, serving

OWN_POOL = """\
id,question,sql,db_id
s-1,How many products are there?,SELECT count(*) FROM product,shop
s-2,Which products cost more than 5?,SELECT name FROM product WHERE price > 5,shop
s-3,What is the cheapest product?,SELECT name FROM product ORDER BY price LIMIT 1,shop
s-4,How many plots are there?,SELECT count(*) FROM plot,garden
"""


class Result(NamedTuple):
    """What one command left behind."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """stdout as one JSON value."""
        return json.loads(self.out)

    @property
    def lines(self) -> list[Any]:
        """stdout as JSONL."""
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def mistake(self) -> str:
        """The one line of an error of the user."""
        assert self.status == 1, self
        (line,) = self.err.splitlines()[-1:]
        assert line.startswith("error: "), self.err
        assert "Traceback" not in self.err
        return line


Run = Callable[..., Result]


@pytest.fixture
def run(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> Callable[..., Result]:
    """`run("index", "info", folder)` is `nshot index info FOLDER`, with a cache and data of its
    own.
    """
    monkeypatch.setenv("NSHOT_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("NSHOT_DATA", str(tmp_path / "data"))

    def call(*arguments: object) -> Result:
        monkeypatch.setattr("sys.argv", ["nshot", *map(str, arguments)])
        capfd.readouterr()
        with pytest.raises(SystemExit) as left:
            main()
        out, err = capfd.readouterr()
        return Result(int(left.value.code or 0), out, err)

    return call


@pytest.fixture(scope="session")
def sample_index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample's pool, indexed without vectors; not to be changed."""
    path = tmp_path_factory.mktemp("index") / "sample"
    config = IndexConfig("never", encoder="none")
    build_index(path, read_pool("sample").examples, Catalog.sample(), config)
    return path


@pytest.fixture
def own_pool(tmp_path: Path) -> Path:
    """A CSV file as a user may have it, without faults."""
    path = tmp_path / "pool.csv"
    path.write_text(OWN_POOL, encoding="utf-8")
    return path


@pytest.fixture
def own_index(run: Run, own_pool: Path, databases: Path, tmp_path: Path) -> Path:
    """The index of the user's own pool, built by the command."""
    path = tmp_path / "own-index"
    built = run(
        "index", "build", "--pool", own_pool, "--databases", databases, "--encoder", "none", "--out", path
    )
    assert built.status == 0, built.err
    return path


@pytest.fixture
def databases(tmp_path: Path) -> Path:
    """A folder with the databases of the user's own shop and garden."""
    folder = tmp_path / "databases"
    (folder / "shop").mkdir(parents=True)
    with closing(sqlite3.connect(folder / "shop" / "shop.sqlite")) as connection:
        connection.execute("CREATE TABLE product (id INTEGER PRIMARY KEY, name TEXT, price REAL)")
        rows = [("Apfelküchle", 3.5), ("東京 soap", 7.0), ("pear", 1.25)]
        connection.executemany("INSERT INTO product (name, price) VALUES (?, ?)", rows)
        connection.commit()
    with closing(sqlite3.connect(folder / "garden.sqlite")) as connection:
        connection.execute("CREATE TABLE plot (id INTEGER PRIMARY KEY)")
    return folder


@pytest.fixture
def shop(databases: Path) -> Path:
    """The database file of the shop."""
    return databases / "shop" / "shop.sqlite"


@pytest.fixture(scope="session")
def _server() -> Iterator[FakeModel]:
    with serving() as model:
        yield model


@pytest.fixture
def model(_server: FakeModel) -> FakeModel:
    """A model that has not been asked yet; its `url` is what `--model` takes."""
    _server.requests.clear()
    _server.says = lambda prompt: "SELECT 1"
    return _server


@pytest.fixture
def ask(run: Run, model: FakeModel, sample_index: Path, shop: Path) -> Callable[..., Result]:
    """`nshot ask` of the shop, with the fake model and examples of the sample by keyword."""

    def call(*arguments: object) -> Result:
        fixed = ("--db", shop, "--index", sample_index, "--strategy", "keyword", "--model", model.url)
        return run("ask", *fixed, *arguments)

    return call
