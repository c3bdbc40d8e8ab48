from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from ..conftest import Result, Run
from ..model_server import FakeModel

Show = Callable[..., Result]
ZERO_SHOT = """\
# Instruction
You are a powerful text-to-SQL model. Your job is to answer question about a database. \
You are given question and context regarding one or more tables.
You only output the SQL query that answer the question.

### Input:
Which products cost more than 3?

### Context:
There are tables such as product
Table product contains columns such as id: integer, name: text, price: real, id is primary key

### Response:
"""
ASKED = "Which products cost more than 3?"


@pytest.fixture
def show(run: Run, own_index: Path, databases: Path) -> Show:
    """`nshot prompt` for the shop, over the user's own pool, without any tokenizer."""

    def call(question: str, *arguments: object) -> Result:
        return run("prompt", question, "--db", "shop", "--databases", databases, "--index", own_index,
                   "--strategy", "keyword", "--model", "none", *arguments)  # fmt: skip

    return call


def test_stdout_is_the_prompt_and_nothing_else(show: Show) -> None:
    result = show(ASKED, "--shots", 0)
    assert (result.status, result.out) == (0, ZERO_SHOT)
    assert "tokens, 0 examples" in result.err


def test_the_best_example_stands_last_unless_said(show: Show) -> None:
    best, other = "Which products cost more than 5?", "How many products are there?"
    last = show(ASKED, "--shots", 2).out
    assert 0 < last.index(other) < last.index(best) < last.index(ASKED)
    first = show(ASKED, "--shots", 2, "--order", "best-first").out
    assert 0 < first.index(best) < first.index(other) < first.index(ASKED)


def test_json_tells_what_is_known_of_the_prompt(show: Show) -> None:
    made = show(ASKED, "--shots", 2, "--json").json
    assert made["text"] == show(ASKED, "--shots", 2).out
    assert made["demonstrations"] == ["s-1", "s-2"]
    assert made["dropped"] == {"examples": [], "tables": [], "columns": []}
    assert len(made["sha256"]) == 64


def test_examples_beyond_the_budget_are_dropped_lowest_first_and_named(show: Show) -> None:
    whole = show(ASKED, "--shots", 2, "--json").json["tokens"]
    made = show(ASKED, "--shots", 2, "--budget", whole - 1, "--json").json
    assert made["tokens"] < whole
    assert made["demonstrations"] == ["s-2"]
    assert made["dropped"]["examples"] == ["s-1"]
    assert "-- dropped examples: s-1" in show(ASKED, "--shots", 2, "--budget", whole - 1).err


def test_a_budget_that_nothing_fits_says_what_is_needed(show: Show) -> None:
    assert "but only 20 are available" in show(ASKED, "--budget", 20).mistake


@pytest.mark.parametrize(
    ("template", "message"),
    [("ddl", "CREATE TABLE product ("), ("context-first", "### Context:\nThere are tables such as product")],
)
def test_templates_by_name(show: Show, template: str, message: str) -> None:
    out = show(ASKED, "--template", template, "--shots", 0).out
    assert message in out
    assert out != ZERO_SHOT


def test_a_template_of_the_users_own(show: Show, tmp_path: Path) -> None:
    file = tmp_path / "mine.j2"
    file.write_text("{{ nonsense }}")
    assert "nonsense" in show(ASKED, "--template", file, "--shots", 0).mistake


def test_values_that_the_question_mentions_are_shown(show: Show) -> None:
    question = "What does 東京 soap cost?"
    assert "for example '東京 soap'" in show(question, "--shots", 0, "--show-values").out
    assert "for example" not in show(question, "--shots", 0).out


def test_the_prompt_is_the_one_that_ask_sends(
    show: Show, run: Run, model: FakeModel, own_index: Path, databases: Path
) -> None:
    shared = ("--db", "shop", "--databases", databases, "--index", own_index, "--strategy", "keyword")
    sent = run("ask", ASKED, *shared, "--model", model.url, "--api", "chat",
               "--template", "n-shot", "--no-reuse", "--json")  # fmt: skip
    shown = show(ASKED, "--json")
    assert sent.json["prompt_sha256"] == shown.json["sha256"]
    assert model.prompts == [shown.json["text"]]


@pytest.mark.parametrize("text", ["", " "])
def test_an_empty_question_is_refused(show: Show, text: str) -> None:
    assert "empty" in show(text).mistake


def test_an_unknown_database_is_refused_with_near_names(show: Show) -> None:
    assert "shop" in show(ASKED, "--db", "shopp").mistake


def test_a_question_of_100_kb_is_shown_whole(show: Show) -> None:
    question = "How many products are there? " * 4000
    assert question.strip() in show(question, "--shots", 1).out


def test_a_view_that_cannot_be_read_is_named_on_stderr(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "shop.sqlite"
    with closing(sqlite3.connect(file)) as connection:
        connection.executescript("CREATE TABLE item (name TEXT); CREATE VIEW old AS SELECT * FROM gone;")
    result = run("prompt", "How many items?", "--db", file, "--shots", 0, "--model", "none")
    assert result.status == 0
    assert "There are tables such as item\n" in result.out
    note = "note: shop: left out, as they cannot be read: old: no such table: main.gone"
    assert result.err.count(note) == 1
    again = run("prompt", "How many items?", "--db", file, "--shots", 0, "--model", "none", "--json")
    assert again.json["left_out"] == [{"name": "old", "reason": "no such table: main.gone"}]
