"""The table of schema serializations."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Final, TypeAlias

from nshot.prompting.serialize.compact import compact
from nshot.prompting.serialize.ddl import ddl
from nshot.prompting.serialize.natural import natural
from nshot.types import CellMatch, Context, Schema

ContextWriter: TypeAlias = Callable[[Schema, Sequence[CellMatch]], str]

CONTEXTS: Final[Mapping[Context, ContextWriter]] = MappingProxyType(
    {"natural": natural, "ddl": ddl, "compact": compact}
)
"""Context writers by name."""
