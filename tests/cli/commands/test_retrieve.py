from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.fakes import WordEncoder

from nshot.data import read_pool, read_questions
from nshot.index import ExampleIndex
from nshot.retrieval import IndexConfig, build_index
from nshot.retrieval.leak import breaches

from ..conftest import Run

FARMS = "How many farms are there?"


def test_a_question_gives_a_table_of_examples_with_scores_and_reasons(run: Run, sample_index: Path) -> None:
    result = run("retrieve", FARMS, "--index", sample_index, "--db", "coffee_roastery", "--strategy",
                 "keyword", "-k", 2)  # fmt: skip
    assert result.status == 0
    header, *_ = [line for line in result.out.splitlines() if "score" in line]
    assert [name.strip() for name in header.strip("┃").split("┃")] == [
        "#", "score", "db", "question", "SQL", "why"
    ]  # fmt: skip
    assert "SELECT count(*)" in result.out
    assert "shares:" in result.out


def test_json_holds_the_record_with_the_reason(run: Run, sample_index: Path) -> None:
    record = run("retrieve", FARMS, "--index", sample_index, "--db", "coffee_roastery", "--strategy",
                 "keyword", "-k", 3, "--json").json  # fmt: skip
    assert record["question"] == FARMS
    assert record["db_id"] == "coffee_roastery"
    assert [candidate["rank"] for candidate in record["candidates"]] == [1, 2, 3]
    scores = [candidate["score"] for candidate in record["candidates"]]
    assert scores == sorted(scores, reverse=True)
    assert all(candidate["why"].startswith("shares") for candidate in record["candidates"])


def test_a_file_gives_one_record_for_each_question_in_input_order(
    run: Run, sample_index: Path, tmp_path: Path
) -> None:
    out = tmp_path / "new folder" / "run.jsonl"
    result = run("retrieve", "--questions", "sample", "--index", sample_index, "--strategy", "masked-keyword",
                 "-k", 3, "--out", out)  # fmt: skip
    assert (result.status, result.out) == (0, "")
    records = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    asked = read_questions("sample")
    assert [(r["id"], r["question"], r["db_id"]) for r in records] == [(q.id, q.text, q.db_id) for q in asked]
    assert all(list(record) == ["id", "question", "db_id", "candidates"] for record in records)
    keys = ["id", "db_id", "question", "sql", "score", "rank"]
    assert all(list(candidate) == keys for record in records for candidate in record["candidates"])
    assert {len(record["candidates"]) for record in records} == {3}
    pool = {example.id: example for example in read_pool("sample").examples}
    found = records[0]["candidates"][0]
    assert pool[found["id"]].sql == found["sql"]


@pytest.mark.parametrize("where", [(), ("--out", "-")])
def test_without_a_file_the_records_go_to_stdout(
    run: Run, sample_index: Path, where: tuple[str, ...]
) -> None:
    result = run("retrieve", "--questions", "sample", "--index", sample_index, "--strategy", "keyword", "-k",
                 1, *where)  # fmt: skip
    assert len(result.lines) == len(read_questions("sample"))


def test_the_pools_own_questions_are_not_shown_their_answers(run: Run, own_index: Path, own_pool: Path,
                                                             databases: Path) -> None:  # fmt: skip
    records = run("retrieve", "--questions", own_pool, "--index", own_index, "--databases", databases,
                  "--strategy", "keyword", "-k", 10).lines  # fmt: skip
    entries = {entry.example.id: entry for entry in ExampleIndex(own_index).entries}
    questions = read_questions(own_pool)
    for record, question in zip(records, questions, strict=True):
        shown = [entries[candidate["id"]] for candidate in record["candidates"]]
        assert shown
        assert breaches(question, shown, "allow", None) == []


def test_a_live_question_on_an_own_pool_meets_its_verified_pair(run: Run, own_index: Path) -> None:
    record = run("retrieve", "How many products are there?", "--index", own_index, "--db", "shop",
                 "--strategy", "keyword", "--json").json  # fmt: skip
    assert record["candidates"][0]["id"] == "s-1"


