"""Kinds of databases: one protocol, and a table of backends by URL scheme.

A backend is one database, bound to a file or URL. Code outside of this package never asks for the
kind of a database: `bind` finds the backend, and the backend knows.

To add a kind of database, write a module with a class that implements `Backend` and a function
`bind(source)` that returns it, and add the module to `BACKENDS`.
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
from nshot.redaction import conceal_url

if TYPE_CHECKING:
    from nshot.databases.cells.read import Bounds, CellsRead
    from nshot.types import Rows, Schema

Source = str | Path
"""A database: a path, or a URL such as `postgresql://user@host/name`."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of one statement; see the arguments of `nshot.databases.execute`."""

    timeout: float = 10.0
    """Seconds until the statement is stopped."""
    max_rows: int | None = 10_000
    """Maximum number of rows that are returned; None for all."""
    max_bytes: int = 64 << 20
    """Size of the result in bytes of Python objects, and of a single value."""
    text_errors: str = "replace"
    """How text that is invalid in its encoding is decoded, as in `bytes.decode`."""

    def __post_init__(self) -> None:
        if not 0 < self.timeout <= 86_400:
            raise OptionError(
                f"`timeout` must be above 0 and at most 86400 seconds, got {self.timeout}", option="timeout"
            )
        if self.max_rows is not None and self.max_rows < 0:
            raise OptionError(
                f"`max_rows` must be at least 0, or None, got {self.max_rows}", option="max_rows"
            )
        if self.max_bytes < 1:
            raise OptionError(f"`max_bytes` must be at least 1, got {self.max_bytes}", option="max_bytes")
        try:
            codecs.lookup_error(self.text_errors)
        except LookupError as error:
            raise OptionError(
                f"`text_errors` must be the name of an error handler of Python, such as replace, "
                f"got {self.text_errors!r}"
            ) from error


class FileState(NamedTuple):
    """Properties of a database file that change when it is written to."""

    size: int
    """Bytes."""
    modified: int
    """Time of the last write in nanoseconds."""


class Resource(Protocol):
    """Something that a session keeps open between statements: a process or a connection."""

    def close(self) -> None:
        """Closes what is open."""
        ...

    def end(self) -> None:
        """Stop the running statement, from another thread; later statements fail."""
        ...


R = TypeVar("R", bound=Resource)


class Kept:
    """The resources of one session; backends create them at their first use."""

    def __init__(self, *, once: bool = False) -> None:
        """
        Args:
            once: For a single statement, which another thread may end: it is run as without a
                session, and nothing stays open in the database's process.
        """
        self.once = once
        self._lock = Lock()
        self._resources: dict[str, Resource] = {}
        self._ended = False

    def get(self, key: str, make: Callable[[], R]) -> R:
        """The resource kept under this key; created if there is none."""
        with self._lock:
            if key not in self._resources:
                self._resources[key] = make()
                if self._ended:
                    self._resources[key].end()
            return cast("R", self._resources[key])

    def close(self) -> None:
        """Close all resources; the next statement opens what it needs."""
        for resource in list(self._resources.values()):
            resource.close()

    def end(self) -> None:
        """End all resources, and those that are created later."""
        with self._lock:
            self._ended = True
            resources = list(self._resources.values())
        for resource in resources:
            resource.end()


