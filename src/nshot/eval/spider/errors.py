"""What Spider's parser rejects, and where the official programs break off."""

from __future__ import annotations

from nshot.errors import SqlParseError


class SpiderParseError(SqlParseError):
    """Spider's own parser does not read the statement; SQLite may well run it."""


class OfficialCrashError(Exception):
    """The official program ends with an exception of its own here; judges turn it into a reason."""
