"""What the documents show works as shown."""

from __future__ import annotations

import ast
import re
import tomllib
from importlib import import_module
from pathlib import Path

import pytest

LINK = re.compile(r"\]\((?!https?:)([^)#\s]*)(?:#([^)\s]*))?\)")
OPTION = re.compile(r"(?<![\w-])--[a-z][\w-]*")


@pytest.mark.model
def test_the_five_lines_of_the_readme_answer_a_question(
    repo: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (code,) = code_blocks(repo / "README.md", "python")
    (shown,) = code_blocks(repo / "README.md", "text")
    exec(compile(code, "README.md", "exec"), {})
    assert capsys.readouterr().out == shown


def documents(repo: Path) -> list[Path]:
    return [*repo.glob("*.md"), *(repo / "docs").rglob("*.md")]


def anchors(document: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)$", document.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading).strip().lower().replace(" ", "-") for heading in headings}


def test_links_between_documents_lead_somewhere(repo: Path) -> None:
    broken = []
    for document in documents(repo):
        for target, anchor in LINK.findall(document.read_text()):
            page = document.parent / target if target else document
            if not page.exists() or (anchor and anchor not in anchors(page)):
                broken.append(f"{document.name}: {target}#{anchor}")
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


NAMED = re.compile(r"`(\w+)`\s+\(`([\w/]+\.py)`\)")


def test_what_the_architecture_page_names_is_where_it_says(repo: Path) -> None:
    named = NAMED.findall((repo / "docs" / "architecture.md").read_text())
    astray = [
        f"{name} in {file}"
        for name, file in named
        if not re.search(
            rf"^(def |class )?{name}\b", (repo / "src" / "nshot" / file).read_text(), re.MULTILINE
        )
    ]
    assert len(named) > 20
    assert not astray


def test_the_map_on_the_architecture_page_is_the_contract(repo: Path) -> None:
    page = (repo / "docs" / "architecture.md").read_text()
    shown = page.partition("## Dependencies")[2].split("```")[1].strip("\n").splitlines()
    contract = tomllib.loads((repo / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"][0]
    layers = [set(re.findall(r"nshot\.(\w+)", layer)) for layer in contract["layers"]]
    assert [set(line.split()) for line in shown] == layers


def test_the_files_of_the_repository_that_a_page_names_exist(repo: Path) -> None:
    path = re.compile(r"`((?:src|tests|tools|benchmarks|configs)/[\w/.-]+)`")
    named = {(page.name, name) for page in documents(repo) for name in path.findall(page.read_text())}
    assert len(named) > 20
    assert not [(page, name) for page, name in sorted(named) if not (repo / name.split("NAME")[0]).exists()]


EXTENDING = re.compile(r"`((?:[\w.-]+/)*[\w-]+\.(?:py|md|jinja|toml)|(?:[\w-]+/)+)`")


def place_of(repo: Path, name: str) -> Path:
    """The file that the page means; of one that is to be written, the folder that it goes to."""
    top = name.startswith(("docs/", "src/", "tests/", "tools/", "pyproject"))
    root = repo if top else repo / "src" / "nshot"
    before = name.partition("NAME")[0]
    return root / (before if "NAME" in name else name)


def test_the_files_that_the_page_on_extending_names_exist(repo: Path) -> None:
    page = (repo / "docs" / "extending.md").read_text()
    named = set(EXTENDING.findall(page)) - {"mine.jinja"}
    assert len(named) > 30
    assert not [name for name in sorted(named) if not place_of(repo, name).exists()]
    assert not place_of(repo, "eval/nothing/NAME.py").exists()


def test_the_names_that_the_page_on_extending_gives_stand_in_the_files_of_its_list(repo: Path) -> None:
    """A step begins with a file; what it names in capitals or as a class stands there."""
    page = (repo / "docs" / "extending.md").read_text()
    absent = []
    steps = re.findall(r"^\d\. `([\w/.-]+\.py)`[^:]*: (.*?)(?=^\d\. |^$)", page, re.MULTILINE | re.DOTALL)
    for file, text in steps:
        if "NAME" in file:
            continue
        source = place_of(repo, file).read_text()
        names = re.findall(r"`([A-Z]\w+(?:\.\w+)?|load_engine|_draw_charts)`", text)
        absent += [f"{name} in {file}" for name in names if name.rpartition(".")[2] not in source]
    assert len(steps) > 20
    assert not absent


def test_the_example_on_extending_is_the_code_as_it_stands(repo: Path) -> None:
    page = repo / "docs" / "extending.md"
    shown = [code for code in code_blocks(page, "python") if code.startswith("# ")]
    assert len(shown) == 3
    for code in shown:
        head, *lines = code.splitlines()
        source = [line.strip() for line in place_of(repo, head[2:]).read_text().splitlines()]
        assert "\n".join(line.strip() for line in lines) in "\n".join(source), head


def code_blocks(document: Path, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", document.read_text(), re.DOTALL | re.MULTILINE)


def test_the_python_of_the_documents_imports_what_there_is(repo: Path) -> None:
    missing = []
    for document in documents(repo):
        nodes = [node for code in code_blocks(document, "python") for node in ast.parse(code).body]
        for node in nodes:
            if not isinstance(node, ast.ImportFrom) or not (node.module or "").startswith("nshot"):
                continue
            module = import_module(str(node.module))
            missing += [f"{document.name}: {one.name}" for one in node.names if not hasattr(module, one.name)]
    assert not missing


def test_the_commands_of_the_documents_have_the_options_that_they_show(repo: Path) -> None:
    known = set(OPTION.findall((repo / "docs" / "cli.md").read_text()))
    commands = [
        (document.name, line)
        for document in documents(repo)
        for language in ("", "sh", "text")
        for code in code_blocks(document, language)
        for line in code.replace("\\\n", " ").splitlines()
        if line.startswith("nshot ")
    ]
    unknown = [(name, option) for name, line in commands for option in set(OPTION.findall(line)) - known]
    assert len(commands) > 30
    assert not unknown


def test_the_pages_that_the_source_names_exist(repo: Path) -> None:
    named = {
        page
        for folder in ("src", "tools", "benchmarks")
        for source in (repo / folder).rglob("*.py")
        for page in re.findall(r"(?<![\w/])docs/[\w/.-]+\.md", source.read_text())
    }
    assert len(named) > 5
    assert not [page for page in sorted(named) if not (repo / page).is_file()]


def test_every_entry_of_the_log_has_its_four_parts(repo: Path) -> None:
    entries = (repo / "docs" / "LOG.md").read_text(encoding="utf-8").split("\n## ")[1:]
    assert len(entries) > 20
    parts = ("**Question.**", "**Set-up.**", "**Result.**", "**Decision.**")
    for entry in entries:
        places = [entry.find(part) for part in parts]
        assert -1 not in places, entry.splitlines()[0]
        assert places == sorted(places), entry.splitlines()[0]
