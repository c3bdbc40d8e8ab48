"""Names as they must be written in SQL."""

from __future__ import annotations

import re
from typing import Final

from nshot.prompting.serialize.escape import one_line
from nshot.sql import SQLITE_RESERVED, quote_name, sql_name
from nshot.sql.forms.spelling import form_name

DIALECTS: Final = {
    "sqlite": "SQLite",
    "postgres": "PostgreSQL",
    "mysql": "MySQL",
    "duckdb": "DuckDB",
    "tsql": "SQL Server (T-SQL)",
    "bigquery": "BigQuery",
    "snowflake": "Snowflake",
    "oracle": "Oracle",
}
"""Names of SQL dialects as people write them, by sqlglot's names."""
_COLLATION = re.compile(
    r"""\s+(?:character\s+set|charset|collate)\s+("[^"]*"|'[^']*'|`[^`]*`|[\w.]+)""", re.IGNORECASE
)
_PLAIN_NAME = re.compile(r"[^\W\d]\w*")
RESERVED: Final = SQLITE_RESERVED | {"by", "natural"}
"""Words that prompts quote as names; SQLite accepts the last two without quotes."""


def plain_type(kind: str) -> str:
    """A declared type without its character set and collation, which say nothing of what it holds.

    >>> plain_type("VARCHAR(40) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"), plain_type("int unsigned")
    ('VARCHAR(40)', 'int unsigned')
    """
    return _COLLATION.sub("", kind)


def is_plain(name: str) -> bool:
    """Whether SQLite accepts the name without quotes."""
    return _PLAIN_NAME.fullmatch(name) is not None and name.lower() not in RESERVED


def prompt_name(name: str, dialect: str = "sqlite") -> str:
    """The name as the dialect writes it: without quotes if possible, otherwise quoted.

    >>> prompt_name("Home_Town"), prompt_name("Home Town"), prompt_name("order"), prompt_name(" town")
    ('Home_Town', '"Home Town"', '"order"', '" town"')
    >>> prompt_name("Home_Town", "postgres"), prompt_name("user", "postgres"), prompt_name("order", "mysql")
    ('"Home_Town"', '"user"', '`order`')
    """
    if dialect != "sqlite":
        return sql_name(name_line(name), dialect)
    return name if is_plain(name) else prompt_quoted_name(name)


def prompt_form_name(name: str, dialect: str) -> str:
    """The name as the SQL forms spell it, on one line."""
    return form_name(name_line(name), dialect)


def prompt_quoted_name(name: str, dialect: str = "sqlite") -> str:
    """The name in the dialect's quotes, with quotes inside it doubled."""
    return quote_name(name_line(name), dialect)


def name_line(name: str) -> str:
    r"""The name on one line; blanks at its ends belong to it.

    >>> name_line(" home\n town"), name_line("town ")
    (' home town', 'town ')
    """
    core = name.strip()
    before, _, after = name.partition(core) if core else (name, "", "")
    return "".join([*before.splitlines(), one_line(core), *after.splitlines()])
