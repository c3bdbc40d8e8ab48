from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import pytest

from nshot.data import sample_dir

from ..conftest import Run

BAD_GOLD = {"question": "Who?", "query": "SELECT nobody FROM nowhere", "db_id": "bakery"}


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    """The sample cut to three rows a split, in Spider's layout; one gold query does not run."""
    folder = tmp_path / "raw"
    for split in ("train_spider", "dev"):
        rows = json.loads((sample_dir() / f"{split}.json").read_text(encoding="utf-8"))[:3]
        extra = [BAD_GOLD] if split == "train_spider" else []
        (tmp_path / "raw").mkdir(exist_ok=True)
        (folder / f"{split}.json").write_text(json.dumps(rows + extra), encoding="utf-8")
    shutil.copy(sample_dir() / "tables.json", folder)
    for db_id in ("allotment_garden", "bakery", "coffee_roastery"):
        shutil.copytree(sample_dir() / "database" / db_id, folder / "database" / db_id)
    return folder


def test_prepare_writes_the_splits_and_says_what_does_not_run(run: Run, raw: Path, tmp_path: Path) -> None:
    result = run("data", "prepare", "--from", raw, "--out", tmp_path / "out")
    assert result.status == 0
    processed = tmp_path / "out" / "processed"
    assert sorted(path.name for path in processed.iterdir()) == ["dev.csv", "manifest.json", "train.csv"]
    with (processed / "train.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 4
    assert list(rows[0]) == ["question", "schema", "query"]
    assert f"{processed / 'train.csv'}: 4 rows, 2 databases, 3 gold queries run" in result.out
    assert "gold does not run: train.csv, record 4 (bakery): no such table: nowhere" in result.err
    assert "test.json" in result.err


def test_gold_queries_need_not_be_run(run: Run, raw: Path, tmp_path: Path) -> None:
    result = run("data", "prepare", "--from", raw, "--out", tmp_path / "out", "--no-run-gold")
    assert result.status == 0
    assert "4 rows, 2 databases\n" in result.out
    assert "does not run" not in result.err


def test_the_defaults_are_data_raw(run: Run, raw: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (raw.parent / "data").mkdir()
    raw.rename(raw.parent / "data" / "raw")
    monkeypatch.chdir(raw.parent)
    assert run("data", "prepare", "--no-run-gold").status == 0
    assert (raw.parent / "data" / "raw" / "processed" / "train.csv").is_file()


def test_prepared_rows_are_a_pool(run: Run, raw: Path, tmp_path: Path) -> None:
    run("data", "prepare", "--from", raw, "--out", tmp_path)
    pool = tmp_path / "processed" / "train.csv"
    result = run("index", "build", "--pool", pool, "--databases", raw, "--encoder", "none", "--out",
                 tmp_path / "index")  # fmt: skip
    assert result.status == 0
    assert "4 examples of 2 databases" in result.out


def test_a_missing_source_names_the_cure(run: Run, tmp_path: Path) -> None:
    mistake = run("data", "prepare", "--from", tmp_path / "none", "--out", tmp_path / "out").mistake
    assert "nshot data download" in mistake
    assert not (tmp_path / "out").exists()


def test_a_folder_that_is_no_spider_is_refused(run: Run, tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    assert "photos" in run("data", "prepare", "--from", tmp_path / "photos", "--out", tmp_path).mistake


def test_download_takes_a_zip_file_at_hand_and_prepare_goes_on_from_it(
    run: Run, raw: Path, tmp_path: Path
) -> None:
    archive = shutil.make_archive(str(tmp_path / "spider"), "zip", raw.parent, "raw")
    result = run("data", "download", "--url", archive, "--out", tmp_path / "unpacked")
    assert result.status == 0, result.err
    assert "next: nshot data prepare --from" in result.out
    source = result.out.split("--from ")[1].strip()
    assert run("data", "prepare", "--from", source, "--out", tmp_path, "--no-run-gold").status == 0
    assert run("data", "prepare", "--from", archive, "--out", tmp_path, "--no-run-gold").status == 0


def test_a_broken_archive_is_refused_and_leaves_nothing(run: Run, tmp_path: Path) -> None:
    broken = tmp_path / "spider.zip"
    broken.write_bytes(b"PK\x03\x04 not really")
    assert "spider.zip" in run("data", "download", "--url", broken, "--out", tmp_path / "out").mistake
    assert not list((tmp_path / "out").rglob("*.json"))
