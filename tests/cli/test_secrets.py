"""A key, a password and a token in every place where people put them: no output shows them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
import typer

from nshot import redaction
from nshot.data.spider.fetch import fetch
from nshot.generation.engines.server.http_retry import Retry

from .conftest import Run
from .model_server import FakeModel

CANARY = "canary"
KEY = f"sk-{CANARY}-0123456789"
USERINFO = f"robot:pw-{CANARY}-1"
QUERY = f"api_key=q-{CANARY}-2&access_token=t-{CANARY}-3"
DEAD = f"http://{USERINFO}@127.0.0.1:1/v1?{QUERY}"


@pytest.fixture(autouse=True)
def surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    """The key is set, no secret is known yet, and nobody waits for a next try."""
    monkeypatch.setattr(redaction, "_concealed", set())
    monkeypatch.setenv("NSHOT_API_KEY", KEY)
    monkeypatch.setattr(Retry, "wait", lambda self, tried, headers: 0.0)


@pytest.fixture
def url(model: FakeModel) -> str:
    """The address of a model that repeats all it knows."""
    model.says = lambda prompt: f"I do not know. {KEY}"
    return model.url.replace("http://", f"http://{USERINFO}@") + f"?{QUERY}"


@pytest.fixture
def questions(tmp_path: Path) -> Path:
    path = tmp_path / "questions.csv"
    path.write_text("question,db_id,query\nHow many products?,shop,SELECT count(*) FROM product\n")
    return path


def commands(
    url: str, shop: Path, databases: Path, questions: Path, index: Path, out: Path
) -> Iterator[tuple[object, ...]]:
    """Commands that succeed, and commands that fail in every way, with secrets in what they are
    given.
    """
    data = ("--questions", questions, "--databases", databases, "--index", index)
    for model in (DEAD, url, f"http://{USERINFO}@[::1/v1?{QUERY}", f"http://{USERINFO}@h:x/v1?{QUERY}"):
        yield "ask", "q", "--db", shop, "--shots", 0, "--model", model
        yield "predict", *data, "--shots", 0, "--model", model, "--out", out / "p.jsonl", "--overwrite"
        yield "config", "show", "--model", model
    yield "config", "show", "--model", url, "--json"
    yield (
        "compare",
        *data,
        "--strategies",
        "keyword",
        "--model",
        url,
        "--shots",
        "1",
        "--out",
        out / "compared",
    )
    yield "ask", "q", "--db", shop, "--model", url, "--server-model", "m", "--dtype", "float16"
    for end in ("127.0.0.1:1/shop", f"127.0.0.1:1/shop?password=x-{CANARY}-4", "host:port/shop", "[::1/shop"):
        yield "ask", "q", "--db", f"postgresql://{USERINFO}@{end}", "--shots", 0
        yield "retrieve", "q", "--db", f"mysql+nosuch://{USERINFO}@{end}", "--index", index
    yield "ask", "q", "--db", f"nosuch://{USERINFO}@host/shop", "--shots", 0
    yield "data", "download", "--url", DEAD, "--out", out / "raw"
    yield "ask", "q", "--db", shop, "--shots", 0, "--concurrency", DEAD
    yield "ask", "q", "--db", shop, "--shots", 0, "--api", DEAD
    yield "ask", "q", "--db", shop, "--shots", 0, "--adapter", DEAD
    yield "ask", "q", "--db", shop, "--shots", 0, "--backend", DEAD, DEAD
    yield "eval", "--predictions", DEAD, "--gold", DEAD
    yield "index", "info", DEAD
    yield "--profile", DEAD, "ask", "q", "--db", shop
    for extra in ('{"api_key": "e-%s-5"}', '{"token": "f-%s-6"', '{"headers": {"x-auth": "g-%s-7"}}'):
        yield "ask", "q", "--db", shop, "--shots", 0, "--model", url, "--extra-body", extra % CANARY


def test_no_output_shows_a_secret(
    run: Run, url: str, shop: Path, databases: Path, questions: Path, sample_index: Path, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setitem(fetch.__kwdefaults__ or {}, "wait", lambda seconds: None)
    out = tmp_path / "out"
    failed = 0
    for command in commands(url, shop, databases, questions, sample_index, out):
        found = run(*command)
        failed += found.status != 0
        # what the model itself writes is a result; it stands in the columns of the answer alone
        said = found.out.replace(f"I do not know. {KEY}", "")
        assert CANARY not in said, command
        assert CANARY not in found.err, command
        assert "Traceback" not in found.err, (command, found.err)
    assert failed > 25
    files = [file for file in out.rglob("*") if file.is_file()]
    assert {"p.run.json", "p.jsonl", "completions.jsonl", "results.json", "report.html"} <= {
        f.name for f in files
    }
    for file in files:
        text = file.read_text(encoding="utf-8", errors="replace").replace(f"I do not know. {KEY}", "")
        assert CANARY not in text, file


@pytest.mark.parametrize("ending", ["\r", "\n", "\r\n", " ", '"'])
def test_a_key_with_a_line_end_is_sent_without_it(
    run: Run, model: FakeModel, shop: Path, monkeypatch: pytest.MonkeyPatch, ending: str
) -> None:
    monkeypatch.setenv("NSHOT_API_KEY", ('"' if ending == '"' else "") + KEY + ending)
    found = run("ask", "q", "--db", shop, "--shots", 0, "--model", model.url)
    assert found.status == 0, found.err


@pytest.mark.parametrize("key", [f"sk-{CANARY}-ключ", f"sk-{CANARY}\r\nx: y", f"{CANARY} {CANARY}"])
def test_a_key_that_cannot_be_sent_is_an_error_that_does_not_show_it(
    run: Run, model: FakeModel, shop: Path, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    monkeypatch.setenv("NSHOT_API_KEY", key)
    found = run("ask", "q", "--db", shop, "--shots", 0, "--model", model.url)
    assert "NSHOT_API_KEY holds a character" in found.mistake
    assert CANARY not in found.err


def leaf_commands(group: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every command with the words that call it."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if hasattr(command, "list_commands"):
            yield from leaf_commands(command, (*path, name))
        else:
            yield (*path, name), command


def with_secret(path: tuple[str, ...], command: Any, one: Any, missing: Path) -> list[object]:
    """A command with a secret as the value of one parameter, and nothing that exists in the
    others."""
    words: list[object] = list(path)
    for param in command.params:
        if not param.required and param is not one:
            continue
        value = DEAD if param is one else missing
        words += [value] if param.param_type_name == "argument" else [max(param.opts, key=len), value]
    if path[0] in ("serve", "mcp") and one.name != "model":
        words += ["--model", missing.with_suffix(".gguf")]  # so that nothing is served
    if path == ("retrieve",) and one.name != "index":
        words += ["--index", missing]  # so that no index is built
    return words


def test_no_option_of_any_command_repeats_a_secret(run: Run, tmp_path: Path) -> None:
    from nshot.cli.app import app

    seen: set[str] = set()
    numbers = 0
    commands = sorted(
        leaf_commands(typer.main.get_command(app)), key=lambda leaf: leaf[0] != ("config", "show")
    )
    for path, command in commands:
        for one in command.params:
            if getattr(one, "is_flag", False) or one.name in seen or path == ("data", "download"):
                continue
            seen.add(one.name)
            numbers += one.type.name in ("integer", "float")
            if one.type.name in ("integer", "float") and numbers > 5:  # the parser refuses them all alike
                continue
            words = with_secret(path, command, one, tmp_path / "missing")
            found = run(*words)
            assert CANARY not in found.out + found.err, words
            assert "Traceback" not in found.err, words
    assert len(seen) > 120
