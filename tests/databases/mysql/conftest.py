"""A MariaDB server for the tests: one that is given, or one of our own in a temporary folder."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy

MakeMysql = Callable[[str], str]


@pytest.fixture(scope="session")
def mysql_server() -> Iterator[str]:
    """The URL of a server, without a database; the tests that need it are skipped where there is
    none.

    With `NSHOT_TEST_SERVERS` they fail there.

    `NSHOT_TEST_MYSQL` names a server at hand, as a user that may create databases and users. Else
    the programs of MariaDB are looked for on the PATH and where Debian puts them.
    """
    pytest.importorskip("pymysql")
    if given := os.environ.get("NSHOT_TEST_MYSQL"):
        yield given.rstrip("/")
        return
    programs = [shutil.which(name, path=_PLACES) for name in ("mariadb-install-db", "mariadbd")]
    if None in programs or not _may_start():
        reason = "no MariaDB (set NSHOT_TEST_MYSQL to the URL of a server, or install mariadb-server)"
        if os.environ.get("NSHOT_TEST_SERVERS"):
            pytest.fail(reason)
        pytest.skip(reason)
    folder = Path(tempfile.mkdtemp(prefix="nshot-my-"))
    try:
        yield from _own_server(str(programs[0]), str(programs[1]), folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def make_mysql(mysql_server: str) -> Iterator[MakeMysql]:
    """Makes a database from a script with names in double quotes; it is dropped after the test."""
    made: list[str] = []

    def make(script: str) -> str:
        name = f"nshot_{os.getpid()}_{next(_NUMBERS)}"
        run_script(mysql_server, f"CREATE DATABASE {name} CHARACTER SET utf8mb4")
        made.append(name)
        run_script(f"{mysql_server}/{name}", script)
        return f"{mysql_server}/{name}"

    yield make
    for name in made:
        run_script(mysql_server, f"DROP DATABASE {name}")


def run_script(url: str, script: str) -> None:
    """Runs statements as the user of a URL."""
    with closing(connect(url)) as connection, connection.cursor() as cursor:
        cursor.execute(script)
        while cursor.nextset():
            pass


def connect(url: str) -> Any:
    """A connection with nothing in the way, which takes several statements at once."""
    import pymysql
    from pymysql.constants import CLIENT

    parts = sqlalchemy.make_url(url)
    return pymysql.connect(
        host=parts.host,
        port=parts.port or 3306,
        user=parts.username,
        password=parts.password or "",
        database=parts.database,
        charset="utf8mb4",
        sql_mode="ANSI_QUOTES",
        client_flag=CLIENT.MULTI_STATEMENTS,
        autocommit=True,
    )


_NUMBERS = count()
_USER = "mysql"
"""Debian's user for the server."""
_PLACES = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/bin"])


def _may_start() -> bool:
    """False for root where there is no other user to run the server: it refuses to run as root."""
    return os.geteuid() != 0 or any(one.pw_name == _USER for one in pwd.getpwall())


def _own_server(install: str, program: str, folder: Path) -> Iterator[str]:
    """Starts a server that listens on a free port of the loopback address, and stops it
    afterwards."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    user = [f"--user={_USER}"] if os.geteuid() == 0 else []
    if user:
        shutil.chown(folder, _USER)
    common = ["--no-defaults", f"--datadir={folder}/data", "--skip-name-resolve", *user]
    small = ["--innodb-buffer-pool-size=32M", "--innodb-log-file-size=8M", "--skip-log-bin"]
    quick = ["--innodb-flush-log-at-trx-commit=0", "--innodb-doublewrite=0"]
    login = ["--auth-root-authentication-method=normal", "--skip-test-db"]
    subprocess.run([install, *common, *login], check=True, stdout=subprocess.DEVNULL, timeout=240)
    place = [f"--port={port}", "--bind-address=127.0.0.1", f"--socket={folder}/socket"]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen([program, *common, *small, *quick, *place], stdout=log, stderr=log)
    try:
        url = f"mariadb://root@127.0.0.1:{port}"
        _wait_for(url, server)
        yield url
    finally:
        server.kill()
        server.wait()


def _wait_for(url: str, server: subprocess.Popen[bytes]) -> None:
    import pymysql

    for _ in range(600):
        if server.poll() is not None:
            break
        try:
            connect(url).close()
        except pymysql.Error:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("MariaDB did not start")
