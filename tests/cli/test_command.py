"""Help in panels: the options that most people need, and all of them."""

from __future__ import annotations

import re

import pytest

from nshot.options import list_options
from nshot.pipeline import PipelineConfig

from .conftest import Run

COMMON = ("--model", "--databases", "--index", "--strategy", "--shots")
PIPELINE = ("ask", "predict", "prompt", "config show")


@pytest.fixture(autouse=True)
def width(monkeypatch: pytest.MonkeyPatch) -> None:
    """As wide as the reference in docs/cli.md."""
    monkeypatch.setenv("COLUMNS", "100")


def flags(text: str) -> set[str]:
    """The options that a help text lists."""
    return set(re.findall(r"^  (?:-\w, )?(--[\w-]+)", text, re.MULTILINE))


def panels(text: str) -> list[str]:
    return re.findall(r"^(\w[\w ]*):$", text, re.MULTILINE)


def test_the_help_of_ask_is_one_screen_of_panels(run: Run) -> None:
    text = run("ask", "--help").out
    assert len(text.splitlines()) <= 60
    assert panels(text) == ["Options", "Model", "Databases", "Examples", "Prompt"]
    assert set(COMMON) <= flags(text)
    assert "--top-p" not in text


@pytest.mark.parametrize("command", PIPELINE)
def test_the_short_help_says_how_many_options_it_leaves_out(run: Run, command: str) -> None:
    short, long = (run(*command.split(), option).out for option in ("--help", "--help-all"))
    count, where = re.findall(r"^(\d+) more options: (.*)$", short, re.MULTILINE)[0]
    assert int(count) == len(flags(long) - flags(short)) > 10
    assert where == f"nshot {command} --help-all"
    assert "more options" not in long


@pytest.mark.parametrize("command", ["ask", "predict", "config show"])
def test_the_long_help_has_every_option_of_the_pipeline(run: Run, command: str) -> None:
    text = run(*command.split(), "--help-all").out
    wanted = {
        "--" + name.replace("_", "-")
        for one in list_options(PipelineConfig)
        for name in ([switch.name for switch in one.info.switches] or [one.name])
    }
    assert wanted <= flags(text)
    assert {getattr(one.kind, "PANEL", "") for one in list_options(PipelineConfig)} <= set(panels(text))


def test_a_command_whose_options_are_few_has_one_help(run: Run) -> None:
    assert "--help-all" not in run("index", "info", "--help").out


def test_numbers_and_switches_show_their_defaults(run: Run) -> None:
    text = " ".join(run("ask", "--help-all").out.split())
    assert "SQL candidates that the model writes for a question. Default: 1." in text
    assert "beside their columns. Default: the model's own, else no." in text
    assert re.search(
        r"--seed <int> Random seed for --strategy random and --method sample. Default: 0\.", text
    )
