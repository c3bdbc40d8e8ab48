"""What the check of the text refuses on MySQL and MariaDB, and what it lets pass. No server is
needed.
"""

from __future__ import annotations

import pytest

from nshot.databases import execute
from nshot.databases.mysql.gate import gate
from nshot.errors import OptionError, SqlExecutionError, SqlRefusedError, SqlTooLargeError

REFUSED = {
    "SELECT 1; DROP TABLE item": "got 2",
    "WITH x AS (SELECT 1) DELETE FROM item": "DELETE",
    "SELECT name INTO @a FROM item": "INTO",
    "SELECT @a": "variable",
    "SELECT @@hostname": "variable",
    "SELECT @a := 1": "an assignment",
    "SELECT * FROM item FOR UPDATE": "locking",
    "SELECT * FROM item LOCK IN SHARE MODE": "locking",
    "SELECT sleep(10)": "SLEEP",
    "SELECT * FROM item WHERE `sleep`(10) = 0": "SLEEP",
    "SELECT benchmark(1000000000, md5('x'))": "BENCHMARK",
    "SELECT get_lock('a', 10)": "GET_LOCK",
    "SELECT release_all_locks()": "RELEASE_ALL_LOCKS",
    "SELECT load_file('/etc/passwd')": "LOAD_FILE",
    "SELECT master_pos_wait('a', 1)": "MASTER_POS_WAIT",
    "SELECT nextval(s)": "NEXTVAL",
    "SELECT setval(s, 1)": "SETVAL",
    "SELECT last_insert_id(5)": "LAST_INSERT_ID",
    "SELECT sys_exec('id')": "SYS_EXEC",
    "SELECT my_function(1)": "MY_FUNCTION",
    "SELECT mysql.my_function(1)": "MY_FUNCTION",
    "SELECT uuid_short()": "UUID_SHORT",
    "CALL p()": "CALL",
    "SET @a = 1": "SET",
    "KILL 1": "KILL",
    "REPLACE INTO item VALUES (1)": "INSERT|REPLACE",
    "GRANT ALL ON *.* TO me": "GRANT",
    "PREPARE s FROM 'DROP TABLE item'": "PREPARE",
    "TRUNCATE item": "TRUNCATE",
    "EXPLAIN SELECT 1": "DESCRIBE",
}


@pytest.mark.parametrize("sql", REFUSED)
def test_the_gate_refuses_what_does_more_than_read(sql: str) -> None:
    with pytest.raises(SqlRefusedError, match=f"(?i){REFUSED[sql]}"):
        gate(sql)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 1 INTO OUTFILE '/tmp/x'",
        "SELECT 1 LIMIT 1 INTO DUMPFILE '/tmp/x'",
        "SELECT name FROM item PROCEDURE ANALYSE()",
        "HANDLER item OPEN",
        "LOAD DATA INFILE '/etc/passwd' INTO TABLE item",
        "DO sleep(1)",
        "SELECT NEXT VALUE FOR s",
        "SELEC 1",
        "SELECT 'open",
        "(" * 3_000,
    ],
)
def test_what_the_parser_does_not_read_is_never_sent(sql: str) -> None:
    with pytest.raises((SqlExecutionError, SqlRefusedError), match=r"cannot parse SQL|is not allowed"):
        gate(sql)


@pytest.mark.parametrize(
    "sql", ["HANDLER item OPEN", "DROP TABLE item", "LOCK TABLES item READ", "DO sleep(1)", "SET x = 1"]
)
def test_statements_are_refused_before_any_connection(sql: str) -> None:
    with pytest.raises((SqlRefusedError, SqlExecutionError)):
        execute("mysql://nobody@localhost:1/none", sql)


def test_comments_that_a_server_executes_are_not_sent() -> None:
    assert gate("SELECT /*!50000 sleep(10), */ 1 /*M! , sleep(1) */ -- x") == "SELECT 1"


def test_names_and_strings_are_written_so_that_no_mode_of_the_server_matters() -> None:
    assert gate("SELECT `a b`, \"it's\" FROM `order` WHERE x = 'a\\'b'") == (
        "SELECT `a b`, 'it''s' FROM `order` WHERE x = 'a''b'"
    )


def test_regular_expressions_are_written_as_both_servers_read_them() -> None:
    assert gate("SELECT a FROM t WHERE a REGEXP 'x'") == "SELECT a FROM t WHERE (a RLIKE 'x')"


def test_text_of_json_is_written_as_both_servers_read_it() -> None:
    assert gate("SELECT j ->> '$.a.b' FROM t") == "SELECT JSON_UNQUOTE(JSON_EXTRACT(j, '$.a.b')) FROM t"


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT lower(name), count(*) FROM item GROUP BY 1 HAVING count(*) > 1 ORDER BY 2 DESC LIMIT 3, 5",
        "WITH RECURSIVE r (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 5) SELECT * FROM r",
        "(SELECT 1) UNION (SELECT 2)",
        "SELECT date_format(d, '%Y'), d + INTERVAL 1 DAY, timestampdiff(MONTH, d, now()) FROM item",
        "SELECT group_concat(DISTINCT name ORDER BY name SEPARATOR '; '), if(a > 1, 'x', 'y') FROM item",
        "SELECT j ->> '$.a', json_extract(j, '$.b'), MATCH (name) AGAINST ('x' IN BOOLEAN MODE) FROM item",
        "SELECT rank() OVER (PARTITION BY a ORDER BY b), a DIV 2, a <=> b, a REGEXP 'x' FROM item",
    ],
)
def test_the_gate_lets_queries_pass(sql: str) -> None:
    assert gate(sql)


def test_a_url_must_name_a_database() -> None:
    with pytest.raises(OptionError, match="names no database") as caught:
        execute("mysql://me:sekret@localhost:1", "SELECT 1")
    assert "sekret" not in str(caught.value)


def test_with_clauses_that_double_each_other_are_too_large() -> None:
    def ladder(steps: int) -> str:
        rungs = [f"s{i + 1} AS (SELECT a.x FROM s{i} AS a, s{i} AS b)" for i in range(steps)]
        return f"WITH s0 AS (SELECT 1 AS x), {', '.join(rungs)} SELECT * FROM s{steps}"

    assert gate(ladder(6))
    with pytest.raises(SqlTooLargeError, match="WITH clauses written out read"):
        gate(ladder(30))
    recursive = "WITH RECURSIVE r (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT * FROM r, r AS s"
    assert gate(recursive)


def test_the_table_that_is_none_is_no_name() -> None:
    assert gate("SELECT 1 FROM DUAL WHERE 1 = 1") == "SELECT 1 WHERE 1 = 1"
    assert "FROM" in gate("SELECT d FROM shop.dual")
