"""The check of line lengths finds prose that is too long and leaves tables, code and links
alone."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

LONG = "word " * 30


def check(repo: Path, file: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(repo / "tools" / "check_prose.py"), str(file)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_a_long_line_of_prose_is_reported_with_its_place(repo: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"# Title\n\n{LONG}\n```\n{LONG}\n```\n- {LONG}\n")
    ran = check(repo, page)
    assert ran.returncode == 1
    assert f"{page}:3: 150 characters, at most 100" in ran.stderr
    assert f"{page}:7: 152 characters" in ran.stderr
    assert ran.stderr.count("characters") == 2


@pytest.mark.parametrize(
    "text",
    [
        f"| {LONG} |",
        f"```\n{LONG}\n```",
        f"````\n```\n{LONG}\n```\n````",
        f"{LONG} <https://example.org>",
        f"[1.0]: {LONG}",
        "é" * 100,
    ],
)
def test_what_cannot_be_wrapped_may_be_long(repo: Path, tmp_path: Path, text: str) -> None:
    page = tmp_path / "page.md"
    page.write_text(text + "\n", encoding="utf-8")
    assert check(repo, page).returncode == 0
