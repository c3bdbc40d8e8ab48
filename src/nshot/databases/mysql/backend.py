"""Databases of a MySQL or MariaDB server."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from nshot.databases.backend import Source
from nshot.databases.mysql.execute import execute_mysql
from nshot.databases.mysql.role import find_risks, role_statements
from nshot.databases.mysql.schema import mysql_schema, read_version
from nshot.databases.server import Server, ServerDatabase
from nshot.types import Column, Table

_TEXT: Final = re.compile(r"(?:var)?char\b|(?:tiny|medium|long)?text\b|enum\(|set\(")


def bind(source: Source) -> ServerDatabase:
    """The database behind a URL."""
    return ServerDatabase(str(source), MYSQL)


def _short(name: str, length: int) -> str:
    """Cut after one character more than `length`, which marks a value as too long."""
    return f"LEFT({name}, {length + 1})"


def _find_texts(_: str) -> Callable[[Table, Column], bool]:
    return lambda _, column: _TEXT.match(column.type.lower()) is not None


MYSQL: Final = Server(
    "mysql", mysql_schema, execute_mysql, read_version, find_risks, role_statements, _short, _find_texts
)
