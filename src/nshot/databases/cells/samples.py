"""The first rows of a table, with long values cut."""

from __future__ import annotations

from nshot.databases.backend import Source
from nshot.databases.session import Session
from nshot.sql import quote_name
from nshot.types import Rows, Table


def read_samples(
    session: Session, source: Source, table: Table, dialect: str, *, rows: int, length: int
) -> Rows:
    """The first rows of a table, with one column for each of its columns.

    SQLite cuts long texts and BLOBs itself: a table of mails of some megabytes each is shown, too.

    Args:
        session: Runs the statement.
        source: The database.
        table: One of its tables.
        dialect: That of its schema.
        rows: Most rows that are read.
        length: Characters after which values may be cut.

    Raises:
        SqlError, DataError: As in `Session.execute`.
    """
    names = [quote_name(column.name, dialect) for column in table.columns]
    if dialect == "sqlite":
        long = "CASE WHEN typeof({0}) IN ('text', 'blob') THEN substr({0}, 1, {1}) ELSE {0} END"
        names = [long.format(name, length) for name in names]
    sql = f"SELECT {', '.join(names)} FROM {quote_name(table.name, dialect)} LIMIT {rows}"  # noqa: S608
    return session.execute(source, sql, rows)