def test_the_sample_never_shows_examples_of_the_questions_own_database(run: Run, sample_index: Path) -> None:
    found = run("retrieve", "How many plots are there?", "--index", sample_index, "--db", "allotment_garden",
                "--strategy", "keyword", "-k", 1000, "--json").json["candidates"]  # fmt: skip
    assert "bakery" in {candidate["db_id"] for candidate in found}
    assert "allotment_garden" not in {candidate["db_id"] for candidate in found}


def test_k_larger_than_the_pool_gives_all_that_is_allowed(run: Run, own_index: Path) -> None:
    record = run("retrieve", FARMS, "--index", own_index, "--strategy", "random", "-k", 99, "--json").json
    assert {candidate["id"] for candidate in record["candidates"]} == {"s-1", "s-2", "s-3", "s-4"}


def test_filters_keep_only_what_passes(run: Run, sample_index: Path) -> None:
    found = run("retrieve", FARMS, "--index", sample_index, "--strategy", "keyword", "-k", 500, "--json",
                "--from-db", "bakery", "--from-db", "vet_clinic", "--difficulty", "hard").json  # fmt: skip
    entries = {entry.example.id: entry.example for entry in ExampleIndex(sample_index).entries}
    shown = [entries[candidate["id"]] for candidate in found["candidates"]]
    assert {example.db_id for example in shown} == {"bakery", "vet_clinic"}
    assert {example.difficulty for example in shown} == {"hard"}


def test_a_minimum_score_cuts_the_ranking(run: Run, sample_index: Path) -> None:
    options = ("retrieve", FARMS, "--index", sample_index, "--strategy", "keyword", "-k", 50, "--json")
    scores = [candidate["score"] for candidate in run(*options).json["candidates"]]
    limit = scores[9]
    above = [c["score"] for c in run(*options, "--min-score", limit).json["candidates"]]
    assert above == [score for score in scores if score >= limit]
    assert len(above) < len(scores)


def test_a_seed_decides_a_random_draw(run: Run, sample_index: Path) -> None:
    def drawn(seed: int) -> list[str]:
        found = run(
            "retrieve", FARMS, "--index", sample_index, "--strategy", "random", "--seed", seed, "--json"
        )
        return [candidate["id"] for candidate in found.json["candidates"]]

    assert drawn(1) == drawn(1)
    assert drawn(1) != drawn(2)


def test_a_filter_that_fits_nothing_names_what_there_is(run: Run, sample_index: Path) -> None:
    result = run("retrieve", FARMS, "--index", sample_index, "--strategy", "keyword", "--difficulty", "hrad")
    assert (result.status, result.out) == (1, "")
    assert "hard" in result.err


def test_an_empty_table_says_why(run: Run, sample_index: Path) -> None:
    result = run("retrieve", FARMS, "--index", sample_index, "--strategy", "keyword", "--min-score", "999")
    assert (result.status, result.out) == (0, "")
    assert "filters" in result.err


@pytest.mark.parametrize("arguments", [(), ("a question", "--questions", "sample")])
def test_a_question_or_a_file_but_not_both(run: Run, sample_index: Path, arguments: tuple[str, ...]) -> None:
    assert "--questions" in run("retrieve", *arguments, "--index", sample_index).mistake


@pytest.mark.parametrize("text", ["", "  \n"])
def test_an_empty_question_is_refused(run: Run, sample_index: Path, text: str) -> None:
    assert "empty" in run("retrieve", text, "--index", sample_index, "--strategy", "keyword").mistake


def test_a_question_that_is_no_unicode_is_refused(run: Run, sample_index: Path) -> None:
    mistake = run("retrieve", "caf\udce9?", "--index", sample_index, "--strategy", "keyword").mistake
    assert "UTF-8 at character 3" in mistake


@pytest.mark.parametrize("strategy", ["keyword", "masked-keyword"])
def test_a_question_of_100_kb_is_answered(run: Run, sample_index: Path, strategy: str) -> None:
    text = "How many plots are there in each section? " * 2500
    result = run("retrieve", text, "--index", sample_index, "--db", "coffee_roastery", "--strategy", strategy,
                 "-k", 2, "--json")  # fmt: skip
    assert len(text) > 100_000
    assert len(result.json["candidates"]) == 2


