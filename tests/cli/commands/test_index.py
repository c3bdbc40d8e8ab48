from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest
from tests.fakes import WordEncoder

from nshot.index import ExampleIndex, open_store, read_manifest
from nshot.retrieval import IndexConfig, build_index

from ..conftest import Result, Run

BROKEN = """\
question,sql,db_id
How many products are there?,SELECT count(*) FROM product,shop
,SELECT name FROM product,shop
Which are dear?,SELEC name FORM product,shop
Drop it!,DROP TABLE product,shop
too,many,fields,here
"What costs 3.5?",SELECT name FROM product WHERE price = 3.5,shop
"""
BAD_LINES = {3: "question is empty", 4: "SELEC", 5: "SELECT", 6: "expected 3 fields, got 4"}


@pytest.fixture
def broken_pool(tmp_path: Path) -> Path:
    path = tmp_path / "broken.csv"
    path.write_text(BROKEN, encoding="utf-8")
    return path


def build(run: Run, pool: object, out: Path, *options: object) -> Result:
    return run("index", "build", "--pool", pool, "--out", out, "--encoder", "none", *options)


def ids(index: Path) -> list[str]:
    return [entry.example.id for entry in ExampleIndex(index).entries]


def test_bad_rows_are_listed_with_line_and_reason_and_the_good_ones_go_on(
    run: Run, broken_pool: Path, databases: Path, tmp_path: Path
) -> None:
    result = build(run, broken_pool, tmp_path / "index", "--databases", databases)
    assert result.status == 0
    listed = [line for line in result.err.splitlines() if line.startswith("left out: ")]
    assert len(listed) == len(BAD_LINES)
    for message, (line, reason) in zip(listed, BAD_LINES.items(), strict=True):
        assert message.startswith(f"left out: broken.csv:{line}: ")
        assert reason in message
    assert "2 of 6 rows are good" in result.err
    assert "2 examples of 1 databases" in result.out
    questions = [entry.example.question for entry in ExampleIndex(tmp_path / "index").entries]
    assert questions == ["How many products are there?", "What costs 3.5?"]


def test_a_place_that_is_not_ours_is_refused_before_the_pool_is_read(
    run: Run, broken_pool: Path, tmp_path: Path
) -> None:
    place = tmp_path / "app"
    place.mkdir()
    (place / "manifest.json").write_text('{"name": "my web app"}')
    result = build(run, broken_pool, place)
    assert "belongs to another program" in result.mistake
    assert "left out" not in result.err


def test_strict_stops_at_bad_rows_and_lists_them(run: Run, broken_pool: Path, tmp_path: Path) -> None:
    result = build(run, broken_pool, tmp_path / "index", "--strict")
    assert result.status == 1
    assert "4 problems in 6 rows" in result.err
    assert all(f"broken.csv:{line}: " in result.err for line in BAD_LINES)
    assert not (tmp_path / "index").exists()


def test_a_pool_without_a_good_row_makes_no_index(run: Run, tmp_path: Path) -> None:
    pool = tmp_path / "bad.csv"
    pool.write_text("question,sql,db_id\n,,\n")
    assert "no example that can be used" in build(run, pool, tmp_path / "index").mistake


def test_unusual_column_names_are_mapped(run: Run, tmp_path: Path) -> None:
    pool = tmp_path / "pool.csv"
    pool.write_text("frage;antwort;basis\nWie viele Äpfel?;SELECT count(*) FROM product;shop\n")
    asked_for = build(run, pool, tmp_path / "index").mistake
    assert "columns found: frage, antwort, basis" in asked_for
    mapped = ("--columns", "question=frage,sql=antwort,db_id=basis")
    assert build(run, pool, tmp_path / "index", *mapped).status == 0
    (entry,) = ExampleIndex(tmp_path / "index").entries
    assert (entry.example.question, entry.example.db_id) == ("Wie viele Äpfel?", "shop")


def test_a_wrong_column_map_is_refused(run: Run, own_pool: Path, tmp_path: Path) -> None:
    mistake = build(run, own_pool, tmp_path / "index", "--columns", "colour=red").mistake
    assert "ROLE=COLUMN" in mistake
    assert "question" in mistake


