"""No module of nshot imports a module that imports it in turn, be it for the type checker alone."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

Graph = dict[str, set[str]]


def find_modules(source: Path) -> dict[str, Path]:
    """Files of a source tree by the dotted names of their modules."""
    found = {}
    for path in sorted(source.rglob("*.py")):
        parts = path.relative_to(source).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def find_imports(modules: Mapping[str, Path]) -> Graph:
    """The modules that each module imports outside of functions."""
    return {name: set(_imported(name, path, modules)) for name, path in modules.items()}


def _imported(name: str, path: Path, modules: Mapping[str, Path]) -> Iterator[str]:
    around = name if path.name == "__init__.py" else name.rpartition(".")[0]
    for node in _outside_functions(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            wanted = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                package = around.rsplit(".", node.level - 1)[0]
                base = f"{package}.{base}" if base else package
            wanted = [f"{base}.{alias.name}" for alias in node.names]
        else:
            continue
        for one in wanted:
            yield from (
                found for found in _with_packages(one) if found in modules and not _inside(name, found)
            )


def _with_packages(module: str) -> Iterator[str]:
    """A module and the packages around it: `import a.b.c` runs `a` and `a.b`, too."""
    while module:
        yield module
        module = module.rpartition(".")[0]


def _inside(module: str, package: str) -> bool:
    """Whether a package is under way already when the module is imported."""
    return module == package or module.startswith(f"{package}.")


def _outside_functions(node: ast.AST) -> Iterator[ast.AST]:
    """The statements that run on import or that the type checker alone reads."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        yield child
        yield from _outside_functions(child)


def find_circle(graph: Mapping[str, set[str]]) -> list[str]:
    """One circle, its first module again at its end; empty if there is none."""
    done: set[str] = set()

    def follow(path: list[str]) -> list[str]:
        for name in sorted(graph[path[-1]]):
            if name in path:
                return [*path[path.index(name) :], name]
            if name not in done and (found := follow([*path, name])):
                return found
        done.add(path[-1])
        return []

    return next((found for name in sorted(graph) if name not in done and (found := follow([name]))), [])


def test_no_modules_import_each_other_in_a_circle(repo: Path) -> None:
    graph = find_imports(find_modules(repo / "src"))
    assert len(graph) > 100
    assert " -> ".join(find_circle(graph)) == ""


def write(folder: Path, **files: str) -> Graph:
    """The imports of a package `room` with these files."""
    (folder / "room").mkdir()
    for name, text in {"__init__": "", **files}.items():
        (folder / "room" / f"{name}.py").write_text(text)
    return find_imports(find_modules(folder))


def test_a_circle_of_three_modules_is_found(tmp_path: Path) -> None:
    graph = write(tmp_path, a="from room.b import x", b="import room.c", c="from room import a")
    assert find_circle(graph) == ["room.a", "room.b", "room.c", "room.a"]


def test_a_circle_through_a_package_that_gathers_its_modules_is_found(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "__init__.py").write_text("from room.a import x")
    (tmp_path / "other" / "b.py").write_text("")
    assert find_circle(write(tmp_path, a="from other.b import y")) == ["other", "room.a", "other"]


def test_a_relative_import_counts(tmp_path: Path) -> None:
    graph = write(tmp_path, a="from . import b", b="from .a import x")
    assert find_circle(graph) == ["room.a", "room.b", "room.a"]


def test_an_import_in_the_body_of_a_class_or_a_try_counts(tmp_path: Path) -> None:
    inside = "try:\n    pass\nexcept OSError:\n    class C:\n        import room.b"
    assert find_circle(write(tmp_path, a=inside, b="import room.a"))


def test_an_import_for_the_type_checker_counts(tmp_path: Path) -> None:
    late = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import room.a"
    assert find_circle(write(tmp_path, a="import room.b", b=late)) == ["room.a", "room.b", "room.a"]


def test_an_import_of_a_function_is_no_circle(tmp_path: Path) -> None:
    assert find_circle(write(tmp_path, a="import room.b", b="def f():\n    import room.a")) == []


def test_a_package_may_gather_its_modules(tmp_path: Path) -> None:
    assert find_circle(write(tmp_path, __init__="from room.a import x", a="import room.b", b="x = 1")) == []


PAST_THE_FACE = frozenset(
    (
        "nshot.artifacts.run_metadata",
        "nshot.eval.official_layout",
        "nshot.eval.report.wording",
        "nshot.eval.statistics",
        "nshot.index.encoder",
        "nshot.models.adapter",
        "nshot.pipeline.connect",
        "nshot.retrieval.sample_index",
        "nshot.sql.forms",
        "nshot.sql.forms.spelling",
        "nshot.sql.parse",
        "nshot.training.export",
    )
)
"""Modules that other rooms import by their own names, as the room's face has that name for
something else.
"""


def test_rooms_are_imported_by_their_faces() -> None:
    source = Path(__file__).resolve().parents[2] / "src"
    modules = find_modules(source)
    deep = set()
    for name, path in modules.items():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module and not node.level:
                parts = node.module.split(".")
                if parts[0] == "nshot" and len(parts) > 2 and parts[1] != [*name.split("."), ""][1]:
                    deep.add(node.module)
    assert deep <= PAST_THE_FACE
    assert deep >= PAST_THE_FACE, "no longer needed: take it from the list"
