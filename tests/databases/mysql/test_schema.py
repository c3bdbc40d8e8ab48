from __future__ import annotations

import pytest
from tests.databases.mysql.conftest import MakeMysql, run_script

from nshot.databases import CellValues, execute, read_schema
from nshot.errors import DataError
from nshot.prompting import ddl
from nshot.types import ForeignKey, LeftOut


def test_comments_keys_views_and_types(make_mysql: MakeMysql) -> None:
    url = make_mysql(
        'CREATE TABLE "Order" (id INT(10) UNSIGNED PRIMARY KEY,'
        " size ENUM ('Small', 'Big') COMMENT 'of the box',"
        ' "order date" DATE, printed_label VARCHAR(40), scan BLOB, paid TINYINT(1))'
        " COMMENT 'what was sold';"
        "CREATE TABLE line (order_id INT UNSIGNED, n INT, PRIMARY KEY (order_id, n),"
        ' FOREIGN KEY (order_id) REFERENCES "Order" (id));'
        'CREATE VIEW sizes AS SELECT DISTINCT size FROM "Order";'
        "INSERT INTO \"Order\" VALUES (1, 'Big', '2026-01-02', 'Alder Field', x'00', 1);"
    )
    schema = read_schema(url, "shop")
    assert (schema.db_id, schema.dialect, schema.left_out) == ("shop", "mysql", ())
    assert [(table.name, table.is_view) for table in schema.tables] == [
        ("line", False), ("Order", False), ("sizes", True)
    ]  # fmt: skip
    order = schema.tables[1]
    assert order.description == "what was sold"
    assert [column.type for column in order.columns] == [
        "int unsigned", "enum('Small','Big')", "date", "varchar(40)", "blob", "tinyint(1)"
    ]  # fmt: skip
    assert order.columns[1].description == "of the box"
    assert schema.tables[0].primary_key == ("order_id", "n")
    assert schema.foreign_keys == (ForeignKey("line", ("order_id",), "Order", ("id",)),)
    values = CellValues.read(url, schema)
    assert values.complete
    found = values.matches("Is Alder Field Big?")
    assert {match.column for match in found} == {"printed_label", "size"}
    assert "`order date`" in ddl(schema)
    assert execute(url, "SELECT `order date` FROM `Order`").rows[0][0].year == 2026


def test_what_the_user_may_not_read_is_left_out_and_named(make_mysql: MakeMysql, mysql_server: str) -> None:
    url = make_mysql(
        "CREATE TABLE doctor (id INT PRIMARY KEY, name VARCHAR(40)); CREATE TABLE access_log (a INT);"
        "CREATE TABLE patient (id INT PRIMARY KEY, name VARCHAR(40), illness VARCHAR(40));"
        "CREATE VIEW broken AS SELECT a FROM access_log;"
    )
    database = url.rpartition("/")[2]
    run_script(
        mysql_server,
        f"CREATE USER {database}; GRANT SELECT ON {database}.doctor TO {database};"
        f"GRANT SELECT ON {database}.broken TO {database};"
        f"GRANT INSERT ON {database}.access_log TO {database};"
        f"GRANT SELECT (name), INSERT ON {database}.patient TO {database}",
    )
    try:
        schema = read_schema(url.replace("//root@", f"//{database}@"))
        shown = {table.name: [column.name for column in table.columns] for table in schema.tables}
        assert shown == {"doctor": ["id", "name"], "patient": ["name"], "broken": ["a"]}
        reason = "the user has no privilege to read it"
        assert [one for one in schema.left_out if one.name != "patient.id"] == [
            LeftOut("access_log", reason),
            LeftOut("patient.illness", reason),
        ]
        run_script(url, "DROP TABLE access_log")
        left_out = read_schema(url).left_out
        assert [one.name for one in left_out] == ["broken"]
        assert "invalid" in left_out[0].reason
    finally:
        run_script(mysql_server, f"DROP USER {database}")


def test_a_server_that_does_not_answer_is_a_data_error_without_the_password() -> None:
    pytest.importorskip("pymysql")
    with pytest.raises(DataError, match="cannot connect to") as caught:
        read_schema("mysql://user:sekret@localhost:1/none")
    assert "sekret" not in str(caught.value)
