from __future__ import annotations

import json
import os
import pickle
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from nshot.eval.config import EvalConfig
from nshot.eval.evaluator import Evaluator
from nshot.eval.gold_cache import GoldCache
from nshot.types import Question

ROWS = ((1, "x", None, 0.5, b"\x00"),)
NAMES = "SELECT name FROM item"


@pytest.fixture
def file(shop: Path) -> Path:
    return shop / "shop" / "shop.sqlite"


def test_results_are_kept_from_one_run_to_the_next(file: Path) -> None:
    GoldCache("ignore").add(file, {NAMES: ROWS})
    GoldCache("ignore").add(file, {"SELECT 2": ROWS})
    kept = GoldCache("ignore")
    assert kept.get(file, NAMES) == kept.get(file, "SELECT 2") == ROWS
    assert kept.get(file, "SELECT 3") is None


def test_a_copy_of_a_database_has_the_same_results_and_another_way_of_reading_has_not(
    file: Path, tmp_path: Path
) -> None:
    GoldCache("ignore").add(file, {NAMES: ROWS})
    copy = shutil.copy(file, tmp_path / "copy.sqlite")
    assert GoldCache("ignore").get(Path(copy), NAMES) == ROWS
    assert GoldCache("strict").get(file, NAMES) is None


def test_a_changed_database_has_no_results(file: Path) -> None:
    os.utime(file, (1, 1))
    cache = GoldCache("ignore")
    cache.add(file, {NAMES: ROWS})
    cache.save_hashes()
    file.write_bytes(file.read_bytes() + b"\x00" * 512)
    assert GoldCache("ignore").get(file, NAMES) is None


@pytest.mark.parametrize(
    "sql", ["SELECT random()", "SELECT date('now')", "SELECT current_date", "SELECT date()"]
)
def test_what_may_change_by_itself_is_not_kept(file: Path, sql: str) -> None:
    GoldCache("ignore").add(file, {sql: ROWS})
    assert GoldCache("ignore").get(file, sql) is None


@pytest.mark.parametrize(
    ("sql", "kept"),
    [
        ("SELECT count(*) FROM recent", False),
        ("SELECT count(*) FROM Recent AS r", False),
        ('SELECT * FROM item JOIN "of recent" USING (name)', False),
        ("SELECT * FROM cheap", True),
        ("SELECT recently FROM item", True),
    ],
)
def test_gold_over_a_view_that_looks_at_the_clock_is_not_kept(file: Path, sql: str, kept: bool) -> None:
    with closing(sqlite3.connect(file)) as connection:
        connection.executescript(
            "CREATE VIEW recent AS SELECT * FROM item WHERE name > strftime('%Y', 'now');"
            'CREATE VIEW "of recent" AS SELECT name FROM RECENT;'
            "CREATE VIEW cheap AS SELECT * FROM item;"
        )
    GoldCache("ignore").add(file, {sql: ROWS})
    assert (GoldCache("ignore").get(file, sql) == ROWS) == kept


class Evil:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, ("exit 1",)


@pytest.mark.parametrize("damage", ["cut", "changed", "empty", "evil"])
def test_a_damaged_file_is_made_anew(file: Path, own_cache: Path, damage: str) -> None:
    import hashlib

    GoldCache("ignore").add(file, {NAMES: ROWS})
    (place,) = (own_cache / "eval").glob("gold-*")
    raw = place.read_bytes()
    evil = pickle.dumps({NAMES: Evil()})
    place.write_bytes(
        {
            "cut": raw[:-3],
            "changed": raw[:-3] + b"abc",
            "empty": b"",
            "evil": hashlib.sha256(evil).digest() + evil,
        }[damage]
    )
    assert GoldCache("ignore").get(file, NAMES) is None
    GoldCache("ignore").add(file, {NAMES: ROWS})
    assert GoldCache("ignore").get(file, NAMES) == ROWS


def test_a_list_of_hashes_with_a_short_entry_ended_the_evaluation(file: Path, own_cache: Path) -> None:
    found = file.stat()
    (own_cache / "eval").mkdir(parents=True)
    short = {str(file.resolve()): [found.st_size, found.st_mtime_ns]}
    (own_cache / "eval" / "hashes.json").write_text(json.dumps(short))
    assert GoldCache("ignore").get(file, NAMES) is None


def test_the_evaluator_reads_gold_from_the_cache_only_if_it_may(shop: Path, file: Path) -> None:
    question = [Question("", "shop", "q", NAMES)]
    Evaluator(shop).judge(question, [NAMES])
    GoldCache("ignore").add(file, {NAMES: (("planted",),)})
    (planted,) = Evaluator(shop).judge(question, ["SELECT 'planted'"])
    (real,) = Evaluator(shop, config=EvalConfig(cache=False)).judge(question, ["SELECT 'planted'"])
    assert (planted.ex, real.ex) == (True, False)


def test_a_cache_folder_that_cannot_be_written_is_no_error(
    shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("NSHOT_CACHE", str(tmp_path / "file"))
    (one,) = Evaluator(shop).judge([Question("", "shop", "q", NAMES)], [NAMES])
    assert one.ex


def test_no_half_written_file_is_left(file: Path, own_cache: Path) -> None:
    cache = GoldCache("ignore")
    cache.add(file, {NAMES: ROWS})
    cache.save_hashes()
    assert sorted(path.name.partition("-")[0] for path in (own_cache / "eval").iterdir()) == [
        "gold",
        "hashes.json",
    ]
