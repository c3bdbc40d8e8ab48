"""What the documents show works as shown."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

LINK = re.compile(r"\]\((?!https?:|#)([^)#]+)")


@pytest.mark.model
def test_the_five_lines_of_the_readme_answer_a_question(
    repo: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", (repo / "README.md").read_text(), re.DOTALL)
    exec(compile(code, "README.md", "exec"), {})
    assert capsys.readouterr().out.strip()


def test_links_between_documents_lead_somewhere(repo: Path) -> None:
    documents = [repo / "README.md", repo / "CHANGELOG.md", *(repo / "docs").rglob("*.md")]
    broken = [
        f"{document.name}: {target}"
        for document in documents
        for target in LINK.findall(document.read_text())
        if not (document.parent / target).exists()
    ]
    assert not broken


def test_every_room_says_what_it_does_not_know(repo: Path) -> None:
    rooms = [path for path in (repo / "src" / "nshot").iterdir() if (path / "__init__.py").is_file()]
    silent = [
        room.name
        for room in rooms
        if not re.search(
            r"not know|knows nothing|Knows nothing|holds no|knows neither", (room / "__init__.py").read_text()
        )
    ]
    assert len(rooms) >= 7
    assert not silent