def test_repeated_rows_stay_with_a_note_unless_dedupe(run: Run, tmp_path: Path) -> None:
    pool = tmp_path / "pool.csv"
    pool.write_text("question,sql,db_id\n" + "How many?,SELECT 1,shop\n" * 2)
    result = build(run, pool, tmp_path / "index")
    assert "note: pool.csv:3: repeats line 2" in result.err
    assert len(ids(tmp_path / "index")) == 2
    assert build(run, pool, tmp_path / "index", "--dedupe").status == 0
    assert len(ids(tmp_path / "index")) == 1


@pytest.mark.parametrize("ending", ["json", "jsonl", "parquet"])
def test_other_formats_of_a_pool_are_read(run: Run, tmp_path: Path, ending: str) -> None:
    rows = [{"question": "How many?", "query": "SELECT 1", "db_id": "shop", "id": "a"}]
    pool = tmp_path / f"pool.{ending}"
    if ending == "parquet":
        import pyarrow as pa
        import pyarrow.parquet as pq

        pq.write_table(pa.Table.from_pylist(rows), pool)
    else:
        pool.write_text(json.dumps(rows if ending == "json" else rows[0]))
    assert build(run, pool, tmp_path / "index").status == 0
    assert ids(tmp_path / "index") == ["a"]


def test_several_files_make_one_pool(run: Run, own_pool: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.csv"
    other.write_text(
        "question,sql,db_id\nHow many rows?,SELECT count(*) FROM product,shop\n", encoding="utf-8"
    )
    result = build(run, own_pool, tmp_path / "index", "--pool", other)
    assert result.status == 0, result.err
    alone = build(run, own_pool, tmp_path / "alone")
    assert alone.status == 0
    assert ids(tmp_path / "index") == [*ids(tmp_path / "alone"), "other-e554517e3c"]


def test_one_file_twice_is_refused(run: Run, own_pool: Path, tmp_path: Path) -> None:
    result = build(run, own_pool, tmp_path / "index", "--pool", own_pool)
    assert result.status == 1
    assert "is in another file, too; give each row an id of its own, or name each file once" in result.err
    assert not (tmp_path / "index").exists()


def test_an_own_pool_may_show_its_own_database(run: Run, own_pool: Path, tmp_path: Path) -> None:
    result = build(run, own_pool, tmp_path / "index")
    assert "same_db allow" in result.err
    assert read_manifest(tmp_path / "index").same_db == "allow"


def test_the_sample_may_not(run: Run, tmp_path: Path) -> None:
    assert build(run, "sample", tmp_path / "index").status == 0
    assert read_manifest(tmp_path / "index").same_db == "never"


def test_a_pool_with_the_names_of_spiders_databases_may_not(run: Run, tmp_path: Path) -> None:
    names = ("concert_singer", "pets_1", "car_1", "flight_2", "world_1", "geo")
    pool = tmp_path / "spider.csv"
    rows = (f"How many in {name}?,{name},SELECT count(*) FROM t\n" for name in names)
    pool.write_text("question,schema,query\n" + "".join(rows))
    assert build(run, pool, tmp_path / "index").status == 0
    assert read_manifest(tmp_path / "index").same_db == "never"


def test_the_policy_can_be_said(run: Run, own_pool: Path, tmp_path: Path) -> None:
    assert build(run, own_pool, tmp_path / "index", "--same-db", "never").status == 0
    assert read_manifest(tmp_path / "index").same_db == "never"
    mistake = build(run, own_pool, tmp_path / "index", "--same-db", "perhaps").mistake
    assert "never, allow" in mistake


def test_examples_without_a_schema_are_counted(run: Run, own_pool: Path, tmp_path: Path) -> None:
    result = build(run, own_pool, tmp_path / "index")
    assert "4 of 4 rows are good" in result.err
    assert "4 examples were masked without a schema" in result.err


def test_questions_on_the_samples_databases_are_masked_with_their_schemas(run: Run, tmp_path: Path) -> None:
    pool, rows = tmp_path / "pool.csv", ("coffee_roastery", "elsewhere")
    lines = (f"How many farms?,SELECT count(*) FROM farms,{db_id}\n" for db_id in rows)
    pool.write_text("question,sql,db_id\n" + "".join(lines))
    assert "1 examples were masked without a schema" in build(run, pool, tmp_path / "index").err
    entries = open_store(tmp_path / "index").entries
    assert [one.masked for one in entries] == ["how many [table] ? [one-table]", "how many farms ?"]


def test_rows_of_a_database_that_is_not_there_are_left_out(
    run: Run, own_pool: Path, databases: Path, tmp_path: Path
) -> None:
    (databases / "garden.sqlite").unlink()
    result = build(run, own_pool, tmp_path / "index", "--databases", databases)
    assert "left out: pool.csv:5: " in result.err
    assert "garden" in result.err
    assert "3 of 4 rows are good" in result.err


def test_rows_that_name_no_database_get_the_one_that_is_said(run: Run, tmp_path: Path) -> None:
    pool = tmp_path / "pool.csv"
    pool.write_text("question,sql\nHow many?,SELECT 1\n")
    assert "db_id" in build(run, pool, tmp_path / "index").mistake
    assert build(run, pool, tmp_path / "index", "--db-id", "shop").status == 0
    (entry,) = ExampleIndex(tmp_path / "index").entries
    assert entry.example.db_id == "shop"


def test_a_missing_folder_of_databases_is_named(run: Run, own_pool: Path, tmp_path: Path) -> None:
    missing = tmp_path / "nowhere"
    assert str(missing) in build(run, own_pool, tmp_path / "index", "--databases", missing).mistake


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--bm25", "elastic"), "rank-bm25"),
        (("--variant", "magic"), "lucene"),
        (("--vectors", "annoy"), "hnsw"),
    ],
)
def test_unknown_settings_list_the_known_ones(
    run: Run, own_pool: Path, tmp_path: Path, options: tuple[str, str], message: str
) -> None:
    mistake = build(run, own_pool, tmp_path / "index", *options).mistake
    assert options[1] in mistake
    assert message in mistake


