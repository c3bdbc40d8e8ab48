"""Names in SQL that the sandbox's child process writes itself."""

from __future__ import annotations


def quote(name: str) -> str:
    """The name in double quotes.

    >>> quote('my "own" table')
    '"my ""own"" table"'
    """
    return '"' + name.replace('"', '""') + '"'
