"""Dates and times of PostgreSQL that Python cannot represent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from psycopg import Connection


def read_all_times(connection: Connection[Any]) -> None:
    """Let the driver return a date or time as text if Python cannot represent it.

    For example `infinity`, `44-03-15 BC`, years beyond 9999, `24:00:00`. Other values are
    unchanged.
    """
    from psycopg.types import datetime

    for name in ("Date", "Time", "Timetz", "Timestamp", "Timestamptz", "Interval"):
        connection.adapters.register_loader(name.lower(), _or_text(getattr(datetime, f"{name}Loader")))


def _or_text(loader: type[Any]) -> type[Any]:
    import psycopg

    class OrText(loader):  # type: ignore[misc]
        def load(self, data: Any) -> Any:
            try:
                return super().load(data)
            except (psycopg.Error, ValueError, OverflowError):
                return bytes(data).decode()

    return OrText
