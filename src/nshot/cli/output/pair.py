"""A verified pair as people see it, and as programs do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from nshot.cli.output.console import visible, write, write_json

if TYPE_CHECKING:
    from nshot.pairs import Pair


def pair_record(pair: Pair, conflicts: Sequence[Pair] = ()) -> dict[str, Any]:
    """The pair as JSON."""
    return {**asdict(pair), "conflicts": [other.id for other in conflicts]}


def print_pair(pair: Pair, conflicts: Sequence[Pair] = (), *, as_json: bool = False) -> None:
    """All that is known of a pair, a line a field; empty fields are left out."""
    if as_json:
        write_json(pair_record(pair, conflicts))
        return
    for name, value in pair_record(pair, conflicts).items():
        if value:
            write(f"{name}: {visible(', '.join(value) if isinstance(value, list) else value)}\n")
