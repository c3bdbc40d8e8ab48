"""The recipes of docs/scale.md: what they send to servers, and what they start on a cluster."""

from __future__ import annotations

import ast
import json
import re
import shlex
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterable
from contextlib import closing
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from .conftest import Result, Run
from .model_server import FakeModel

PARTS = 500
_COMMAND = re.compile(r"^nshot .*?(?<!\\)$", re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def page(repo: Path) -> str:
    return (repo / "docs" / "scale.md").read_text(encoding="utf-8")


def section(page: str, title: str) -> str:
    return page.split(f"\n## {title}\n")[1].split("\n## ")[0]


@pytest.fixture
def shop_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    with closing(sqlite3.connect("shop.sqlite")) as database:
        database.executescript("CREATE TABLE product (name TEXT); INSERT INTO product VALUES ('pear')")
    return tmp_path


def words(command: str, url: str) -> list[str]:
    """A command's words, with the files that the shell puts in, and the address of the double."""
    found = shlex.split(command.replace("\\\n", " ").replace("http://localhost:8000/v1", url))
    return [_with_file(word) for word in found[1:]]


def _with_file(word: str) -> str:
    if cat := re.fullmatch(r"\$\(cat (\S+)\)", word):
        return Path(cat[1]).read_text(encoding="utf-8")
    if jq := re.fullmatch(r"\$\(jq -Rs '\{grammar: \.\}' (\S+)\)", word):
        return json.dumps({"grammar": Path(jq[1]).read_text(encoding="utf-8")})
    return word


def test_the_recipes_for_servers_send_the_grammar_and_read_the_form(
    page: str, shop_here: Path, run: Run, model: FakeModel
) -> None:
    model.says = lambda prompt: "FROM product SELECT count(*)"
    commands = _COMMAND.findall(section(page, "Engines"))
    assert len(commands) == 5
    for command in commands:
        told: Result = run(*words(command, model.url))
        assert told.status == 0, told.err
        if command.startswith("nshot ask"):
            assert "SELECT count(*) FROM product" in told.out
    vllm, whole, each = model.requests
    grammar = Path("shop.gbnf").read_text(encoding="utf-8")
    assert vllm["structured_outputs"] == {"grammar": grammar}
    assert vllm["model"] == "nshot"
    assert "grammar" not in whole
    assert each["grammar"] == grammar
    for request in model.requests:
        assert isinstance(request["prompt"], str)
        assert request["prompt"].index("product") < request["prompt"].index("How many products?")


def test_beams_of_vllm_are_sent(shop_here: Path, page: str, run: Run, model: FakeModel) -> None:
    (text,) = re.findall(r"^(\{.*use_beam_search.*\})$", section(page, "Engines"), re.MULTILINE)
    told = run(
        "ask", "How many products?", "--db", "shop.sqlite", "--shots", 0, "--model", model.url,
        "--extra-body", text,
    )  # fmt: skip
    assert told.status == 0, told.err
    (request,) = model.requests
    assert {key: request[key] for key in json.loads(text)} == json.loads(text)


def _ray(module: ModuleType) -> None:
    def remote(**_: object) -> Callable[..., Any]:
        return lambda function: SimpleNamespace(remote=function)

    module.__dict__.update(init=lambda **_: None, remote=remote, get=lambda futures: futures)


def _spark(module: ModuleType) -> None:
    def parallelize(items: Iterable[int], slices: int) -> SimpleNamespace:
        assert slices == PARTS
        return SimpleNamespace(foreach=lambda function: [function(item) for item in items])

    session = SimpleNamespace(sparkContext=SimpleNamespace(parallelize=parallelize))
    builder = SimpleNamespace(getOrCreate=lambda: session)
    builder.config = lambda *_: builder
    module.__dict__.update(SparkSession=SimpleNamespace(builder=builder))


@pytest.mark.parametrize(
    ("name", "double", "inside"), [("ray", "ray", _ray), ("pyspark", "pyspark.sql", _spark)]
)
def test_programs_for_clusters_start_every_part_once_and_join_them(
    page: str,
    repo: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    double: str,
    inside: Callable[[ModuleType], None],
) -> None:
    (program,) = [
        text for text in re.findall(r"^```python\n(.*?)^```", page, re.MULTILINE | re.DOTALL) if name in text
    ]
    module = ModuleType(double)
    inside(module)
    monkeypatch.setitem(sys.modules, double, module)
    if name != double:
        monkeypatch.setitem(sys.modules, name, ModuleType(name))
    started: list[list[str]] = []
    monkeypatch.setattr(subprocess, "run", lambda command, check: started.append([*command]))
    exec(compile(ast.parse(program), f"{name}.py", "exec"), {"__name__": "__main__"})
    *predicts, merge = started
    shards = [command[command.index("--shard") + 1] for command in predicts]
    assert shards == [f"{part}/{PARTS}" for part in range(1, PARTS + 1)]
    outs = [command[command.index("--out") + 1] for command in predicts]
    assert merge[:2] == ["nshot", "merge"]
    assert merge[2 : 2 + PARTS] == outs
    assert len(set(outs)) == PARTS
    reference = (repo / "docs" / "cli.md").read_text(encoding="utf-8")
    for command in (predicts[0], merge):
        own = reference.split(f"\n## nshot {command[1]}\n")[1].split("\n## ")[0]
        for option in (word for word in command if word.startswith("--")):
            assert re.search(rf"^  {option}\b", own, re.MULTILINE), option
