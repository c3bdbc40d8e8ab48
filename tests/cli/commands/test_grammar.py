"""`nshot grammar`."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from ..conftest import Run


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    path = tmp_path / "shop.sqlite"
    with closing(sqlite3.connect(path)) as database:
        database.execute("CREATE TABLE product (name TEXT, price REAL)")
    return path


def test_the_same_grammar_is_written_for_both_servers(run: Run, shop: Path, tmp_path: Path) -> None:
    out = tmp_path / "shop.gbnf"
    told = run("grammar", "--db", shop, "--for", "llamacpp", "--out", out)
    assert told.status == 0
    text = out.read_text(encoding="utf-8")
    assert text.startswith("root ::= ")
    assert '"product.price"' in text
    assert "rules over 1 table\n" in told.err
    assert run("grammar", "--db", shop, "--for", "vllm").json == {"structured_outputs": {"grammar": text}}


def test_limits_narrow_it(run: Run, shop: Path) -> None:
    arguments = ("grammar", "--db", shop, "--for", "llamacpp")
    assert '"avg("' in run(*arguments).out
    narrow = run(*arguments, "--functions", "count", "--sources", "tables").out
    assert '"count("' in narrow
    assert '"avg("' not in narrow


def test_what_cannot_be_is_refused(run: Run, shop: Path, tmp_path: Path) -> None:
    arguments = ("grammar", "--db", shop, "--for", "llamacpp")
    assert "frobnicate" in run(*arguments, "--functions", "frobnicate").err
    assert "is a folder" in run(*arguments, "--out", tmp_path).err
    foreign = tmp_path / "thesis.tex"
    foreign.write_text("years of work")
    assert run(*arguments, "--out", foreign).status == 1
    assert foreign.read_text() == "years of work"
    empty = tmp_path / "empty.sqlite"
    with closing(sqlite3.connect(empty)) as database:
        database.execute("CREATE TABLE t (a)")
        database.execute("DROP TABLE t")
        database.commit()
    told = run("grammar", "--db", empty, "--for", "vllm")
    assert told.status == 1
    assert json.dumps("root") not in told.out


def test_its_own_file_is_replaced(run: Run, shop: Path, tmp_path: Path) -> None:
    out = tmp_path / "shop.json"
    for _ in range(2):
        assert run("grammar", "--db", shop, "--for", "vllm", "--out", out).status == 0
    assert json.loads(out.read_text())["structured_outputs"]["grammar"]