def test_an_encoder_that_is_not_here_is_named_with_the_cure(run: Run, own_pool: Path, tmp_path: Path) -> None:
    result = run("index", "build", "--pool", own_pool, "--out", tmp_path / "index", "--encoder", "no-such")
    assert "'no-such'" in result.mistake
    assert "all-MiniLM-L6-v2" in result.mistake


def test_a_folder_with_other_things_is_not_overwritten(run: Run, own_pool: Path, tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "thesis.txt").write_text("years of work")
    assert "thesis.txt" in build(run, own_pool, tmp_path / "home").mistake
    assert [path.name for path in (tmp_path / "home").iterdir()] == ["thesis.txt"]


def test_build_replaces_the_index_that_is_there(run: Run, own_index: Path, tmp_path: Path) -> None:
    pool = tmp_path / "other.csv"
    pool.write_text("id,question,sql,db_id\nx,How many?,SELECT 1,shop\n")
    assert build(run, pool, own_index).status == 0
    assert ids(own_index) == ["x"]


def test_add_puts_new_examples_behind_the_old(run: Run, own_index: Path, databases: Path,
                                              tmp_path: Path) -> None:  # fmt: skip
    more = tmp_path / "more.csv"
    more.write_text("id,question,sql,db_id\ns-5,What is the mean price?,SELECT avg(price) FROM product,shop\n"
                    "bad,,SELECT 1,shop\n")  # fmt: skip
    result = run("index", "add", own_index, "--pool", more, "--databases", databases)
    assert result.status == 0
    assert "left out: more.csv:3: question is empty" in result.err
    assert "5 examples" in result.out
    assert ids(own_index) == ["s-1", "s-2", "s-3", "s-4", "s-5"]
    found = run("retrieve", "the mean price", "--index", own_index, "--strategy", "keyword", "--json").json
    assert found["candidates"][0]["id"] == "s-5"


def test_add_refuses_ids_that_are_taken(run: Run, own_index: Path, own_pool: Path) -> None:
    assert "s-1" in run("index", "add", own_index, "--pool", own_pool).mistake
    assert len(ids(own_index)) == 4


def test_remove_takes_examples_out(run: Run, own_index: Path) -> None:
    result = run("index", "remove", own_index, "s-2", "s-4")
    assert "2 examples of 1 databases" in result.out
    assert ids(own_index) == ["s-1", "s-3"]


def test_remove_of_an_unknown_id_changes_nothing(run: Run, own_index: Path) -> None:
    assert "s-99" in run("index", "remove", own_index, "s-1", "s-99").mistake
    assert len(ids(own_index)) == 4


def test_info_says_what_an_index_holds(run: Run, own_index: Path) -> None:
    message = run("index", "info", own_index).out
    assert "4 examples of 2 databases" in message
    assert "encoder none" in message
    assert "same_db allow" in message
    assert run("index", "info", own_index, "--json").json["count"] == 4


