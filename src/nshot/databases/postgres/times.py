"""Dates, times and intervals of PostgreSQL that Python cannot represent."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from psycopg import Connection


_MONTHS: Final = re.compile(rb"mon|year|infinity")


def read_all_times(connection: Connection[Any]) -> None:
    """Let the driver return a date, time or interval as text if Python cannot represent it.

    For example `infinity`, `44-03-15 BC`, years beyond 9999, `24:00:00`, `1 mon 2 days` (a month
    has no fixed number of days). Other values are unchanged.
    """
    from psycopg.types import datetime

    for name in ("Date", "Time", "Timetz", "Timestamp", "Timestamptz", "Interval"):
        connection.adapters.register_loader(name.lower(), _or_text(getattr(datetime, f"{name}Loader")))


def _or_text(loader: type[Any]) -> type[Any]:
    import psycopg
    from psycopg.types.datetime import IntervalLoader

    is_interval = issubclass(loader, IntervalLoader)

    class OrText(loader):  # type: ignore[misc]
        def load(self, data: Any) -> Any:
            if is_interval and _MONTHS.search(bytes(data)):
                return bytes(data).decode()
            try:
                return super().load(data)
            except (psycopg.Error, ValueError, OverflowError, NotImplementedError):
                return bytes(data).decode()

    return OrText
