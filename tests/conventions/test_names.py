"""A class name has one meaning in the package."""

from __future__ import annotations

import ast
from collections import defaultdict
from pathlib import Path

ASKED_FOR = ("Generator",)
"""Names of inner classes that a library asks for; here sqlglot, of a dialect."""


def test_no_two_classes_have_one_name(repo: Path) -> None:
    places: dict[str, list[str]] = defaultdict(list)
    source = repo / "src" / "nshot"
    for path in sorted(source.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef) and node.name not in ASKED_FOR:
                places[node.name].append(str(path.relative_to(source)))
    assert len(places) > 200
    assert not {name: files for name, files in places.items() if len(files) > 1}


NO_PARTICIPLES = (
    "read", "embed", "feed", "need", "seed", "speed", "nothing",
    "ceiling", "decoding", "heading", "nesting", "ordering", "paired", "ranking", "wording",
)  # fmt: skip
"""First words of functions that end as participles do: verbs, nouns and names of methods."""
NAMED_AS_VALUES = ("property", "contextmanager")
"""Decorators of functions whose name may be a participle: `with replacing(path)`."""


def test_functions_begin_with_no_participle(repo: Path) -> None:
    found = []
    for path in sorted((repo / "src" / "nshot").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                word = node.name.lstrip("_").partition("_")[0]
                decorators = " ".join(ast.unparse(one) for one in node.decorator_list)
                is_value = any(one in decorators for one in NAMED_AS_VALUES)
                if word.endswith(("ed", "ing")) and word not in NO_PARTICIPLES and not is_value:
                    found.append(f"{path.relative_to(repo)}: {node.name}")
    assert not found
