"""How the forms and the SQL dialects spell names."""

from __future__ import annotations

import re
from typing import Final

from nshot.sql.tokens import KEYWORDS

_PLAIN: Final = re.compile(r"[^\W\d]\w*")

SQLITE_RESERVED: Final = frozenset(
    """add all alter and as autoincrement between case cast check collate commit constraint create
    current_date current_time current_timestamp default deferrable delete distinct drop else escape
    except exists foreign from group having if in index insert intersect into is isnull join limit
    not nothing notnull null on or order primary raise references returning select set table
    then to transaction union unique update using values when where""".split()
)
"""Words that SQLite 3.40 does not accept as a name without quotes (found by trying all its
keywords).
"""

_POSTGRES: Final = frozenset(
    """all analyse analyze and any array as asc asymmetric authorization binary both case cast check
    collate collation column concurrently constraint create cross current_catalog current_date
    current_role current_schema current_time current_timestamp current_user default deferrable desc
    distinct do else end except false fetch for foreign freeze from full grant group having ilike in
    initially inner intersect into is isnull join lateral leading left like limit localtime
    localtimestamp natural not notnull null offset on only or order outer overlaps placing primary
    references returning right select session_user similar some symmetric system_user table
    tablesample then to trailing true union unique user using variadic verbose when where window
    with""".split()
)
"""PostgreSQL's reserved words, including those that may only name functions or types (its manual,
appendix C)."""

_RESERVED: Final = {
    "postgres": _POSTGRES | KEYWORDS,
    "redshift": _POSTGRES | KEYWORDS,
    "sqlite": SQLITE_RESERVED | KEYWORDS,
}
_ANYWHERE: Final = _POSTGRES | SQLITE_RESERVED | KEYWORDS

_BACKTICKS: Final = frozenset(("mysql", "mariadb", "bigquery", "spark", "hive", "databricks"))


def keeps_case(dialect: str) -> bool:
    """Whether quoted names are case-sensitive and unquoted ones lose their letter case."""
    return dialect in ("postgres", "redshift")


def form_name(name: str, dialect: str) -> str:
    """The name as the forms `tidy`, `named` and `from-first` spell it.

    It is in lower case if the dialect ignores case, and in the dialect's quotes if it needs them.
    MySQL keeps its letter case: names of tables are those of files there.

    >>> form_name("Singer_ID", "sqlite"), form_name("Singer_ID", "postgres"), form_name("Song Name", "mysql")
    ('singer_id', '"Singer_ID"', '`Song Name`')
    """
    spelled = name if keeps_case(dialect) or dialect == "mysql" else name.lower()
    return spelled if _bare(spelled, dialect) else quote_name(spelled, dialect)


def sql_name(name: str, dialect: str) -> str:
    """The name in its original letter case, quoted in the dialect's way if it needs quotes.

    >>> sql_name("Song_Name", "sqlite"), sql_name("Order", "sqlite"), sql_name("Order", "mysql")
    ('Song_Name', '"Order"', '`Order`')
    """
    return name if _bare(name, dialect) else quote_name(name, dialect)


def quote_name(name: str, dialect: str = "sqlite") -> str:
    """The name in the dialect's quotes, with quotes inside it doubled.

    >>> quote_name('a "b" c', "sqlite"), quote_name("a", "mysql")
    ('"a ""b"" c"', '`a`')
    """
    return _in_marks(name, "`" if dialect in _BACKTICKS else '"')


def _bare(name: str, dialect: str) -> bool:
    lowered = name.lower()
    if keeps_case(dialect) and name != lowered:
        return False
    return _PLAIN.fullmatch(name) is not None and lowered not in _RESERVED.get(dialect, _ANYWHERE)


def _in_marks(name: str, mark: str) -> str:
    return mark + name.replace(mark, mark * 2) + mark
