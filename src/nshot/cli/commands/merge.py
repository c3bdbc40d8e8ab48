"""`nshot merge`: joins what the parts of a run wrote."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, ClassVar

import typer

from nshot.cli.options.derive import derive_options
from nshot.cli.output.console import write
from nshot.options import option


@dataclass(frozen=True)
class MergeOptions:
    """Where the joined output is written."""

    EXPLICIT: ClassVar = True

    out: Path = option()
    """The joined file of predictions."""
    overwrite: bool = option(False, only_on=True)
    """Replace the predictions that `out` holds."""


Parts = Annotated[
    list[Path], typer.Argument(help="The files of all parts, in any order.", show_default=False)
]


@derive_options
def merge(parts: Parts, wanted: MergeOptions) -> None:
    """Join the predictions of all parts that `predict --shard` wrote.

    The joined file is the one that a run without parts writes, apart from the seconds: nshot merge
    1.jsonl 2.jsonl 3.jsonl 4.jsonl --out dev.jsonl
    """
    from nshot.artifacts import check_not_read
    from nshot.pipeline import merge_predictions

    check_not_read(wanted.out, parts, "out")
    count = merge_predictions(wanted.out, parts, overwrite=wanted.overwrite)
    write(f"{wanted.out}: {count} predictions of {len(parts)} parts\n")
