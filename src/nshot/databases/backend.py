"""Kinds of databases: one protocol, and a table of backends by URL scheme.

A backend is one database, bound to the file or URL that names it. Nothing outside of this room asks what
kind of database it has: `bind` finds the backend, and the backend answers.

To add a kind of database, write a module with a class that fulfils `Backend` and a function
`bind(source)` that returns it, and name the module in `BACKENDS`.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol, TypeVar, cast

from nshot.errors import OptionError

if TYPE_CHECKING:
    from nshot.databases.cells import Bounds, CellsRead
    from nshot.types import Rows, Schema

Source = str | Path
"""What names a database: a path, or a URL such as `postgresql://user@host/name`."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one statement may cost. The arguments of `nshot.databases.execute` tell more."""

    timeout: float = 10.0
    """Seconds until the statement is stopped."""
    max_rows: int | None = 10_000
    """Rows returned at most; None for all."""
    max_bytes: int = 64 << 20
    """Size of the result in bytes of Python objects, and of a single value."""
    text_errors: str = "replace"
    """What becomes of text that is not valid in its encoding, as in `bytes.decode`."""

    def __post_init__(self) -> None:
        if not 0 < self.timeout <= 86_400:
            raise OptionError(f"timeout must be in (0, 86400] seconds, got {self.timeout}")
        if self.max_rows is not None and self.max_rows < 0:
            raise OptionError(f"max_rows must be 0 or more, or None, got {self.max_rows}")
        if self.max_bytes < 1:
            raise OptionError(f"max_bytes must be 1 or more, got {self.max_bytes}")
        try:
            codecs.lookup_error(self.text_errors)
        except LookupError as error:
            raise OptionError(
                f"text_errors must name an error handler of Python, got {self.text_errors!r}"
            ) from error


class FileState(NamedTuple):
    """What a write to a database file changes."""

    size: int
    """Bytes."""
    modified: int
    """Time of the last write in nanoseconds."""


class Resource(Protocol):
    """Something that a session keeps open between statements: a process, a connection."""

    def close(self) -> None:
        """Closes what is open."""
        ...

    def end(self) -> None:
        """Stops the statement under way, from another thread; later statements fail."""
        ...


R = TypeVar("R", bound=Resource)


class Kept:
    """The resources of one session, made by the backends when they need them first."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._resources: dict[str, Resource] = {}
        self._ended = False

    def get(self, key: str, make: Callable[[], R]) -> R:
        """The resource that is kept under this key; made if there is none."""
        with self._lock:
            if key not in self._resources:
                self._resources[key] = make()
                if self._ended:
                    self._resources[key].end()
            return cast("R", self._resources[key])

    def close(self) -> None:
        """Closes all resources; the next statement opens what it needs."""
        for resource in list(self._resources.values()):
            resource.close()

    def end(self) -> None:
        """Ends all resources, and those that are made later."""
        with self._lock:
            self._ended = True
            resources = list(self._resources.values())
        for resource in resources:
            resource.end()


class Backend(Protocol):
    """One database that can be described, read and asked, always without a change to it."""

    @property
    def dialect(self) -> str:
        """sqlglot's name of the SQL dialect."""
        ...

    @property
    def source(self) -> Source:
        """The file, or the URL."""
        ...

    @property
    def shown(self) -> str:
        """The source for messages: without a password."""
        ...

    def schema(self, db_id: str | None = None) -> Schema:
        """The schema of what can be read; `Schema.left_out` names the rest.

        Args:
            db_id: The schema's name; the file's stem or the database's own name if it is None.

        Raises:
            DataError: The database is missing, does not open, or is no database.
        """
        ...

    def cells(self, schema: Schema, bounds: Bounds) -> CellsRead:
        """The distinct short texts of the database's columns.

        Raises:
            DataError: Nothing of the database can be read.
        """
        ...

    def execute(self, sql: str, limits: Limits, kept: Kept | None = None) -> Rows:
        """The rows of one SELECT: the sandbox of this kind of database.

        Args:
            sql: A text that `refuse_text` let pass.
            limits: What the statement may cost.
            kept: The resources of a session. With them the text goes to the database as it stands.

        Raises:
            SqlError: As `nshot.databases.execute`.
            DataError: The database is missing or cannot be read.
        """
        ...

    def state(self) -> FileState | None:
        """The state of the one file that holds the whole database; None if there is no such file.

        As long as the state is the same, so is `content`.
        """
        ...

    def content(self) -> str | None:
        """A hash of the content; None where it would take more than reading one file."""
        ...

    def is_stable(self, sql: str) -> bool:
        """Whether the statement is known to return the same rows as long as the content is the same.

        It is not where the statement or a view that it reads asks for the clock or for a random number.

        Raises:
            DataError: The database is missing or cannot be read.
        """
        ...


