"""Progress in a log, and results that appear whole."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from contextlib import redirect_stdout
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


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def on_terminal(print_it: Callable[[], None], monkeypatch: pytest.MonkeyPatch, width: int = 80) -> str:
    """What appears on a terminal of this width."""
    monkeypatch.setenv("COLUMNS", str(width))
    screen = Terminal()
    with redirect_stdout(screen):
        print_it()
    return screen.getvalue()


HOSTILE = "a\x1b[2Jb\x9b31m\x07\u202e\rc\td\n"


def write_to_sink(text: str) -> None:
    with console.sink(None) as file:
        file.write(text)


@pytest.mark.parametrize(
    "print_it",
    [console.write, write_to_sink, lambda text: console.table(["x"], [[text]]), console.write_json],
)
def test_a_terminal_gets_no_control_characters(
    monkeypatch: pytest.MonkeyPatch, print_it: Callable[[str], None]
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("TERM", "dumb")
    shown = on_terminal(lambda: print_it(HOSTILE), monkeypatch)
    assert not set(shown) & set("\x1b\x9b\x07\u202e\r")
    assert "[2Jb" in shown


def test_control_characters_are_written_out(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = on_terminal(lambda: console.write(HOSTILE), monkeypatch)
    assert shown == "a\\x1b[2Jb\\x9b31m\\x07\\u202e\\x0dc\td\n"


def test_a_pipe_gets_exactly_the_text(capsys: pytest.CaptureFixture[str]) -> None:
    console.write(HOSTILE)
    assert capsys.readouterr().out == HOSTILE


def test_json_stays_what_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    console.write_json({"a": HOSTILE})
    assert json.loads(capsys.readouterr().out) == {"a": HOSTILE}


@pytest.mark.parametrize("count", [2, 9, 10, 27, 90, 400])
@pytest.mark.parametrize("width", [80, 160])
def test_no_cell_of_a_wide_result_is_lost(monkeypatch: pytest.MonkeyPatch, count: int, width: int) -> None:
    values = [f"{1000 + number}" for number in range(count)]
    names = [f"metric_{number:03d}" for number in range(count)]
    shown = on_terminal(lambda: console.table(names, [values, [None] * count]), monkeypatch, width)
    assert all(value in shown for value in values)
    assert shown.count("NULL") == count


def test_rows_that_are_too_wide_are_lines_of_column_and_value(monkeypatch: pytest.MonkeyPatch) -> None:
    names = [f"column {number}" for number in range(30)]
    shown = on_terminal(lambda: console.table(names, [range(30)], title="Wide"), monkeypatch)
    assert shown.splitlines()[:4] == ["Wide", "-- row 1 --", "column 0: 0", "column 1: 1"]


def test_a_wide_result_without_rows_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = on_terminal(lambda: console.table(["metric"] * 30, []), monkeypatch)
    assert shown.startswith("no rows; columns: metric, metric")


def test_no_word_of_a_column_name_is_broken(monkeypatch: pytest.MonkeyPatch) -> None:
    names = [f"shipped date{number}" for number in range(6)]
    grid = on_terminal(lambda: console.table(names, [["1996-07-16 00:00"] * 6]), monkeypatch)
    assert all(f"date{number}" in grid for number in range(6))
    long = on_terminal(lambda: console.table(["a" * 20] * 6, [[1] * 6]), monkeypatch)
    assert long.startswith("-- row 1 --\n" + "a" * 20 + ": 1\n")


def test_bytes_are_shown_as_sql_writes_them(capsys: pytest.CaptureFixture[str]) -> None:
    console.table(["a"], [[b"\x00\xff"]])
    assert "x'00ff'" in capsys.readouterr().out
