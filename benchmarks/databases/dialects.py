"""How many of Spider dev's gold queries give SQLite's rows on another engine, translated by nshot.

The databases are loaded with the same rows: whole numbers as BIGINT, numbers as DOUBLE, all else as
text, by what a column holds. A query passes if its rows are SQLite's, in any order, also where
LIMIT cuts through rows that are equal in the order.

    python benchmarks/databases/dialects.py --spider DIR duckdb
    python benchmarks/databases/dialects.py --spider DIR postgresql://postgres@localhost --load
    python benchmarks/databases/dialects.py --spider DIR mariadb://root@localhost --load
"""

from __future__ import annotations

import argparse
import json
import sqlite3
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any

from nshot.databases import Session, read_schema
from nshot.errors import NshotError
from nshot.sql import parse, quote_name, translate
from nshot.types import Schema

Rows = Sequence[Sequence[Any]]
_BATCH = 5_000
_TYPES = {"duckdb": ("BIGINT", "DOUBLE", "VARCHAR"), "postgres": ("bigint", "double precision", "text")}
_MYSQL = ("BIGINT", "DOUBLE", "VARCHAR(255)")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("target", help="duckdb, or the URL of a server without a database")
    parser.add_argument("--spider", type=Path, required=True, help="folder of Spider")
    parser.add_argument("--load", action="store_true", help="load the databases into the server first")
    parser.add_argument("--folder", type=Path, help="folder of the DuckDB files (default: a temporary one)")
    parser.add_argument("--out", type=Path, help="JSONL file of the queries that do not pass")
    parser.add_argument("--db", action="append", help="only this database; may be given several times")
    parser.add_argument("--plain", action="store_true", help="run what sqlglot alone writes")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        measure(args, args.folder or Path(made))


def measure(args: argparse.Namespace, folder: Path) -> None:
    """Run all gold queries and print the counts."""
    rows = json.loads((args.spider / "dev.json").read_text(encoding="utf-8"))
    rows = [row for row in rows if not args.db or row["db_id"] in args.db]
    counts: Counter[str] = Counter()
    failures = []
    schemas: dict[str, Schema] = {}
    with Session(timeout=60) as session:
        for row in rows:
            db_id, sql = row["db_id"], row["query"]
            file = args.spider / "database" / db_id / f"{db_id}.sqlite"
            target = place(args.target, folder, db_id)
            if db_id not in schemas:
                if args.load or (args.target == "duckdb" and not Path(target).exists()):
                    load(file, target, args.target)
                schemas[db_id] = read_schema(target, db_id)
            kind, text, message = try_one(session, file, target, sql, schemas[db_id], plain=args.plain)
            counts[kind] += 1
            if kind not in ("equal", "tie"):
                failures.append({"db_id": db_id, "sql": sql, "written": text, "kind": kind, "why": message})
    if args.out:
        args.out.write_text("".join(json.dumps(one) + "\n" for one in failures), encoding="utf-8")
    print(f"{args.target.partition(':')[0]}: {counts['equal'] + counts['tie']} of {len(rows)} {dict(counts)}")


def place(target: str, folder: Path, db_id: str) -> str:
    """The file or URL of one database."""
    return str(folder / f"{db_id}.duckdb") if target == "duckdb" else f"{target.rstrip('/')}/{db_id.lower()}"


def try_one(
    session: Session, file: Path, target: str, sql: str, schema: Schema, *, plain: bool
) -> tuple[str, str, str]:
    """What became of one query, the SQL that was run, and the reason."""
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as connection:
        connection.text_factory = lambda raw: raw.decode("utf-8", "ignore")
        expected = connection.execute(sql).fetchall()
        text = ""
        try:
            text = parse(sql, schema).sql(schema.dialect) if plain else translate(sql, schema)
            found = session.execute(target, text).rows
        except NshotError as error:
            return type(error).__name__, text, str(error)
        if same(expected, found):
            return "equal", text, ""
        if is_tie(connection, sql, found, schema):
            return "tie", text, ""
    return "rows differ", text, f"{expected[:3]} but {list(found[:3])}"


def same(expected: Rows, found: Rows) -> bool:
    """Whether the rows are equal, in any order: the order of equal keys is free, and keys decide
    the rest.
    """
    return Counter(map(normal, expected)) == Counter(map(normal, found))


def normal(row: Sequence[Any]) -> tuple[str, ...]:
    return tuple(map(normal_value, row))


def normal_value(value: Any) -> str:
    """A text that is equal for equal values of the engines: 1, 1.0, True and '1' are."""
    if isinstance(value, bool | int | float | Decimal):
        return f"{float(value):.9g}"
    text = "" if value is None else str(value)
    try:
        return f"{float(text):.9g}"
    except ValueError:
        return repr(value)


