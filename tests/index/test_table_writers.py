"""Writers of one pool at once, and writers that are killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from nshot.errors import PoolError
from nshot.index import BM25Config, Content, Entry, StoreConfig, open_store
from nshot.index.example_store import FIELDS
from nshot.index.tables.places import TableBuild, append_to_table, delete_from_table
from nshot.index.tables.table_store import TableStore
from nshot.types import Example

BATCH = 20
WRITER = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from tests.index.test_table_writers import add_batches
add_batches(Path(sys.argv[2]), sys.argv[3], int(sys.argv[4]))
"""


def make_content(name: str, count: int = BATCH) -> Content:
    """Examples `<name>-0` and so on."""
    entries = [
        Entry(Example(f"{name}-{n}", f"how many {name} {n}", f"SELECT {n}", "shop", "easy"), "", "", ())
        for n in range(count)
    ]
    tokens = {field: [entry.example.question.split() for entry in entries] for field in FIELDS}
    return Content(entries, tokens, {}, {"shop": {"tables": []}}, "never", None, bm25=BM25Config())


def open_table(path: Path) -> TableStore:
    """The store that the folder names."""
    store = open_store(path)
    assert isinstance(store, TableStore)
    return store


def add_batches(path: Path, name: str, count: int) -> None:
    """Add batches, and say so after each."""
    for at in range(count):
        append_to_table(open_table(path), make_content(f"{name}{at}"), {})
        print(at, flush=True)


def writer(path: Path, name: str, count: int) -> subprocess.Popen[str]:
    """A process that adds batches."""
    root = Path(__file__).parents[2]
    command = [sys.executable, "-c", WRITER, str(root), str(path), name, str(count)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def build_pool(folder: Path, config: StoreConfig) -> Path:
    """An index with one batch, whose examples are in that store."""
    path = folder / "index"
    path.mkdir(parents=True)
    with TableBuild(path, config) as build:
        build.add(make_content("first"))
        build.finish()
    return path


@pytest.fixture
def pool(tmp_path: Path) -> Path:
    """A pool in LanceDB with one batch."""
    pytest.importorskip("lancedb")
    return build_pool(tmp_path, StoreConfig("lancedb", str(tmp_path / "lance")))


def test_what_two_processes_add_at_once_is_there_once(pool: Path) -> None:
    before = open_table(pool)
    assert len(before) == BATCH
    writers = [writer(pool, name, 4) for name in ("left", "right")]
    assert [one.wait() for one in writers] == [0, 0]
    for one in writers:
        assert one.stdout is not None
        one.stdout.close()
    after = open_table(pool)
    ids = [entry.example.id for entry in after.entries]
    names = ["first", *(f"{side}{at}" for side in ("left", "right") for at in range(4))]
    assert sorted(ids) == sorted(f"{name}-{n}" for name in names for n in range(BATCH))
    assert [one for one in ids if one.startswith("left")] == [
        f"left{b}-{n}" for b in range(4) for n in range(BATCH)
    ]
    assert [entry.example.id for entry in before.fetch(range(BATCH))] == [f"first-{n}" for n in range(BATCH)]


def test_a_killed_writer_leaves_whole_batches(pool: Path) -> None:
    process = writer(pool, "killed", 1_000)
    assert process.stdout is not None
    acknowledged = [int(process.stdout.readline()) for _ in range(3)]
    os.kill(process.pid, signal.SIGKILL)
    acknowledged += [int(line) for line in process.stdout]
    process.wait()
    process.stdout.close()
    store = open_table(pool)
    ids = {entry.example.id for entry in store.entries}
    batches = {one.partition("-")[0] for one in ids}
    assert ids == {f"{name}-{n}" for name in batches for n in range(BATCH)}
    assert (
        {f"killed{at}" for at in acknowledged} <= batches <= {"first", *(f"killed{n}" for n in range(1_000))}
    )
    assert len(batches) - 1 - len(acknowledged) in (0, 1)
    append_to_table(store, make_content("after"), {})  # the lock of the killed one holds nobody up
    assert len(open_table(pool)) == len(ids) + BATCH


def test_an_id_that_is_there_is_refused_and_nothing_is_added(pool: Path) -> None:
    store = open_table(pool)
    new = make_content("new", 2)
    both = replace(make_content("first", 1), entries=[*new.entries, *make_content("first", 1).entries])
    with pytest.raises(PoolError, match="first-0"):
        append_to_table(store, both, {})
    assert len(open_table(pool)) == BATCH


def test_removal_leaves_the_others_in_order(pool: Path) -> None:
    store = open_table(pool)
    delete_from_table(store, ["first-3", "first-0"])
    left = [entry.example.id for entry in open_table(pool).entries]
    assert left == [f"first-{n}" for n in range(BATCH) if n not in (0, 3)]
    with pytest.raises(PoolError, match="not in the index: first-3"):
        delete_from_table(store, ["first-3"])
    with pytest.raises(PoolError, match="every example"):
        delete_from_table(store, left)
    assert [entry.example.id for entry in store.entries] == [f"first-{n}" for n in range(BATCH)]
