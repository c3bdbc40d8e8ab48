"""Every message that a user can meet says what to do, or stands on docs/troubleshooting.md."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from nshot.cli.options.derive import spell_options

from .messages import HOLE, Message, Sources

ENTRY = re.compile(
    r"^- `(?:note: |left out: )?([^`]*)` \\\n  (?:.+\n  )*?.*\*\*What to do:\*\*", re.MULTILINE
)
PLACEHOLDERS = re.compile(r"[\[\]:. ]*")
"""A message that only passes on what was written elsewhere."""
EXCEPTIONS = {
    "eval/statistics/": "a function of Python; no command gives it values of a user",
    "eval/measures/judge.py": "a function of Python; no command gives it values of a user",
    "experiments/reading_engine.py": "a mistake of the program: no command lets this engine write",
    "generation/decode/attention.py": "a mistake of the program: no engine passes such an argument",
    "serving/http/app.py": "a status of the web server, with its own words",
}
"""By the beginning of the place: why a message needs no cure."""


@pytest.fixture(scope="module")
def sources(repo: Path) -> Sources:
    return Sources(repo / "src" / "nshot")


@pytest.fixture(scope="module")
def messages(sources: Sources) -> list[Message]:
    return list(sources.messages())


@pytest.fixture(scope="module")
def rows(repo: Path) -> list[str]:
    """The messages of the page."""
    page = (repo / "docs" / "troubleshooting.md").read_text()
    return [" ".join(message.split()) for message in ENTRY.findall(page)]


def pattern(row: str) -> re.Pattern[str]:
    """What a message of the page stands for: `...` is any text."""
    return re.compile(".*".join(map(re.escape, row.split(HOLE))))


def test_messages_are_read_from_the_source(sources: Sources, messages: list[Message]) -> None:
    texts = {one.text for one in messages}
    assert {"OptionError", "SqlTimeoutError", "SpiderParseError"} <= sources.errors
    assert len(texts) > 500
    for text in (
        "--temperature must be above 0, got ...; choose --method greedy for the most probable token",
        "unknown strategy ...; choose one of: ...",
        "... is missing",  # both values of a choice inside a message
        "... is empty",
        "no index in ...; make one: nshot index build --pool FILE --out ...",
        "... is not an address (...); give an address like http://localhost:8000/v1",  # of a constant
    ):
        assert text in texts


@pytest.mark.parametrize(
    ("text", "has"),
    [
        ("... is a file; name a folder for the index", True),
        ("name the database with --db", True),
        ("... is damaged, or was changed. Start again with --overwrite", False),  # a sentence of its own
        ("no tokenizer of ...; [what to do]", True),
        ("... leave none", False),
        ("the databases give no answer", False),
    ],
)
def test_an_instruction_begins_a_clause(text: str, has: bool) -> None:
    assert Message("", text).has_instruction is has


def test_every_message_says_what_to_do_or_stands_on_the_page(
    messages: list[Message], rows: list[str]
) -> None:
    patterns = [pattern(row) for row in rows]
    silent = [
        f"{place}: {text}"
        for place, text in messages
        if not Message(place, text).has_instruction
        and not any(one.fullmatch(text) for one in patterns)
        and not PLACEHOLDERS.fullmatch(text)
        and not place.startswith(tuple(EXCEPTIONS))
    ]
    assert not silent, "\n".join(["say what to do, or explain on docs/troubleshooting.md:", *silent])


def test_every_exception_is_needed(messages: list[Message]) -> None:
    places = [one.place for one in messages if not one.has_instruction]
    assert not [name for name in EXCEPTIONS if not any(place.startswith(name) for place in places)]


def test_every_message_of_the_page_is_one_of_the_program(
    repo: Path, messages: list[Message], rows: list[str]
) -> None:
    """Raised as an error, or, for notes and outcomes, written in the source part by part."""
    package = repo / "src" / "nshot"
    nodes = (node for file in package.rglob("*.py") for node in ast.walk(ast.parse(file.read_text())))
    written = [node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    known = spell_options("\n".join(written)).replace("`", "")
    texts = [one.text for one in messages]
    unknown = [
        row
        for row in rows
        if not any(map(pattern(row).fullmatch, texts))
        and not all(part.strip(" ;:.") in known for part in row.split(HOLE))
    ]
    assert len(rows) > 100
    assert not unknown


def test_no_row_of_the_page_swallows_other_messages(rows: list[str]) -> None:
    """A row says something: it has words besides its placeholders."""
    assert not [row for row in rows if not re.search(r"[a-z]{4}", row)]
    assert len(set(rows)) == len(rows)
