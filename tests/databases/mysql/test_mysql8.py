"""What MySQL 8 does in another way than MariaDB, by a server that answers as the manual says."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from nshot.databases import execute, read_schema
from nshot.databases.backend import bind
from nshot.errors import DataError, NshotError, SqlRefusedError, SqlTimeoutError
from nshot.types import LeftOut

from .scripted_server import Refusal, Reply, ScriptedServer

pytest.importorskip("pymysql")

UNKNOWN = Refusal(1193, "Unknown system variable")


def script(replies: Mapping[str, Reply]) -> Callable[[str], Reply]:
    """The reply whose key is in the statement; settings succeed, all else is an error."""

    def answer(sql: str) -> Reply:
        for part, reply in replies.items():
            if part in sql:
                return reply
        return None if sql.startswith("SET ") else Refusal(1064, f"not in the script: {sql}")

    return answer


BOTH = ("max_execution_time", "max_statement_time")
ROWS = {"FROM item": [["name"], ["cup"]]}


@pytest.mark.parametrize(
    ("version", "unknown", "sent"),
    [
        ("8.0.41", (), ["max_execution_time = "]),
        ("5.5.5-10.11.6-MariaDB", (), ["max_statement_time = "]),
        ("8.4.3", ("max_execution_time",), ["max_execution_time = ", "max_statement_time = "]),
        ("5.6.51", BOTH, ["max_execution_time = ", "max_statement_time = "]),
    ],
)  # fmt: skip
def test_the_deadline_is_set_as_the_server_knows_it(
    version: str, unknown: tuple[str, ...], sent: list[str]
) -> None:
    server = ScriptedServer(script({**dict.fromkeys(unknown, UNKNOWN), **ROWS}), version)
    with server.running():
        assert execute(server.url, "SELECT name FROM item", timeout=5).rows == (("cup",),)
    tried = [sql for sql in server.heard if "max_execution_time" in sql or "max_statement_time" in sql]
    assert len(tried) == len(sent)
    assert all(part in sql for part, sql in zip(sent, tried, strict=True))
    assert any("sql_select_limit = 10001" in sql for sql in server.heard)
    assert "START TRANSACTION READ ONLY" in server.heard


def test_milliseconds_are_sent_to_mysql_and_seconds_to_mariadb() -> None:
    for version, least, most in (("8.0.41", 4000, 5000), ("11.4.2-MariaDB", 4, 5)):
        server = ScriptedServer(script(ROWS), version)
        with server.running():
            execute(server.url, "SELECT name FROM item", timeout=5)
        (sql,) = [sql for sql in server.heard if "_time = " in sql and "max_" in sql]
        assert least <= float(sql.partition("_time = ")[2].partition(",")[0]) <= most


@pytest.mark.parametrize(
    ("code", "error"),
    [
        (3024, SqlTimeoutError),  # the time limit of MySQL
        (1792, SqlRefusedError),  # writing in a READ ONLY transaction
        (1142, SqlRefusedError),  # no privilege
        (4031, DataError),  # closed because nothing was asked for long
        (1053, DataError),  # the server shuts down
    ],
)
def test_errors_of_mysql_have_their_kind(code: int, error: type[NshotError]) -> None:
    server = ScriptedServer(script({"FROM item": Refusal(code, "said so")}))
    with server.running(), pytest.raises(error):
        execute(server.url, "SELECT name FROM item", timeout=5)


def test_a_schema_of_mysql_8() -> None:
    told = "View 'shop.broken' references invalid table(s) or column(s) or function(s)"
    every = "select,insert,update,references"
    server = ScriptedServer(
        script(
            {
                "information_schema.tables": [
                    ["TABLE_NAME", "v", "TABLE_COMMENT"],
                    ["item", 0, "what we sell"],
                    ["broken", 1, told],
                    ["good", 1, "VIEW"],
                ],
                "information_schema.columns": [
                    ["TABLE_NAME", "COLUMN_NAME", "COLUMN_TYPE", "COLUMN_COMMENT", "PRIVILEGES"],
                    ["broken", "a", "int", "", every],
                    ["good", "a", "int unsigned", "", "select"],
                    ["item", "id", "bigint", "", every],
                    ["item", "hidden", "json", "", "insert"],
                ],
                "key_column_usage": [["t", "c", "n", "r", "rc"], ["item", "PRIMARY", "id", None, None]],
            }
        )
    )
    with server.running():
        schema = read_schema(server.url)
    assert [(table.name, table.primary_key, table.description) for table in schema.tables] == [
        ("item", ("id",), "what we sell"),
        ("good", (), ""),
    ]
    assert schema.left_out == (
        LeftOut("item.hidden", "the user has no privilege to read it"),
        LeftOut("broken", "it is a view that refers to something invalid"),
    )


@pytest.mark.parametrize("known", [True, False])
def test_the_version_is_not_what_the_server_knew_a_day_ago(known: bool) -> None:
    """MySQL 8 keeps the times of tables for a day unless told otherwise; MariaDB has no such
    variable.
    """
    replies: dict[str, Reply] = {"information_schema.tables": [["t", "c", "a", "u"], ["item", "x", 1, "y"]]}
    server = ScriptedServer(script({"stats_expiry": None if known else UNKNOWN, **replies}))
    with server.running():
        assert bind(server.url).version()
    asked = [place for place, sql in enumerate(server.heard) if "information_schema" in sql]
    assert "information_schema_stats_expiry = 0" in server.heard[asked[0]]


GRANTS = [
    ["Grants for me@%"],
    ["GRANT USAGE ON *.* TO `me`@`%`"],
    ["GRANT `writer`@`%` TO `me`@`%`"],
]
STATIC = "SELECT, INSERT, UPDATE, DELETE, CREATE, DROP, RELOAD, SHUTDOWN, PROCESS, FILE, SUPER, EXECUTE"


def test_what_the_roles_of_a_user_may_do_is_seen() -> None:
    role = [
        *GRANTS,
        ["GRANT INSERT ON `my shop`.* TO `me`@`%`"],
        ["GRANT EXECUTE ON FUNCTION `s`.`f` TO `me`@`%`"],
    ]
    replies: dict[str, Reply] = {
        "CURRENT_ROLE": [["r"], ["`writer`@`%`"]],
        "USING `writer`@`%`": role,
        "SHOW GRANTS": GRANTS,
    }  # fmt: skip
    with ScriptedServer(script(replies)).running() as server:
        assert bind(server.url).find_risks() == (
            "may write (INSERT)",
            "has more privileges than reading needs (EXECUTE)",
        )


@pytest.mark.parametrize("role", [[["r"], ["NONE"]], Refusal(1305, "FUNCTION CURRENT_ROLE does not exist")])
def test_root_of_mysql_8_may_do_everything(role: Reply) -> None:
    """It lists its privileges one by one."""
    grants = [["g"], [f"GRANT {STATIC} ON *.* TO `root`@`localhost` WITH GRANT OPTION"]]
    with ScriptedServer(script({"CURRENT_ROLE": role, "SHOW GRANTS": grants})).running() as server:
        assert bind(server.url).find_risks() == ("may do everything on the server",)


def test_a_password_goes_to_the_server_under_its_key() -> None:
    """`caching_sha2_password`, the login of MySQL 8, without TLS."""
    for password in ("sekret", "another"):
        server = ScriptedServer(script(ROWS), password=password)
        with server.running():
            if password == "sekret":
                assert execute(server.url, "SELECT name FROM item").rows == (("cup",),)
                continue
            with pytest.raises(DataError, match="Access denied") as caught:
                execute(server.url, "SELECT name FROM item")
            assert "sekret" not in str(caught.value)


def test_the_extra_brings_what_that_login_needs(repo: Path) -> None:
    project = tomllib.loads((repo / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert any(one.startswith("pymysql[rsa]") for one in project["optional-dependencies"]["mysql"])
