"""Where databases are."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nshot.cli.output.console import say

if TYPE_CHECKING:
    from nshot.data import Catalog


@dataclass(frozen=True)
class DatabaseOptions:
    """Where the databases are."""

    databases: Annotated[
        Path | None,
        typer.Option(
            help="Folder of <db_id>/<db_id>.sqlite, or one in Spider's layout. Default: the sample that "
            "ships with nshot."
        ),
    ] = None
    tables: Annotated[
        Path | None,
        typer.Option(
            help="A tables.json as Spider has it: schemas of databases whose files are not at hand."
        ),
    ] = None

    @property
    def given(self) -> bool:
        """Whether the user named any."""
        return self.databases is not None or self.tables is not None

    def catalog(self) -> Catalog:
        """The databases named, or those of the sample; what cannot be read goes to stderr."""
        from nshot.data import Catalog

        if not self.given:
            return Catalog.sample(note=say)
        return Catalog(self.databases, self.tables, note=say)