class BackendKind(NamedTuple):
    """A kind of database in the table."""

    name: str
    """The name in messages."""
    module: str
    """Has `bind(source) -> Backend`; imported when a database of the kind is used."""
    form: str
    """How a database of this kind is named."""
    extra: str = ""
    """The pip extra that holds its driver; empty if none is needed."""
    endings: tuple[str, ...] = ()
    """Endings of its files, if it has files."""


_SQLITE: Final = BackendKind(
    "SQLite",
    "nshot.databases.sqlite.backend",
    "a file or sqlite:///FILE",
    endings=(".sqlite", ".sqlite3", ".db"),
)
_POSTGRES: Final = BackendKind(
    "PostgreSQL", "nshot.databases.postgres.backend", "postgresql://USER:PASSWORD@HOST/DATABASE", "postgres"
)

BACKENDS: Final[dict[str, BackendKind]] = {
    "sqlite": _SQLITE,
    "postgresql": _POSTGRES,
    "postgres": _POSTGRES,
}
"""Kinds of databases by URL scheme, without the driver: `postgresql` for `postgresql+psycopg://`."""

FILE_ENDINGS: Final = tuple(ending for kind in BACKENDS.values() for ending in kind.endings)
"""Endings of database files."""


def bind(source: Source) -> Backend:
    """The database that a path or a URL names; nothing is opened yet.

    A path is a file of the kind that its ending says, else a SQLite file. A URL whose scheme is not in
    `BACKENDS` is left to SQLAlchemy: its schema can be read, and no SQL can be run on it.

    Raises:
        OptionError: The URL does not have the form of its kind.
    """
    scheme = scheme_of(source)
    if scheme:
        module = BACKENDS[scheme].module if scheme in BACKENDS else "nshot.databases.reflected"
    else:
        kinds = (kind for kind in BACKENDS.values() if str(source).endswith(kind.endings or ("\0",)))
        module = next(kinds, _SQLITE).module
    backend: Any = import_module(module)
    return cast("Backend", backend.bind(source))


def scheme_of(source: Source) -> str:
    """The scheme of a URL without the driver, in lower case; empty for a path.

    >>> scheme_of("postgresql+psycopg://host/shop"), scheme_of("C:/shop.sqlite")
    ('postgresql', '')
    """
    scheme, mark, _ = source.partition("://") if isinstance(source, str) else ("", "", "")
    return scheme.partition("+")[0].lower() if mark else ""


def names_database(source: Source) -> bool:
    """Whether the text names a database by itself: a URL, a file, or a path. Else it may be a db_id.

    >>> names_database("postgresql://host/shop"), names_database("data/shop"), names_database("shop")
    (True, True, False)
    """
    text = str(source)
    return bool(scheme_of(source)) or "/" in text or text.endswith(FILE_ENDINGS) or Path(source).is_file()


def list_supported() -> str:
    """The kinds of databases that SQL can be run on, with the pip extra of each, for messages."""
    return ", ".join(
        f"{kind.name} ({kind.form}" + (f"; pip install 'nshot[{kind.extra}]')" if kind.extra else ")")
        for kind in dict.fromkeys(BACKENDS.values())
    )
