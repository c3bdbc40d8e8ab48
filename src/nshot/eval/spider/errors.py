"""Errors of Spider's parser and of the official programs."""

from __future__ import annotations

from nshot.errors import SqlParseError


class SpiderParseError(SqlParseError):
    """Spider's own parser cannot read the statement; SQLite may still run it."""


class OfficialCrashError(Exception):
    """The official program would raise an exception here; judges turn it into a reason."""
