"""Databases without a sandbox in nshot: SQLAlchemy can read their schema, but no SQL is run."""

from __future__ import annotations

from nshot.databases.backend import FileState, Kept, Limits, Source, list_supported, scheme_of
from nshot.databases.cells.read import Bounds, CellsRead
from nshot.databases.reflection import DIALECTS, reflect
from nshot.errors import OptionError
from nshot.redaction import redact
from nshot.types import Rows, Schema


def bind(source: Source) -> ReflectedDatabase:
    """The database behind a URL."""
    return ReflectedDatabase(str(source))


class ReflectedDatabase:
    """A database of which only the schema is read; see `nshot.databases.backend.Backend`."""

    def __init__(self, url: str) -> None:
        self.source = url
        self.shown = redact(url)
        self.scheme = scheme_of(url)
        self.dialect = DIALECTS.get(self.scheme, self.scheme)

    def schema(self, db_id: str | None = None) -> Schema:
        return reflect(self.source, db_id)

    def cells(self, schema: Schema, bounds: Bounds) -> CellsRead:  # noqa: ARG002
        """No cells, because reading them needs a sandbox."""
        return CellsRead([], complete=False)

    def execute(self, sql: str, limits: Limits, kept: Kept | None = None) -> Rows:  # noqa: ARG002
        raise OptionError(f"cannot run SQL on {self.scheme!r}; supported are: {list_supported()}")

    def state(self) -> FileState | None:
        return None

    def content(self) -> str | None:
        return None

    def version(self) -> str | None:
        return None

    def is_stable(self, sql: str) -> bool:  # noqa: ARG002
        return False

    def find_risks(self) -> tuple[str, ...]:
        """None, because no SQL is run."""
        return ()

    def role_statements(self, role: str) -> str:  # noqa: ARG002
        raise OptionError(f"nshot runs no SQL on {self.scheme!r}, so it needs no role there")
