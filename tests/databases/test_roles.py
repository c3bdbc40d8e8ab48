"""What a role may do beyond reading, and that the printed statements make one that can only
read."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.databases.mysql.conftest import MakeMysql, make_mysql, mysql_server, run_script
from tests.databases.postgres.conftest import MakePostgres, make_postgres, server

from nshot.data import Catalog
from nshot.databases import bind, execute, read_schema
from nshot.errors import OptionError

__all__ = ["make_mysql", "make_postgres", "mysql_server", "server"]

SCRIPT = "CREATE TABLE item (id INT PRIMARY KEY, name VARCHAR(40)); INSERT INTO item VALUES (1, 'cup');"
RISKS = {
    "GRANT UPDATE (name) ON item TO {}": "may write to tables",
    "GRANT DELETE ON seen TO {}": "may write to tables",
    "GRANT CREATE ON SCHEMA public TO {}": "may create tables or other objects",
    "ALTER ROLE {} CREATEDB": "may create roles or databases, or replicate",
}


def test_a_superuser_is_warned_of_and_the_printed_role_can_only_read(make_postgres: MakePostgres) -> None:
    import psycopg

    url = make_postgres(SCRIPT + "CREATE VIEW seen AS SELECT * FROM item;")
    assert bind(url).find_risks() == ("is a superuser",)
    notes: list[str] = []
    Catalog(note=notes.append).include(url)
    assert ["is a superuser" in note and "nshot db role" in note for note in notes] == [True]
    name = url.rpartition("/")[2]
    statements = bind(url).role_statements(name)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statements)
        reader = url.replace("//postgres@", f"//{name}@")
        try:
            assert bind(reader).find_risks() == ()
            assert execute(reader, "SELECT name FROM item").rows == (("cup",),)
            with psycopg.connect(reader, autocommit=True) as other:
                other.execute("SET default_transaction_read_only = off")
                with pytest.raises(psycopg.Error, match="permission denied"):
                    other.execute("INSERT INTO item VALUES (2, 'jug')")
            connection.execute(f'GRANT INSERT ON item TO "{name}"')
            assert bind(reader).find_risks() == ("may write to tables",)
            connection.execute(f'REVOKE INSERT ON item FROM "{name}"')
            for allow, risk in RISKS.items():
                connection.execute(allow.format(f'"{name}"'))
                assert bind(reader).find_risks() == (risk,), allow
                connection.execute(f'REVOKE ALL ON item, seen FROM "{name}"')
                connection.execute(
                    f'REVOKE ALL ON SCHEMA public FROM "{name}"; ALTER ROLE "{name}" NOCREATEDB'
                )
        finally:
            connection.execute(f'DROP OWNED BY "{name}" CASCADE; DROP ROLE "{name}"')


def test_root_is_warned_of_and_the_printed_user_only_reads(make_mysql: MakeMysql, mysql_server: str) -> None:
    import pymysql

    url = make_mysql(SCRIPT)
    assert bind(url).find_risks() == ("may do everything on the server",)
    name = url.rpartition("/")[2]
    run_script(mysql_server, bind(url).role_statements(name))
    reader = url.replace("//root@", f"//{name}:choose one@".replace(" ", "%20"))
    try:
        assert bind(reader).find_risks() == ()
        assert read_schema(reader).tables[0].name == "item"
        assert execute(reader, "SELECT name FROM item").rows == (("cup",),)
        with pytest.raises(pymysql.Error, match="denied"):
            run_script(reader, "INSERT INTO item VALUES (2, 'jug')")
        run_script(mysql_server, f"GRANT INSERT, EXECUTE ON {name}.* TO {name}")
        assert bind(reader).find_risks() == (
            "may write (INSERT)",
            "has more privileges than reading needs (EXECUTE)",
        )
    finally:
        run_script(mysql_server, f"DROP USER {name}")


def test_files_are_made_readable_only(make_database: Callable[[str, str], Path]) -> None:
    file = make_database("my shop.sqlite", SCRIPT)
    assert bind(file).find_risks() == ()
    subprocess.run(["/bin/sh", "-c", bind(file).role_statements("x")], check=True)
    assert not file.stat().st_mode & 0o222
    with pytest.raises(OptionError, match="runs no SQL"):
        bind("oracle://host/db").role_statements("x")
