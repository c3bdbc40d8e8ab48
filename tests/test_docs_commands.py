"""The commands of the README and the quickstart run, and print what the pages show.

Blocks fenced as `sh` run in order, in an empty folder. A block fenced as `text` below one of them
is what it prints: its lines appear in the output in this order, with `...` for what is left out. A
`text` block that begins with `nshot` is a command that needs the network; it does not run.
"""

from __future__ import annotations

import html
import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from tests.cli.model_server import serving

from nshot.artifacts.cache import cache_folder
from nshot.data import sample_dir

FENCED = re.compile(r"^```(\w*)\n(.*?)^```", re.DOTALL | re.MULTILINE)
SERVER = "http://localhost:8000/v1"
"""The address of the page; the test puts that of a fake model in its place."""
END = "-- end of block --"


class Block(NamedTuple):
    """Commands, and the lines that the page shows of their output."""

    commands: str
    shown: list[str]


def blocks(page: str) -> list[Block]:
    """The blocks of commands of a page, with what it shows of their output."""
    found: list[Block] = []
    for language, text in FENCED.findall(page):
        if language == "sh":
            found.append(Block(text, []))
        elif language == "text" and found and not text.startswith("nshot "):
            found[-1].shown.extend(line for line in text.splitlines() if line.strip(" ."))
    return found


def run(found: list[Block], folder: Path) -> list[str]:
    """What each block prints, stdout and stderr; fails where a command does."""
    programs = folder / "bin"
    programs.mkdir()
    for name, words in {"nshot": [sys.executable, "-m", "nshot"], "python": [sys.executable]}.items():
        (programs / name).write_text(f'#!/bin/sh\nexec {shlex.join(words)} "$@"\n', encoding="utf-8")
        (programs / name).chmod(0o755)
    script = "set -e\n" + "".join(f"{block.commands}\necho '{END}'\n" for block in found)
    cache, models = folder / "cache", cache_folder() / "models"
    cache.mkdir()
    models.mkdir(parents=True, exist_ok=True)
    (cache / "models").symlink_to(models)  # the embedded model is unpacked once for all tests
    environment = os.environ | {
        "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
        "NSHOT_CACHE": str(cache),
        "OMP_NUM_THREADS": "1",
    }
    done = subprocess.run(
        ["bash", "-c", script],
        cwd=folder,
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    assert done.returncode == 0, done.stdout
    printed = done.stdout.split(f"{END}\n")[:-1]
    assert len(printed) == len(found)
    return printed


def missing(block: Block, printed: str) -> Iterator[str]:
    """The lines shown that are not printed, or not in this order."""
    at = 0
    for line in block.shown:
        for part in filter(None, (part.strip() for part in line.split("..."))):
            place = printed.find(part, at)
            if place < 0:
                yield part
            else:
                at = place + len(part)


def check(found: list[Block], folder: Path) -> None:
    for block, printed in zip(found, run(found, folder), strict=True):
        assert not list(missing(block, printed)), printed


@pytest.fixture(scope="module")
def quickstart(repo: Path) -> tuple[str, str]:
    """The page up to the heading Spider, and the rest."""
    own, spider = (repo / "docs" / "quickstart.md").read_text(encoding="utf-8").split("\n## Spider\n")
    return own, spider


@pytest.mark.model
def test_the_quickstart_works_as_shown(quickstart: tuple[str, str], tmp_path: Path) -> None:
    with serving() as model:
        model.says = lambda prompt: "SELECT count(*) FROM customer WHERE level = 3 AND city = 'Lyon'"
        found = blocks(quickstart[0].replace(SERVER, model.url))
        assert len(found) > 8
        check(found, tmp_path)
        assert model.prompts


@pytest.mark.model
def test_the_commands_for_spider_work_on_a_part_of_it(quickstart: tuple[str, str], tmp_path: Path) -> None:
    """A part of the real Spider if it is at hand, else the sample, which has the same layout."""
    spider = Path(os.environ.get("NSHOT_SPIDER", "/nowhere"))
    real = (spider / "train_spider.json").is_file()
    source = spider if real else sample_dir()
    folder = tmp_path / "data" / "raw"
    folder.mkdir(parents=True)
    for name, step in {"train_spider.json": 150, "dev.json": 400}.items():
        rows = json.loads((source / name).read_text(encoding="utf-8"))
        part = rows[::step] if real else rows[:40]
        (folder / name).write_text(json.dumps(part[:40] if "train" in name else part[:3]), encoding="utf-8")
    for name in ("tables.json", "database"):
        (folder / name).symlink_to(source / name)
    check(blocks(quickstart[1]), tmp_path)
    assert len((tmp_path / "runs" / "dev.sql").read_text(encoding="utf-8").splitlines()) == 3


def test_the_targets_of_make_that_the_readme_names_are_there(repo: Path) -> None:
    text = (repo / "README.md").read_text(encoding="utf-8")
    named = re.findall(r"^make (\w+)", text, re.MULTILINE)
    there = set(re.findall(r"^(\w+):", (repo / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert {"demo", "test"} <= set(named) <= there


def test_a_page_that_shows_what_is_not_printed_is_noticed(tmp_path: Path) -> None:
    page = "```sh\nword=two\n```\n```sh\necho one $word\n```\n```text\none ...\ntwo\nthree\n```\n"
    first, second = blocks(page)
    assert run([first, second], tmp_path) == ["", "one two\n"]
    assert list(missing(second, "one two\n")) == ["three"]


def test_the_picture_shows_the_session_that_the_tool_runs_and_names_no_foreign_host(repo: Path) -> None:
    picture = (repo / "docs" / "pictures" / "session.svg").read_text(encoding="utf-8")
    text = html.unescape("".join(re.findall(r"<text[^>]*>([^<]*)</text>", picture))).replace("\xa0", " ")
    commands = re.findall(
        r"^    '(nshot .*)',$", (repo / "tools" / "draw_session.py").read_text(), re.MULTILINE
    )
    assert len(commands) == 2
    assert all(command in text for command in commands)
    assert "https:" not in picture
    assert re.findall(r"http:\S+", picture) == ['http://www.w3.org/2000/svg"']