def is_tie(connection: sqlite3.Connection, sql: str, found: Rows, schema: Schema) -> bool:
    """Whether LIMIT cuts through rows of one key, and the rows found are among them."""
    from sqlglot import exp

    tree = parse(sql, schema)
    limit = tree.args.get("limit")
    order = tree.args.get("order")
    if not isinstance(tree, exp.Select) or limit is None or order is None:
        return False
    most = int(limit.expression.name)
    keys = [one.this.copy() for one in order.expressions]
    tree.set("limit", None)
    width = len(connection.execute(tree.sql("sqlite")).description)
    for key in keys:
        tree.append("expressions", key)
    rows = connection.execute(tree.sql("sqlite")).fetchall()
    top = {normal(row[width:]) for row in rows[:most]}
    candidates = Counter(normal(row[:width]) for row in rows if normal(row[width:]) in top)
    return len(found) == min(most, len(rows)) and all(
        candidates[row] >= count for row, count in Counter(map(normal, found)).items()
    )


def load(file: Path, target: str, server: str) -> None:
    """Make the database of the target with the rows of a SQLite file."""
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as source:
        source.text_factory = lambda raw: raw.decode("utf-8", "ignore")
        if server == "duckdb":
            load_duckdb(source, target)
        elif server.startswith("postgres"):
            load_postgres(source, target, server)
        else:
            load_mysql(source, target, server)


def tables(source: sqlite3.Connection, dialect: str) -> Iterator[tuple[str, str, Rows]]:
    """The name, the CREATE TABLE and the rows of each table."""
    found = source.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'")
    for (name,) in found.fetchall():
        info = source.execute(f"PRAGMA table_info({quote_name(name)})").fetchall()
        rows = source.execute(f"SELECT * FROM {quote_name(name)}").fetchall()
        columns = list(zip(*rows, strict=True)) if rows else [()] * len(info)
        kinds = [kind(values, dialect, column[2]) for values, column in zip(columns, info, strict=True)]
        defined = ", ".join(f"{quote_name(one[1], dialect)} {k}" for one, k in zip(info, kinds, strict=True))
        fitting = [
            tuple(
                str(value)
                if value is not None and "INT" not in k.upper() and "DOUB" not in k.upper()
                else value
                for value, k in zip(row, kinds, strict=True)
            )
            for row in rows
        ]
        yield name, f"CREATE TABLE {quote_name(name, dialect)} ({defined})", fitting


def kind(values: Sequence[Any], dialect: str, declared: str) -> str:
    """The type that holds all values of a column."""
    whole, real, text = _TYPES.get(dialect, _MYSQL)
    present = [value for value in values if value is not None]
    if not present:
        return whole if "int" in declared.lower() else text
    if all(isinstance(value, int) for value in present):
        return whole
    if all(isinstance(value, int | float) for value in present):
        return real
    longest = max(len(str(value)) for value in present)
    return "LONGTEXT" if dialect == "mysql" and longest > 255 else text


def load_duckdb(source: sqlite3.Connection, target: str) -> None:
    import duckdb
    import pyarrow

    with closing(duckdb.connect(target)) as connection:
        for name, create, rows in tables(source, "duckdb"):
            connection.execute(create)
            if rows:
                columns = zip(*rows, strict=True)
                read = pyarrow.table({f"c{place}": pyarrow.array(one) for place, one in enumerate(columns)})
                connection.register("read", read)
                connection.execute(f"INSERT INTO {quote_name(name, 'duckdb')} SELECT * FROM read")


def load_postgres(source: sqlite3.Connection, target: str, server: str) -> None:
    import psycopg

    database = target.rpartition("/")[2]
    with psycopg.connect(f"{server.rstrip('/')}/postgres", autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')
        connection.execute(f'CREATE DATABASE "{database}" TEMPLATE template0')
    with psycopg.connect(target) as connection, connection.cursor() as cursor:
        for name, create, rows in tables(source, "postgres"):
            cursor.execute(create)
            with cursor.copy(f"COPY {quote_name(name, 'postgres')} FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)


def load_mysql(source: sqlite3.Connection, target: str, server: str) -> None:
    import pymysql
    import sqlalchemy

    parts = sqlalchemy.make_url(server)
    database = target.rpartition("/")[2]
    login = {"host": parts.host, "port": parts.port or 3306, "user": parts.username, "charset": "utf8mb4"}
    with closing(pymysql.connect(password=parts.password or "", **login)) as connection:
        cursor = connection.cursor()
        cursor.execute(f"DROP DATABASE IF EXISTS `{database}`")
        cursor.execute(f"CREATE DATABASE `{database}` CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin")
        cursor.execute(f"USE `{database}`")
        cursor.execute("SET autocommit = 0, SESSION sql_mode = ''")
        for name, create, rows in tables(source, "mysql"):
            cursor.execute(create)
            for batch in batches(rows, _BATCH):
                marks = ", ".join(["%s"] * len(batch[0]))
                cursor.executemany(f"INSERT INTO {quote_name(name, 'mysql')} VALUES ({marks})", batch)
        connection.commit()


def batches(rows: Rows, size: int) -> Iterator[Rows]:
    for start in range(0, len(rows), size):
        yield rows[start : start + size]


if __name__ == "__main__":
    main()
