"""Lazy imports for the `__init__.py` of a package, so that `nshot --help` stays fast."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any


def find_lazily(package: str, homes: Mapping[str, str]) -> Callable[[str], Any]:
    """A `__getattr__` for the `__init__.py` of a package.

    Args:
        package: The package's dotted name.
        homes: The module of the package that defines each name.

    >>> find_lazily("nshot.sql", {"normalise": "normalise"})("normalise").__name__
    'normalise'
    """

    def find(name: str) -> Any:
        if name not in homes:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        return getattr(import_module(f"{package}.{homes[name]}"), name)

    return find
