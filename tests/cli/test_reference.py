"""docs/cli.md says what the commands say of themselves."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import Run

COMMANDS = ("data prepare", "index build", "retrieve", "ask", "predict")


def check(repo: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(repo / "tools" / "cli_reference.py"), "--check"]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_reference_is_up_to_date(repo: Path) -> None:
    done = check(repo)
    assert done.returncode == 0, done.stderr


def test_a_stale_reference_is_told(repo: Path, tmp_path: Path) -> None:
    (tmp_path / "tools").mkdir()
    (tmp_path / "docs").mkdir()
    script = (repo / "tools" / "cli_reference.py").read_text(encoding="utf-8")
    (tmp_path / "tools" / "cli_reference.py").write_text(script, encoding="utf-8")
    (tmp_path / "docs" / "cli.md").write_text("# The command line\n")
    done = check(tmp_path)
    assert done.returncode == 1
    assert "stale" in done.stderr


@pytest.mark.parametrize("command", COMMANDS)
def test_it_holds_the_help_as_it_is_printed(
    run: Run, repo: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    printed = "\n".join(
        line.rstrip()
        for line in run(
            *command.split(), "--help" if command == "data prepare" else "--help-all"
        ).out.splitlines()
    )
    assert f"## nshot {command}\n\n```\n{printed}\n```\n" in (repo / "docs" / "cli.md").read_text(
        encoding="utf-8"
    )
