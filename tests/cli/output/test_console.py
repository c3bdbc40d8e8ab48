"""Progress in a log, and results that appear whole."""

from __future__ import annotations

from pathlib import Path

import pytest

from nshot.cli.output import console
from nshot.errors import DataError


def test_a_log_gets_lines_with_the_time_left(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(console, "LOG_EVERY", 0.0)
    with console.progress() as start:
        step = start("predicting", 10)
        step(4)
        step(1)
    lines = capsys.readouterr().err.splitlines()
    assert lines[-1].startswith("predicting: 5 of 10, about ")
    assert lines[-1].endswith(" min left")


def test_a_sink_that_fails_leaves_the_old_file_and_no_part(tmp_path: Path) -> None:
    target = tmp_path / "out.jsonl"
    target.write_text("old")

    def write_half() -> None:
        with console.sink(target, lambda path: True) as file:
            file.write("half")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write_half()
    assert target.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["out.jsonl"]


def test_a_sink_never_replaces_a_file_of_others(tmp_path: Path) -> None:
    target = tmp_path / "out.jsonl"
    target.write_text("years of work")
    with pytest.raises(DataError, match="was not written by nshot"), console.sink(target) as file:
        file.write("new")
    assert target.read_text() == "years of work"