def test_unicode_stays_as_it_is(run: Run, own_index: Path, databases: Path, tmp_path: Path) -> None:
    file = tmp_path / "q.jsonl"
    file.write_text(json.dumps({"question": "Was kostet 東京 soap? 🧼", "db_id": "shop"}) + "\n")
    result = run("retrieve", "--questions", file, "--index", own_index, "--databases", databases,
                 "--strategy", "masked-keyword")  # fmt: skip
    assert "東京 soap? 🧼" in result.out
    assert result.lines[0]["id"] == "q-0"


def test_unusual_columns_of_a_question_file_are_named(run: Run, own_index: Path, tmp_path: Path) -> None:
    file = tmp_path / "q.csv"
    file.write_text("ask,base\nHow many products?,shop\n")
    options = ("retrieve", "--questions", file, "--index", own_index, "--strategy", "keyword")
    assert "--columns question=COLUMN" in run(*options).mistake
    record = run(*options, "--columns", "question=ask,db_id=base").lines[0]
    assert (record["question"], record["db_id"]) == ("How many products?", "shop")


def test_questions_that_name_no_database_get_that_of_db(run: Run, own_index: Path, shop: Path,
                                                        tmp_path: Path) -> None:  # fmt: skip
    file = tmp_path / "q.csv"
    file.write_text("question\nHow many products?\n")
    result = run("retrieve", "--questions", file, "--index", own_index, "--strategy", "masked-keyword",
                 "--db", shop)  # fmt: skip
    assert result.lines[0]["db_id"] == "shop"


def test_a_bad_row_of_a_question_file_stops_with_its_line(run: Run, own_index: Path, tmp_path: Path) -> None:
    file = tmp_path / "q.csv"
    file.write_text("question,db_id\nHow many?,shop\n  ,shop\n")
    out = tmp_path / "out.jsonl"
    result = run("retrieve", "--questions", file, "--index", own_index, "--strategy", "keyword", "--out", out)
    assert result.status == 1
    assert "q.csv:3: question is empty" in result.err
    assert not out.exists()


def test_an_output_file_for_one_question_is_refused(run: Run, sample_index: Path, tmp_path: Path) -> None:
    result = run("retrieve", FARMS, "--index", sample_index, "--out", tmp_path / "x.jsonl")
    assert "--questions" in result.mistake


def test_an_unknown_strategy_lists_those_there_are(run: Run, sample_index: Path) -> None:
    mistake = run("retrieve", FARMS, "--index", sample_index, "--strategy", "telepathy").mistake
    assert "telepathy" in mistake
    assert "masked-hybrid" in mistake


def test_a_missing_database_file_is_named(run: Run, sample_index: Path, tmp_path: Path) -> None:
    missing = tmp_path / "none.sqlite"
    assert str(missing) in run("retrieve", FARMS, "--index", sample_index, "--db", missing).mistake


def test_an_unknown_database_is_named_with_near_names(run: Run, sample_index: Path) -> None:
    result = run("retrieve", FARMS, "--index", sample_index, "--db", "coffee_roaster", "--strategy",
                 "masked-keyword")  # fmt: skip
    assert "coffee_roaster" in result.mistake
    assert "coffee_roastery" in result.err


def test_an_index_without_vectors_says_which_strategies_it_has(run: Run, sample_index: Path) -> None:
    result = run(
        "retrieve", FARMS, "--index", sample_index, "--db", "coffee_roastery", "--strategy", "vector"
    )
    assert "keyword" in result.mistake


def test_another_encoder_than_that_of_the_index_is_refused(run: Run, tmp_path: Path) -> None:
    from nshot.data import Catalog

    pool = read_pool("sample").examples[:5]
    build_index(tmp_path / "index", pool, Catalog.sample(), IndexConfig("never"), encoder=WordEncoder())
    other = tmp_path / "other-encoder"
    other.mkdir()
    (other / "config.json").write_text("{}")
    result = run("retrieve", FARMS, "--index", tmp_path / "index", "--strategy", "vector", "--encoder", other)
    assert "words" in result.mistake
    assert "other-encoder" in result.mistake


def test_json_beside_a_file_of_questions_is_refused(run: Run, sample_index: Path) -> None:
    mistake = run("retrieve", "--questions", "sample", "--json", "--index", sample_index).mistake
    assert "--json" in mistake
