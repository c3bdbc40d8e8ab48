"""The docstrings below the fields of config classes."""

from __future__ import annotations

import ast
import inspect
import sys
from collections.abc import Mapping
from dataclasses import is_dataclass
from functools import cache


@cache
def field_docs(kind: type) -> Mapping[str, str]:
    """The docstrings below the fields of a class and of its bases, each in one line."""
    found: dict[str, str] = {}
    for one in reversed(kind.__mro__):
        if not is_dataclass(one) or sys.modules.get(one.__module__) is None:
            continue
        found |= _module_docs(one.__module__).get(one.__qualname__, {})
    return found


@cache
def _module_docs(module: str) -> Mapping[str, Mapping[str, str]]:
    """The string below each annotated name, by class."""
    try:
        tree = ast.parse(inspect.getsource(sys.modules[module]))
    except (OSError, TypeError):  # defined at a prompt
        return {}
    return {node.name: _class_docs(node) for node in ast.walk(tree) if isinstance(node, ast.ClassDef)}


def _class_docs(node: ast.ClassDef) -> dict[str, str]:
    found = {}
    for field, below in zip(node.body, node.body[1:], strict=False):
        is_text = isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant)
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name) and is_text:
            text = below.value.value  # type: ignore[attr-defined]
            if isinstance(text, str):
                found[field.target.id] = " ".join(text.split())
    return found
