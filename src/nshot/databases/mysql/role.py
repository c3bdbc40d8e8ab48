"""What the user of a connection to MySQL or MariaDB may do, and statements for a better one."""

from __future__ import annotations

import re
from typing import Any, Final

from nshot.databases.mysql.execute import abandon, connect, read_address, translate
from nshot.errors import DataError
from nshot.sql import quote_name

_SECONDS: Final = 10.0
_GRANT: Final = re.compile(r"GRANT (?P<what>.*?) ON (?P<where>.+?) TO ", re.IGNORECASE)
_SUPER: Final = re.compile(r"(?:^|, )SUPER(?:,|$)", re.IGNORECASE)
"""The root of MySQL 8 is not said to have ALL; its privileges are listed."""
_WRITING: Final = frozenset(("INSERT", "UPDATE", "DELETE", "CREATE", "DROP", "ALTER"))
_READING: Final = frozenset(("USAGE", "SELECT", "SHOW VIEW", "SHOW DATABASES"))


def find_risks(url: str) -> tuple[str, ...]:
    """What the user may do beyond reading, in words.

    Raises:
        DataError: The database does not answer.
    """
    grants = [str(row[0]) for row in _ask(url, f"SHOW GRANTS{_name_roles(url)}")]
    return name_risks(grants)


def _name_roles(url: str) -> str:
    """The clause that makes MySQL 8 list what the active roles may do; MariaDB lists it anyway."""
    try:
        role = str(_ask(url, "SELECT CURRENT_ROLE()")[0][0])
    except DataError:  # MySQL before 8 has no roles
        return ""
    return f" FOR CURRENT_USER() USING {role}" if "`@`" in role else ""


def name_risks(grants: list[str]) -> tuple[str, ...]:
    """The risks of grants as `SHOW GRANTS` lists them.

    >>> name_risks(["GRANT ALL PRIVILEGES ON *.* TO `root`@`%`"])
    ('may do everything on the server',)
    >>> name_risks(["GRANT USAGE ON *.* TO `a`@`%`", "GRANT SELECT (`x`), INSERT ON `shop`.`t` TO `a`@`%`"])
    ('may write (INSERT)',)
    """
    found: list[str] = []
    writing: set[str] = set()
    others: set[str] = set()
    for grant in grants:
        match = _GRANT.match(grant)
        if match is None:
            continue
        everything = match["what"].upper().startswith("ALL") or _SUPER.search(match["what"]) is not None
        if everything and match["where"] == "*.*":
            return ("may do everything on the server",)
        if everything:
            found.append(f"may do everything on {match['where']}")
            continue
        names = {name.strip().upper() for name in re.sub(r"\([^)]*\)", "", match["what"]).split(",")}
        writing |= names & _WRITING
        others |= names - _WRITING - _READING
    found += [f"may write ({', '.join(sorted(writing))})"] if writing else []
    found += [f"has more privileges than reading needs ({', '.join(sorted(others))})"] if others else []
    return tuple(found)


def role_statements(url: str, role: str) -> str:
    """SQL for a user that may only read the database.

    Args:
        url: The database.
        role: The new user's name.

    Raises:
        DataError: The database does not answer.
    """
    database = str(_ask(url, "SELECT DATABASE()")[0][0])
    name = "'" + role.replace("\\", "\\\\").replace("'", "''") + "'@'%'"
    base = quote_name(database.replace("_", "\\_").replace("%", "\\%"), "mysql")
    return (
        f"CREATE USER {name} IDENTIFIED BY 'choose one';\n"
        f"GRANT SELECT, SHOW VIEW ON {base}.* TO {name};\n"
        "-- No EXECUTE: stored functions may write. No FILE: it reads and writes files of the server.\n"
    )


def _ask(url: str, sql: str) -> list[tuple[Any, ...]]:
    address = read_address(url)
    connection = connect(address, _SECONDS)
    try:
        with connection.cursor() as cursor:
            cursor.execute(sql)
            return [tuple(row) for row in cursor.fetchall()]
    except Exception as error:
        raise DataError(f"cannot ask {address.shown}: {translate(error, address.shown)}") from error
    finally:
        abandon(connection)
