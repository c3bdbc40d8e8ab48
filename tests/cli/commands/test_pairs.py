from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from ...fakes import WordEncoder
from ..conftest import Result, Run
from ..model_server import FakeModel

QUESTION, SQL = "How many products are there?", "SELECT count(*) FROM product"
Pairs = Callable[..., Result]


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    return tmp_path / "pairs.jsonl"


@pytest.fixture
def pairs(run: Run, shop: Path, journal: Path) -> Pairs:
    """`nshot pairs` on the shop's journal."""

    def call(command: str, *arguments: object) -> Result:
        return run("pairs", command, *arguments, "--db", shop, "--pairs", journal)

    return call


def saved(pairs: Pairs, question: str = QUESTION, sql: str = SQL) -> str:
    result = pairs("add", question, sql, "--author", "ada")
    assert result.status == 0, result.err
    return result.out.split()[-1]


def test_a_pair_is_added_listed_shown_edited_and_retracted(pairs: Pairs) -> None:
    one = saved(pairs)
    (listed,) = pairs("list", "--json").json
    assert (listed["id"], listed["question"], listed["sql"]) == (one, QUESTION, SQL)
    assert (listed["state"], listed["author"], listed["conflicts"]) == ("active", "ada", [])
    assert one in pairs("list").out
    assert f"sql: {SQL}\n" in pairs("show", one).out
    edited = pairs("edit", one, "--sql", f"{SQL} WHERE price > 2")
    two = edited.out.split()[-1]
    assert two != one
    assert "no pair" in pairs("show", one).mistake
    assert two in pairs("retract", two).out
    assert pairs("list", "--json").json == []


def test_what_the_gate_says_is_said(pairs: Pairs) -> None:
    one = saved(pairs)
    assert "there already" in pairs("add", QUESTION.upper(), SQL.lower()).out
    refused = pairs("add", "Colours?", "SELECT colour FROM product")
    assert (refused.status, "no such column: colour" in refused.err) == (1, True)
    other = "SELECT count(id) FROM product"
    conflict = pairs("add", QUESTION, other)
    assert (conflict.status, f"--replace {one}" in conflict.err) == (1, True)
    said = pairs("add", QUESTION, other, "--json")
    assert (said.status, said.json["outcome"], said.json["conflicts"][0]["id"]) == (1, "conflict", one)
    assert pairs("add", QUESTION, other, "--replace", one).status == 0
    assert [pair["sql"] for pair in pairs("list", "--json").json] == [other]


def test_a_file_is_imported_and_exported(pairs: Pairs, own_pool: Path, tmp_path: Path) -> None:
    result = pairs("import", own_pool)
    assert result.status == 0
    assert "3 of 4 rows added" in result.out
    assert "no database 'garden'" in result.err
    exported = tmp_path / "out.jsonl"
    assert pairs("export", "--out", exported).status == 0
    rows = [json.loads(line) for line in exported.read_text(encoding="utf-8").splitlines()]
    assert rows[0]["sql"] == SQL
    assert pairs("export").out.startswith("id,question,sql,db_id,author,time\n")
    again = pairs("import", exported)
    assert (again.status, "3 there already" in again.out) == (0, True)


def test_a_file_without_rows_is_not_imported(pairs: Pairs, tmp_path: Path) -> None:
    empty = tmp_path / "empty.csv"
    empty.write_text("question,sql,db_id\n")
    result = pairs("import", empty)
    assert (result.status, "0 of 0 rows added" in result.out) == (1, True)


