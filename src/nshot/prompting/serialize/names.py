"""Names as they must be written in SQL."""

from __future__ import annotations

import re
from typing import Final

from nshot.prompting.serialize.escape import one_line
from nshot.sql.forms.spelling import form_name as spelled
from nshot.sql.forms.spelling import quoted, sql_name

_PLAIN_NAME = re.compile(r"[^\W\d]\w*")

_RESERVED = """
add all alter and as autoincrement between by case cast check collate commit constraint create
current_date current_time current_timestamp default deferrable delete distinct drop else escape except
exists foreign from group having if in index insert intersect into is isnull join limit natural not
nothing notnull null on or order primary raise references returning select set table then to
transaction union unique update using values when where
"""

RESERVED: Final = frozenset(_RESERVED.split())
"""Words that SQLite 3.40 does not take for a name without quotes (found by trying all its keywords)."""


def is_plain(name: str) -> bool:
    """Whether SQLite's SQL can hold the name without quotes."""
    return _PLAIN_NAME.fullmatch(name) is not None and name.lower() not in RESERVED


def quote(name: str, dialect: str = "sqlite") -> str:
    """The name as SQL of the dialect writes it: bare where that is possible, else in quotes.

    >>> quote("Home_Town"), quote("Home Town"), quote("order"), quote(" town")
    ('Home_Town', '"Home Town"', '"order"', '" town"')
    >>> quote("Home_Town", "postgres"), quote("user", "postgres"), quote("order", "mysql")
    ('"Home_Town"', '"user"', '`order`')
    """
    if dialect != "sqlite":
        return sql_name(name_line(name), dialect)
    return name if is_plain(name) else always_quote(name)


def form_name(name: str, dialect: str) -> str:
    """The name as the SQL forms spell it, on one line."""
    return spelled(name_line(name), dialect)


def always_quote(name: str, dialect: str = "sqlite") -> str:
    """The name in the quotes of the dialect, inner ones doubled."""
    return quoted(name_line(name), dialect)


def name_line(name: str) -> str:
    r"""The name on one line; blanks at its ends belong to it.

    >>> name_line(" home\n town"), name_line("town ")
    (' home town', 'town ')
    """
    core = name.strip()
    before, _, after = name.partition(core) if core else (name, "", "")
    return "".join([*before.splitlines(), one_line(core), *after.splitlines()])
