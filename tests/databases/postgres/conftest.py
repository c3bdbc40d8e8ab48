"""A PostgreSQL server for the tests: one that is given, or one of our own in a temporary folder."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

MakePostgres = Callable[[str], str]


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """The URL of a server, without a database; the tests that need it are skipped where there is
    none.

    With `NSHOT_TEST_SERVERS` they fail there.

    `NSHOT_TEST_POSTGRES` names a server at hand, as a role that may create databases and roles.
    Else the programs of PostgreSQL are looked for on the PATH and where Debian puts them.
    """
    pytest.importorskip("psycopg")
    if given := os.environ.get("NSHOT_TEST_POSTGRES"):
        yield given.rstrip("/")
        return
    programs = _programs()
    if programs is None or not _may_start():
        reason = "no PostgreSQL (set NSHOT_TEST_POSTGRES to the URL of a server, or install one)"
        if os.environ.get("NSHOT_TEST_SERVERS"):
            pytest.fail(reason)
        pytest.skip(reason)
    folder = Path(tempfile.mkdtemp(prefix="nshot-pg-"))
    try:
        yield from _own_server(programs, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def make_postgres(server: str) -> Iterator[MakePostgres]:
    """Makes a database from a script and returns its URL; it is dropped after the test."""
    import psycopg

    made: list[str] = []

    def make(script: str) -> str:
        name = f"nshot_{os.getpid()}_{next(_NUMBERS)}"
        with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE template0")
        made.append(name)
        with psycopg.connect(f"{server}/{name}", autocommit=True) as connection:
            connection.execute(script)
        return f"{server}/{name}"

    yield make
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        for name in made:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


_NUMBERS = count()
_USER = "postgres"
"""Debian's user for the server."""


def _programs() -> Path | None:
    """The folder of `initdb` and `pg_ctl`, of the newest version."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda file: float(file.parts[-3]))
    named = shutil.which("initdb")
    return Path(named).parent if named else found[-1].parent if found else None


def _may_start() -> bool:
    """False for root where there is no other user to run the server: it refuses to run as root."""
    if os.geteuid() != 0:
        return True
    return shutil.which("runuser") is not None and any(one.pw_name == _USER for one in pwd.getpwall())


def _own_server(programs: Path, folder: Path) -> Iterator[str]:
    """Starts a server that listens on a free port of the loopback address, and stops it
    afterwards."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    prefix: list[str] = []
    if os.geteuid() == 0:
        shutil.chown(folder, _USER)
        prefix = ["runuser", "-u", _USER, "--"]
    data = folder / "data"
    settings = f"-p {port} -c listen_addresses=127.0.0.1 -c fsync=off -k {folder}"

    def call(program: str, *arguments: str) -> None:
        command = [*prefix, str(programs / program), "-D", str(data), *arguments]
        subprocess.run(command, check=True, cwd=folder, stdout=subprocess.DEVNULL, timeout=120)

    call("initdb", "-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C", "--no-sync")
    call("pg_ctl", "-o", settings, "-l", str(folder / "log"), "-w", "start")
    try:
        yield f"postgresql://postgres@127.0.0.1:{port}"
    finally:
        call("pg_ctl", "-m", "immediate", "-w", "stop")
