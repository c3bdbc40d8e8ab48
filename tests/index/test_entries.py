"""The lines of an index, one an entry."""

from __future__ import annotations

import json

from nshot.index.entries import Entry, read_entries, write_entries
from nshot.types import Example


def test_entries_are_read_as_they_were_written() -> None:
    plain = Example("1", "How many?", "SELECT 1", "shop", "easy", ("a",))
    other = Example("2", "Which?", "SELECT TOP 1 a FROM t", "shop", dialect="tsql")
    entries = [Entry(one, "how many", "select", ("k",), "never") for one in (plain, other)]
    lines = list(write_entries(entries))
    assert read_entries(lines, "never") == entries
    assert ["dialect" in json.loads(line) for line in lines] == [
        False,
        True,
    ]  # as before, where there is none