def test_verify_finds_a_whole_index_whole(run: Run, own_index: Path) -> None:
    result = run("index", "verify", own_index)
    assert result.status == 0
    assert "4 examples" in result.out


def test_a_damaged_file_is_named_by_verify_and_by_retrieve(run: Run, own_index: Path) -> None:
    manifest = read_manifest(own_index)
    for name in manifest.files:
        file = own_index / manifest.data / name
        before = file.read_bytes()
        file.write_bytes(before[:-1] + bytes([before[-1] ^ 1]))
        assert name in run("index", "verify", own_index).mistake
        file.write_bytes(before)
    file = own_index / manifest.data / next(iter(manifest.files))
    file.unlink()
    for command in (("index", "verify", own_index), ("retrieve", "q", "--index", own_index)):
        assert "rebuild the index" in run(*command).mistake


def test_an_index_of_a_newer_format_is_refused(run: Run, own_index: Path) -> None:
    newer = dataclasses.replace(read_manifest(own_index), format=99)
    (own_index / "manifest.json").write_text(newer.to_json())
    assert "upgrade nshot" in run("index", "info", own_index).mistake


def test_verify_names_an_encoder_that_is_gone(run: Run, own_pool: Path, tmp_path: Path) -> None:
    from nshot.data import Catalog, read_pool

    pool = read_pool(own_pool).examples
    build_index(tmp_path / "index", pool, Catalog(), IndexConfig(), encoder=WordEncoder("gone"))
    assert "'gone'" in run("index", "verify", tmp_path / "index").mistake


def test_the_policy_of_each_pool_is_kept_and_told(
    run: Run, own_pool: Path, databases: Path, tmp_path: Path
) -> None:
    index = tmp_path / "both"
    built = run("index", "build", "--pool", "sample", "--encoder", "none", "--out", index)
    assert "same_db never" in built.out
    more = ("--pool", own_pool, "--databases", databases)
    added = run("index", "add", index, *more)
    assert added.status == 0, added.err
    assert "same_db allow for 4 examples of your own, never for the other" in added.out
    asked = ("retrieve", "How many products?", "--db", databases / "shop" / "shop.sqlite", "--index", index)
    found = run(*asked, "--strategy", "keyword", "-k", 3, "--json").json
    assert "shop" in {candidate["db_id"] for candidate in found["candidates"]}
    other = run(
        "retrieve",
        "How many plots have a shed?",
        "--db",
        "allotment_garden",
        "--index",
        index,
        *asked[6:],
        "--strategy",
        "keyword",
        "-k",
        400,
        "--json",
    ).json
    assert "allotment_garden" not in {candidate["db_id"] for candidate in other["candidates"]}
    closed = run("index", "add", index, *more, "--same-db", "never")
    assert closed.status == 1  # the ids are there already


@pytest.mark.parametrize("store", ["lancedb", "milvus"])
def test_an_index_in_another_store_is_used_like_a_folder(
    run: Run, own_pool: Path, tmp_path: Path, store: str
) -> None:
    pytest.importorskip("lancedb" if store == "lancedb" else "milvus_lite")
    url, index = tmp_path / "pool.db", tmp_path / "index"
    built = build(run, own_pool, index, "--store", store, "--store-url", url)
    assert built.status == 0, built.err
    assert f"in {store} {url}" in built.out
    before = open_store(index).entries[0].example
    more = tmp_path / "more.csv"
    more.write_text("id,question,sql,db_id\nnew-1,How many?,SELECT 1,shop\n", encoding="utf-8")
    assert run("index", "add", index, "--pool", more).status == 0
    again = run("index", "add", index, "--pool", more)
    assert again.status != 0
    assert "new-1" in again.err
    info = json.loads(run("index", "info", index, "--json").out)
    assert info["store"] == {"kind": store, "url": str(url)}
    asked = run("retrieve", before.question, "--index", index, "--strategy", "keyword", "-k", 1, "--json")
    assert f'"{before.id}"' in asked.out, asked.err
    assert run("index", "remove", index, "new-1").status == 0
    assert "all readable" in run("index", "verify", index).out
    assert len(open_store(index)) == info["count"] - 1
    over = build(run, own_pool, index)
    assert (over.status, read_manifest(index).store) == (0, None)


def test_a_store_without_a_place_is_refused(run: Run, own_pool: Path, tmp_path: Path) -> None:
    result = build(run, own_pool, tmp_path / "index", "--store", "lancedb")
    assert result.status == 1
    assert "give --store-url" in result.err
