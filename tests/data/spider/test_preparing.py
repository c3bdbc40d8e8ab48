from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import pytest

from nshot.data import prepare, read_pool, read_questions
from nshot.errors import DataError, FileMissingError, PoolError


def test_every_record_becomes_a_row_in_order(mini_spider: Path, tmp_path: Path) -> None:
    prepare(mini_spider, tmp_path / "out")
    train = read_questions(tmp_path / "out/processed/train.csv")
    source = [
        *read_questions(mini_spider / "train_spider.json"),
        *read_questions(mini_spider / "train_others.json"),
    ]
    assert [(q.text, q.db_id, q.sql) for q in train] == [(q.text, q.db_id, q.sql) for q in source]
    assert len(read_pool(tmp_path / "out/processed/train.csv").examples) == 4


def test_the_manifest_says_what_is_there_what_is_not_and_what_does_not_run(
    mini_spider: Path, tmp_path: Path
) -> None:
    told: list[tuple[int, int | None]] = []
    prepare(mini_spider, tmp_path, progress=lambda done, total: told.append((done, total)))
    manifest = json.loads((tmp_path / "processed/manifest.json").read_text())
    assert told == [(n, 6) for n in range(1, 7)]
    assert {split: part["rows"] for split, part in manifest["splits"].items()} == {"train": 4, "dev": 2}
    assert (manifest["splits"]["train"]["repeated"], manifest["splits"]["dev"]["gold_empty"]) == (1, 1)
    assert manifest["missing"] == ["test.json", "test_tables.json", "test_database"]
    assert manifest["databases_empty"] == ["trees"]
    (bad,) = manifest["gold_not_running"]
    assert (bad["split"], bad["row"], bad["db_id"], bad["kind"]) == ("train", 3, "trees", "error")
    assert "heigth" in bad["reason"]
    written = (tmp_path / "processed/train.csv").read_bytes()
    assert manifest["splits"]["train"]["sha256"] == hashlib.sha256(written).hexdigest()
    source = (mini_spider / "dev.json").read_bytes()
    assert manifest["inputs"]["dev.json"]["sha256"] == hashlib.sha256(source).hexdigest()


def test_a_missing_database_is_reported_and_its_rows_stay(mini_spider: Path, tmp_path: Path) -> None:
    shutil.rmtree(mini_spider / "database" / "pets")
    manifest = prepare(mini_spider, tmp_path)
    assert manifest.databases_missing == ("pets",)
    assert manifest.splits["train"].rows == 4
    assert [bad.kind for bad in manifest.gold_not_running] == ["missing", "missing", "missing", "error"] + [
        "missing"
    ] * 2


def test_the_test_split_is_made_when_its_file_is_there(mini_spider: Path, tmp_path: Path) -> None:
    shutil.copy(mini_spider / "dev.json", mini_spider / "test.json")
    shutil.copytree(mini_spider / "database" / "pets", mini_spider / "test_database" / "pets")
    assert prepare(mini_spider, tmp_path).splits["test"].rows == 2
    (mini_spider / "test.json").unlink()
    assert "test" not in prepare(mini_spider, tmp_path).splits
    assert sorted(entry.name for entry in (tmp_path / "processed").iterdir()) == [
        "dev.csv",
        "manifest.json",
        "train.csv",
    ]


def test_a_zip_with_an_outer_folder_gives_the_same(mini_spider: Path, tmp_path: Path) -> None:
    shutil.copytree(mini_spider, tmp_path / "packed" / "spider_data")
    archive = shutil.make_archive(str(tmp_path / "spider"), "zip", tmp_path / "packed")
    from_zip = prepare(archive, tmp_path / "a")
    assert from_zip.splits == prepare(mini_spider, tmp_path / "b").splits
    assert [entry.name for entry in (tmp_path / "a").iterdir()] == ["processed"]


def test_preparing_in_place_keeps_the_source(mini_spider: Path) -> None:
    before = {file: file.read_bytes() for file in mini_spider.rglob("*") if file.is_file()}
    prepare(mini_spider, mini_spider)
    assert {file: file.read_bytes() for file in before} == before
    assert prepare(mini_spider, mini_spider).splits["train"].rows == 4


def test_the_same_input_gives_the_same_bytes(mini_spider: Path, tmp_path: Path) -> None:
    for name in ("a", "b"):
        prepare(mini_spider, tmp_path / name)
    for file in (tmp_path / "a" / "processed").iterdir():
        assert file.read_bytes() == (tmp_path / "b" / "processed" / file.name).read_bytes()


def test_a_record_without_a_query_stops_before_anything_is_written(mini_spider: Path, tmp_path: Path) -> None:
    (mini_spider / "dev.json").write_text('[{"question": "q", "db_id": "pets", "query": " "}]')
    with pytest.raises(PoolError, match="1 records have no query"):
        prepare(mini_spider, tmp_path / "out")
    assert list((tmp_path / "out").iterdir()) == []


def test_a_folder_without_spider_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="expected Spider's layout"):
        prepare(tmp_path, tmp_path / "out")
    with pytest.raises(FileMissingError, match="nshot data download"):
        prepare(tmp_path / "gone", tmp_path / "out")


@pytest.mark.spider
def test_spider_comes_out_whole(spider: Path, tmp_path: Path) -> None:
    manifest = prepare(spider, tmp_path, run_gold=False)
    assert {split: part.rows for split, part in manifest.splits.items()} == {"train": 8_659, "dev": 1_034}
    assert len(read_questions(tmp_path / "processed/train.csv")) == 8_659
    assert len(read_pool(tmp_path / "processed/dev.csv").examples) == 1_034
    assert manifest.databases_missing == ()


@pytest.mark.spider
def test_the_gold_of_spider_that_does_not_run_is_listed(spider: Path, tmp_path: Path) -> None:
    manifest = prepare(spider, tmp_path)
    assert [(bad.split, bad.row, bad.db_id, bad.kind) for bad in manifest.gold_not_running] == [
        ("train", 3153, "assets_maintenance", "error"),
        ("train", 4513, "document_management", "error"),
        ("train", 4514, "document_management", "error"),
    ]
    assert manifest.splits["dev"].gold_empty == 49


@pytest.mark.parametrize("name", ["train.csv", "test.csv", "manifest.json"])
def test_files_of_others_are_never_replaced(mini_spider: Path, tmp_path: Path, name: str) -> None:
    target = tmp_path / "processed"
    target.mkdir()
    (target / name).write_text("question,schema,sql\nyears of work")
    with pytest.raises(DataError, match="was not written by nshot"):
        prepare(mini_spider, tmp_path)
    assert [(entry.name, entry.read_text()) for entry in target.iterdir()] == [
        (name, "question,schema,sql\nyears of work")
    ]


def test_what_was_prepared_before_is_replaced_unless_it_was_changed(
    mini_spider: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepare(mini_spider, tmp_path)
    monkeypatch.setenv("NSHOT_CACHE", str(tmp_path / "another-cache"))
    prepare(mini_spider, tmp_path)
    with (tmp_path / "processed" / "train.csv").open("a") as file:
        file.write("mine,too,SELECT 1\n")
    with pytest.raises(DataError, match=r"train\.csv was not written by nshot, or was changed"):
        prepare(mini_spider, tmp_path)
