"""Attacks on a server: for each, what refuses it where the check of the text is not there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest
from tests.databases.postgres.conftest import MakePostgres

from nshot.databases.backend import Limits, bind
from nshot.databases.postgres.execute import PostgresServer
from nshot.databases.postgres.gate import gate
from nshot.errors import SqlError, SqlRefusedError

BY_THE_CURSOR = {
    "INSERT INTO item VALUES (9, 'x') RETURNING id": "syntax error",
    "DELETE FROM item RETURNING id": "syntax error",
    "CREATE TABLE nshot_x (a int)": "syntax error",
    "COPY item TO PROGRAM 'true'": "syntax error",
    "SELECT 1; DROP TABLE item": "multiple commands",
    "WITH x AS (UPDATE item SET name = 'x' RETURNING id) SELECT * FROM x": "data-modifying statements",
    "SELECT * INTO nshot_x FROM item": "INTO is not allowed here",
}
"""As a superuser: a cursor is declared for one query."""
BY_THE_TRANSACTION = {
    "SELECT deleting()": "read-only transaction",
    "SELECT nextval('s')": "read-only transaction",
    "SELECT setval('s', 5)": "read-only transaction",
    "SELECT * FROM item FOR UPDATE": "read-only transaction",
}
"""As a superuser."""
BY_THE_ROLE = {
    "SELECT pg_read_file('/etc/passwd')": "permission denied",
    "SELECT pg_ls_dir('/')": "permission denied",
    "SELECT lo_import('/etc/passwd')": "permission denied|read-only",
    "SELECT * FROM secret": "permission denied",
    "SELECT rolpassword FROM pg_authid": "permission denied",
    "SELECT pg_reload_conf()": "permission denied",
    "SELECT pg_rotate_logfile()": "permission denied",
}
"""As the role that `nshot db role` makes; a superuser could run these even in a READ ONLY
transaction.
"""
BY_THE_GATE_ALONE = [
    "SELECT pg_sleep(10)",
    "SELECT pg_advisory_lock(1)",
    "SELECT pg_notify('a', 'b')",
    "SELECT set_config('statement_timeout', '0', false)",
    "SELECT pg_cancel_backend(1)",
    "SELECT lo_create(0)",
    "SELECT query_to_xml('SELECT 1', true, true, '')",
    "SELECT table_to_xml('item', true, true, '')",
    "SELECT * FROM ts_stat('SELECT NULL::tsvector')",
    "SELECT txid_current()",
    "SELECT setseed(0.5)",
    "SELECT my_function(1)",
]
"""Neither the transaction nor the role stops these (the transaction: before version 16)."""


@pytest.fixture
def url(make_postgres: MakePostgres) -> str:
    return make_postgres(
        "CREATE TABLE item (id int PRIMARY KEY, name text); INSERT INTO item VALUES (1, 'cup'), (2, 'jug');"
        "CREATE SEQUENCE s; CREATE FUNCTION deleting() RETURNS int LANGUAGE sql AS"
        " 'DELETE FROM item RETURNING 1'"
    )


@pytest.fixture
def as_reader(url: str) -> Iterator[str]:
    import psycopg

    name = url.rpartition("/")[2]
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(bind(url).role_statements(name))
        connection.execute(f"CREATE TABLE secret (a int); REVOKE ALL ON secret FROM {name}")
        yield url.replace("//postgres@", f"//{name}@")
        connection.execute(f"DROP OWNED BY {name} CASCADE; DROP ROLE {name}")


def run_ungated(url: str, sql: str) -> object:
    with closing(PostgresServer(url, 5.0)) as server:
        return server.run(sql, Limits(5.0)).rows


def test_the_cursor_and_the_transaction_refuse_even_a_superuser(url: str) -> None:
    for sql, reason in [*BY_THE_CURSOR.items(), *BY_THE_TRANSACTION.items()]:
        with pytest.raises(SqlError, match=reason):
            run_ungated(url, sql)
    assert run_ungated(url, "SELECT count(*) FROM item") == ((2,),)


def test_the_role_refuses_what_the_transaction_lets_pass(as_reader: str) -> None:
    for sql, reason in BY_THE_ROLE.items():
        with pytest.raises(SqlError, match=reason):
            run_ungated(as_reader, sql)


@pytest.mark.parametrize("sql", [*BY_THE_GATE_ALONE, *BY_THE_ROLE])
def test_the_gate_refuses_before_anything_is_sent(sql: str) -> None:
    if sql.startswith(("SELECT * FROM secret", "SELECT rolpassword")):
        assert gate(sql)  # tables are the role's business
        return
    with pytest.raises(SqlRefusedError, match="is not allowed"):
        gate(sql)