class Backend(Protocol):
    """A database whose schema, values and rows can be read; it is never changed."""

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
        """The source for messages, without a password."""
        ...

    def schema(self, db_id: str | None = None) -> Schema:
        """The schema of what can be read; `Schema.left_out` names the rest.

        Args:
            db_id: The schema's name; if None, the file's stem or the database's own name.

        Raises:
            DataError: The database is missing, cannot be opened, or is not a database.
        """
        ...

    def cells(self, schema: Schema, bounds: Bounds) -> CellsRead:
        """The distinct short texts in the database's columns.

        Raises:
            DataError: Nothing in the database can be read.
        """
        ...

    def execute(self, sql: str, limits: Limits, kept: Kept | None = None) -> Rows:
        """The rows of one SELECT, run in the sandbox of this kind of database.

        Args:
            sql: A text that `refuse_text` accepted.
            limits: The limits of the statement.
            kept: The resources of a session. If given, the text is passed to the database
                unchanged.

        Raises:
            SqlError: As in `nshot.databases.execute`.
            DataError: The database is missing or cannot be read.
        """
        ...

    def state(self) -> FileState | None:
        """The state of the file that contains the whole database; None if there is no such file.

        While the state is unchanged, `content` is unchanged, too.
        """
        ...

    def content(self) -> str | None:
        """A hash of the content; None if it takes more than reading one file of 8 GiB."""
        ...

    def version(self) -> str | None:
        """A text that changes when rows are written; None if the database has none that is quickly
        read.

        It may also change without a write, for example when a server is restarted.

        Raises:
            DataError: The database does not answer.
        """
        ...

    def is_stable(self, sql: str) -> bool:
        """Whether the statement is known to return the same rows while the content is unchanged.

        It is not if the statement, or a view that it reads, uses the clock or random numbers.

        Raises:
            DataError: The database is missing or cannot be read.
        """
        ...

    def find_risks(self) -> tuple[str, ...]:
        """What the user of the connection may do beyond reading, in words: "is a superuser".

        nshot refuses such statements anyway; a user that cannot do it is one wall more.

        Raises:
            DataError: The database does not answer.
        """
        ...

    def role_statements(self, role: str) -> str:
        """Statements or commands with which an administrator makes a user that can only read.

        Args:
            role: The name of the user to make.

        Raises:
            DataError: The database does not answer.
        """
        ...


class BackendKind(NamedTuple):
    """A kind of database in the table."""

    name: str
    """The name in messages."""
    module: str
    """Module with `bind(source) -> Backend`; imported when a database of this kind is used."""
    form: str
    """How the user writes a database of this kind."""
    extra: str = ""
    """The pip extra with its driver; empty if none is needed."""
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
_DUCKDB: Final = BackendKind(
    "DuckDB",
    "nshot.databases.duckdb.backend",
    "a file or duckdb:///FILE",
    "duckdb",
    endings=(".duckdb", ".ddb"),
)
_MYSQL: Final = BackendKind(
    "MySQL and MariaDB", "nshot.databases.mysql.backend", "mysql://USER:PASSWORD@HOST/DATABASE", "mysql"
)

BACKENDS: Final[dict[str, BackendKind]] = {
    "sqlite": _SQLITE,
    "postgresql": _POSTGRES,
    "postgres": _POSTGRES,
    "duckdb": _DUCKDB,
    "mysql": _MYSQL,
    "mariadb": _MYSQL,
}
"""Kinds of databases by URL scheme, without the driver: `postgresql` for `postgresql+psycopg://`.
"""

FILE_ENDINGS: Final = tuple(ending for kind in BACKENDS.values() for ending in kind.endings)
"""Endings of database files."""


def bind(source: Source) -> Backend:
    """The database of a path or a URL; nothing is opened yet.

    The ending of a path selects the kind, by default SQLite. A URL whose scheme is not in
    `BACKENDS` is passed to SQLAlchemy: its schema can be read, but no SQL can be run on it.

    Raises:
        OptionError: The URL does not have the form of its kind.
    """
    scheme = scheme_of(source)
    if scheme:
        conceal_url(str(source))
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
    """Whether the text is certainly a database: a URL, a file or a path. Otherwise it may be a
    db_id.

    >>> names_database("postgresql://host/shop"), names_database("data/shop"), names_database("shop")
    (True, True, False)
    """
    text = str(source)
    return bool(scheme_of(source)) or "/" in text or text.endswith(FILE_ENDINGS) or Path(source).is_file()


def list_supported() -> str:
    """The kinds of databases that SQL can be run on, with their pip extras, for messages."""
    return ", ".join(
        f"{kind.name} ({kind.form}" + (f"; pip install 'nshot[{kind.extra}]')" if kind.extra else ")")
        for kind in dict.fromkeys(BACKENDS.values())
    )