def test_verify_sets_aside_what_a_changed_schema_breaks(
    pairs: Pairs, shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nshot.retrieval.live.SentenceTransformerEncoder", WordEncoder)
    import sqlite3
    from contextlib import closing

    saved(pairs)
    saved(pairs, "Dear ones?", "SELECT name FROM product WHERE price > 5")
    with closing(sqlite3.connect(shop)) as connection:
        connection.execute("ALTER TABLE product RENAME COLUMN price TO cost")
    result = pairs("verify")
    assert result.status == 0
    assert "1 set aside" in result.out
    assert "1 active pairs agree" in result.out
    assert "no such column: price" in result.err
    (aside,) = pairs("list", "--state", "set_aside", "--json").json
    assert aside["question"] == "Dear ones?"
    with closing(sqlite3.connect(shop)) as connection:
        connection.execute("ALTER TABLE product RENAME COLUMN cost TO price")
    assert "1 restored" in pairs("verify").out


def test_a_plain_file_is_no_journal(run: Run, shop: Path, own_pool: Path) -> None:
    mistake = run("pairs", "list", "--db", shop, "--pairs", own_pool).mistake
    assert f"nshot pairs import {own_pool}" in mistake


def test_a_mistyped_state_and_an_empty_edit_are_refused(pairs: Pairs) -> None:
    assert "active, set_aside, rejected" in pairs("list", "--state", "good").mistake
    assert "--question" in pairs("edit", saved(pairs)).mistake


def test_without_a_name_the_journal_is_the_databases(run: Run, shop: Path, databases: Path) -> None:
    assert run("pairs", "add", QUESTION, SQL, "--db", shop).status == 0
    (listed,) = run("pairs", "list", "--db", shop, "--json").json
    assert listed["question"] == QUESTION
    assert run("pairs", "list", "--databases", databases, "--json").json == []


@pytest.fixture
def session(run: Run, model: FakeModel, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """A session of `nshot ask` with these options, in which these lines are typed."""

    def call(options: tuple[object, ...], *lines: str) -> Result:
        monkeypatch.setattr("sys.stdin", io.StringIO("\n".join(lines) + "\n"))
        return run("ask", *options, "--model", model.url, "--strategy", "keyword")

    return call


def test_y_saves_the_answer_and_the_next_asking_reuses_it(
    run: Run, shop: Path, model: FakeModel, session: Callable[..., Result]
) -> None:
    model.says = lambda prompt: SQL
    options = ("--db", shop)
    first = session(options, QUESTION, "y", "y", QUESTION.upper())
    assert "saved: pair" in first.err
    assert "there already" in first.err
    assert first.err.count("verified: the question of your pair") == 1
    assert len(model.requests) == 1
    answer = run("ask", QUESTION, "--db", shop, "--model", model.url, "--json").json
    assert (answer["source"], answer["sql"], answer["rows"]) == ("verified", SQL, [[3]])
    assert "your pair" in answer["note"]
    assert len(model.requests) == 1
    off = run("ask", QUESTION, "--db", shop, "--model", model.url, "--json", "--no-reuse", "--shots", 0).json
    assert off["source"] == "model"
    assert len(model.requests) == 2


def test_n_keeps_an_answer_as_wrong_and_y_twice_replaces(
    run: Run, shop: Path, model: FakeModel, journal: Path, session: Callable[..., Result]
) -> None:
    model.says = lambda prompt: SQL
    options = ("--db", shop, "--pairs", journal, "--no-reuse", "--shots", 0)
    session(options, QUESTION, "y")
    model.says = lambda prompt: f"{SQL} WHERE price > 2"
    done = session(options, "y", QUESTION, "y", "y")
    assert "ask a question first" in done.err
    assert "the same once more" in done.err
    (pair,) = run("pairs", "list", "--db", shop, "--pairs", journal, "--json").json
    assert pair["sql"].endswith("price > 2")
    assert len(pair["prompt_sha256"]) == 64
    done = session(options, QUESTION, "n")
    assert "kept as wrong" in done.err
    (pair,) = run("pairs", "list", "--db", shop, "--pairs", journal, "--json").json
    assert pair["state"] == "rejected"


def test_saved_pairs_are_shown_as_examples_by_default(
    run: Run, shop: Path, model: FakeModel, pairs: Pairs, journal: Path
) -> None:
    one = saved(pairs)
    more = ("--strategy", "keyword", "--json")
    answer = run("ask", "How many products?", "--db", shop, "--pairs", journal, "--model", model.url, *more)
    assert [example["id"] for example in answer.json["examples"]] == [one]
    found = run("retrieve", "How many products?", "--db", shop, "--pairs", journal, *more).json
    assert [candidate["id"] for candidate in found["candidates"]] == [one]


def test_the_prompt_that_is_printed_is_the_one_that_is_sent(
    run: Run, shop: Path, model: FakeModel, pairs: Pairs, journal: Path
) -> None:
    saved(pairs)
    asked = ("How many products?", "--db", shop, "--pairs", journal, "--strategy", "keyword", "--shots", 1)
    run("ask", *asked, "--model", model.url)
    shown = run("prompt", *asked, "--model", model.url).out
    assert shown == model.prompts[-1]
    assert QUESTION in shown


def test_a_file_of_solved_questions_is_predicted_with_pairs_and_without_reuse(
    run: Run, databases: Path, model: FakeModel, pairs: Pairs, journal: Path, tmp_path: Path
) -> None:
    one = saved(pairs)
    asked = tmp_path / "asked.csv"
    asked.write_text(f"question,db_id,query\nHow many products?,shop,SELECT 1\n{QUESTION},shop,SELECT 2\n")
    out = tmp_path / "out.jsonl"
    options = ("--questions", asked, "--out", out, "--databases", databases, "--model", model.url)
    done = run("predict", *options, "--pairs", journal, "--strategy", "keyword")
    assert done.status == 0, done.err
    records = [json.loads(line) for line in out.read_text().splitlines()]
    assert [[found["id"] for found in record["retrieved"]] for record in records] == [[one], []]
    assert not any("verified_pair" in record for record in records)
    saved(pairs, "Any?", "SELECT name FROM product")
    assert "pairs_sha256" in run("predict", *options, "--pairs", journal, "--strategy", "keyword").mistake


def test_a_plain_file_of_pairs_serves_as_an_index(
    run: Run, shop: Path, model: FakeModel, own_pool: Path
) -> None:
    more = ("--strategy", "keyword", "--json", "--model", model.url, "--pairs", own_pool)
    done = run("ask", "How many products?", "--db", shop, *more)
    answer = done.json
    assert "check 1 rows" in done.err
    assert answer["examples"][0]["id"] == "s-1"
    mistake = run("ask", "How many?", "--db", shop, *more, "--index", "somewhere").mistake
    assert "either --pairs or --index" in mistake
