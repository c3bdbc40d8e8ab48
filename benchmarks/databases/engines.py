"""Whether a SQLite database gives the same answers when another engine holds it.

The database is loaded with its declared types: whole numbers, decimals, dates, times, truth values,
blobs, primary and foreign keys. Columns of text that hold only dates become dates. Names keep their
capitals and blanks. Each question of the file is answered on SQLite and on each engine, and so is
its gold SQL if it has any. Rows count as equal in any order.

    python benchmarks/databases/engines.py shop.sqlite --questions QUESTIONS duckdb
    python benchmarks/databases/engines.py shop.sqlite --questions QUESTIONS --no-model \\
      postgresql://postgres@localhost mariadb://root@localhost duckdb

QUESTIONS is a file that `nshot predict --questions` takes. On a server, the database
`shop_postgres` or `shop_mysql` is replaced. Exit status 1 if a row differs.
"""

from __future__ import annotations

import argparse
import re
import sqlite3
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from nshot.data import Catalog, read_questions
from nshot.databases import Session, read_schema
from nshot.errors import NshotError
from nshot.pipeline import PipelineConfig, make_pipeline
from nshot.sql import quote_name, translate
from nshot.types import Question

DAY = re.compile(r"\d{4}-\d\d-\d\d")
TIME = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d+)?")
KINDS = {
    "whole": ("BIGINT", "BIGINT", "BIGINT"),
    "real": ("DOUBLE PRECISION", "DOUBLE", "DOUBLE"),
    "decimal": ("NUMERIC(18, 4)", "DECIMAL(18, 4)", "DECIMAL(18, 4)"),
    "day": ("DATE", "DATE", "DATE"),
    "time": ("TIMESTAMP", "DATETIME(6)", "TIMESTAMP"),
    "truth": ("BOOLEAN", "BOOLEAN", "BOOLEAN"),
    "blob": ("BYTEA", "LONGBLOB", "BLOB"),
    "text": ("TEXT", "VARCHAR(255)", "VARCHAR"),
    "long": ("TEXT", "LONGTEXT", "VARCHAR"),
}
"""Types of PostgreSQL, MySQL and DuckDB."""
DIALECTS = ("postgres", "mysql", "duckdb")
MOST_CHARACTERS = 255


class Loaded(NamedTuple):
    """A table of the file, ready to be written."""

    name: str
    create: str
    rows: list[tuple[Any, ...]]
    keys: list[str]
    """Statements that add foreign keys when all tables hold their rows."""


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("file", type=Path, help="the SQLite database")
    parser.add_argument("targets", nargs="+", help="duckdb, or the URL of a server without a database")
    parser.add_argument("--questions", type=Path, required=True)
    parser.add_argument("--model", default="embedded")
    parser.add_argument("--no-model", action="store_true", help="run the gold SQL only")
    parser.add_argument("--no-keys", action="store_true", help="load no foreign keys")
    args = parser.parse_args()
    questions = [one for one in read_questions(args.questions) if one.db_id in ("", args.file.stem)]
    different = 0
    with tempfile.TemporaryDirectory() as made:
        places = {
            target: load(args.file, target, Path(made), keys=not args.no_keys) for target in args.targets
        }
        for target, place in places.items():
            different += compare_gold(args.file, place, questions, target)
        if not args.no_model:
            different += compare_answers(args.file, places, questions, args.model)
    sys.exit(bool(different))


def compare_gold(file: Path, place: str, questions: Sequence[Any], target: str) -> int:
    """How many gold queries give other rows; prints them."""
    schema = read_schema(place)
    golds = [one.sql for one in questions if one.sql]
    different = 0
    with Session(timeout=60) as session:
        for gold in golds:
            text, found, expected = "", None, session.execute(file, gold).rows
            try:
                text = translate(gold, schema)
                found = session.execute(place, text).rows
            except NshotError as error:
                print(f"{target}: {gold}\n  {text}\n  {error}")
            if found is None or normal(found) != normal(expected):
                different += 1
                print(f"{target}: {gold}\n  {text}\n  {list(expected)[:3]}\n  {list(found or ())[:3]}")
    print(
        f"{target.partition(':')[0]}: {len(golds) - different} of {len(golds)} gold queries have equal rows"
    )
    return different


def compare_answers(file: Path, places: dict[str, str], questions: Sequence[Any], model: str) -> int:
    """How many answers of the model have other rows than on SQLite; prints them."""
    catalog = Catalog()
    names = {
        target: catalog.include(place).db_id for target, place in {"sqlite": str(file), **places}.items()
    }
    pipeline = make_pipeline(PipelineConfig.of(model=model, shots=0), catalog=catalog)
    different: Counter[str] = Counter()
    for one in questions:
        asked = [Question(one.text, name, name) for name in names.values()]
        here, *others = pipeline.predict(asked)
        print(f"{one.text}\n  {here.sql}")
        for target, other in zip(places, others, strict=True):
            if here.rows is None and other.rows is None:
                continue
            if here.rows is None or other.rows is None or normal(here.rows.rows) != normal(other.rows.rows):
                different[target] += 1
                problem = other.attempts[0].error if other.attempts else ""
                print(f"  {target}: {other.sql}\n    {problem}")
                print(f"    {here.rows and here.rows.rows[:3]}\n    {other.rows and other.rows.rows[:3]}")
    for target in places:
        equal = len(questions) - different[target]
        print(f"{target.partition(':')[0]}: {equal} of {len(questions)} answers have equal rows")
    return different.total()


def normal(rows: Sequence[Sequence[Any]]) -> Counter[tuple[str, ...]]:
    """The rows, with one text for equal values of the engines."""
    return Counter(tuple(map(normal_value, row)) for row in rows)


def normal_value(value: Any) -> str:
    if isinstance(value, datetime):
        value = value.isoformat(" ").removesuffix("+00:00")
    if isinstance(value, date | timedelta):
        value = str(value)
    if isinstance(value, int | float | Decimal):
        return f"{float(value):.9g}"
    if isinstance(value, str) and TIME.fullmatch(value):
        value = value.replace("T", " ").removesuffix(".000").removesuffix(" 00:00:00")
    return repr(value)


def load(file: Path, target: str, folder: Path, *, keys: bool) -> str:
    """Makes the database in an engine; returns its file or URL."""
    dialect = "duckdb" if target == "duckdb" else "postgres" if target.startswith("postgres") else "mysql"
    name = f"{file.stem}_{dialect}"
    place = str(folder / f"{name}.duckdb") if target == "duckdb" else f"{target.rstrip('/')}/{name}"
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as source:
        tables = list(read_tables(source, dialect, keys=keys))
    {"duckdb": _load_duckdb, "postgres": _load_postgres, "mysql": _load_mysql}[dialect](place, tables, keys)
    return place


def read_tables(source: sqlite3.Connection, dialect: str, *, keys: bool) -> Iterator[Loaded]:
    """The tables of the file in the words of an engine."""

    def quote(name: str) -> str:
        return quote_name(name, dialect)

    listed = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY rowid"
    for (name,) in source.execute(listed).fetchall():
        info = source.execute(f"PRAGMA table_info({quote_name(name)})").fetchall()
        rows = source.execute(f"SELECT * FROM {quote_name(name)}").fetchall()
        columns = list(zip(*rows, strict=True)) if rows else [()] * len(info)
        kinds = [kind(values, one[2]) for values, one in zip(columns, info, strict=True)]
        parts = [
            f"{quote(one[1])} {KINDS[k][DIALECTS.index(dialect)]}" for one, k in zip(info, kinds, strict=True)
        ]
        primary = [quote(one[1]) for one in sorted(info, key=lambda one: one[5]) if one[5]]
        parts += [f"PRIMARY KEY ({', '.join(primary)})"] if primary else []
        fitting = [tuple(fit(value, k) for value, k in zip(row, kinds, strict=True)) for row in rows]
        foreign: dict[int, list[tuple[str, str, str]]] = {}
        for number, _, other, own, ref, *_ in source.execute(f"PRAGMA foreign_key_list({quote_name(name)})"):
            foreign.setdefault(number, []).append((other, own, ref or own))
        clauses = [
            f"FOREIGN KEY ({', '.join(quote(own) for _, own, _ in key)})"
            f" REFERENCES {quote(key[0][0])} ({', '.join(quote(ref) for *_, ref in key)})"
            for key in foreign.values()
        ]
        if dialect == "duckdb":  # which adds no keys to a table
            parts, clauses = [*parts, *(one for one in clauses if keys)], []
        added = [f"ALTER TABLE {quote(name)} ADD {clause}" for clause in clauses]
        yield Loaded(name, f"CREATE TABLE {quote(name)} ({', '.join(parts)})", fitting, added)


def kind(values: Sequence[Any], declared: str) -> str:
    """What a column holds: its declared type, as far as its values agree with it."""
    wanted, present = declared.upper(), [value for value in values if value is not None]
    if any(isinstance(value, bytes) for value in present) or "BLOB" in wanted:
        return "blob"
    if "BOOL" in wanted or wanted == "BIT":
        return "truth"
    if all(isinstance(value, int | float) for value in present) and ("DEC" in wanted or "NUM" in wanted):
        return "decimal"
    if all(isinstance(value, int) for value in present) and (present or "INT" in wanted):
        return "whole"
    if all(isinstance(value, int | float) for value in present) and present:
        return "real"
    texts = [str(value) for value in present]
    if texts and all(map(DAY.fullmatch, texts)):
        return "day"
    if texts and all(map(TIME.fullmatch, texts)):
        return "time"
    return "long" if texts and max(map(len, texts)) > MOST_CHARACTERS else "text"


def fit(value: Any, kind: str) -> Any:
    """The value as the drivers want it for a column of this kind."""
    if value is None:
        return None
    if kind == "truth":
        return bool(value)
    if kind == "decimal":
        return Decimal(str(value))
    if kind in ("text", "long"):
        return str(value)
    return value.encode() if kind == "blob" and isinstance(value, str) else value


def _load_duckdb(place: str, tables: Sequence[Loaded], keys: bool) -> None:  # noqa: ARG001 - it adds no keys
    import duckdb

    with closing(duckdb.connect(place)) as connection:
        for table in tables:
            connection.execute(table.create)
            if table.rows:
                marks = ", ".join("?" * len(table.rows[0]))
                insert = f"INSERT INTO {quote_name(table.name, 'duckdb')} VALUES ({marks})"
                connection.executemany(insert, table.rows)


def _load_postgres(place: str, tables: Sequence[Loaded], keys: bool) -> None:
    import psycopg

    server, _, name = place.rpartition("/")
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {quote_name(name, 'postgres')} WITH (FORCE)")
        connection.execute(f"CREATE DATABASE {quote_name(name, 'postgres')} TEMPLATE template0")
    with psycopg.connect(place) as connection, connection.cursor() as cursor:
        for table in tables:
            cursor.execute(table.create)
            with cursor.copy(f"COPY {quote_name(table.name, 'postgres')} FROM STDIN") as copy:
                for row in table.rows:
                    copy.write_row(row)
        for key in (key for table in tables for key in table.keys if keys):
            cursor.execute(key)


def _load_mysql(place: str, tables: Sequence[Loaded], keys: bool) -> None:
    import pymysql
    import sqlalchemy

    parts = sqlalchemy.make_url(place)
    login = {"host": parts.host, "port": parts.port or 3306, "user": parts.username, "charset": "utf8mb4"}
    with closing(pymysql.connect(password=parts.password or "", **login)) as connection:
        cursor, name = connection.cursor(), quote_name(parts.database or "", "mysql")
        cursor.execute(f"DROP DATABASE IF EXISTS {name}")
        cursor.execute(f"CREATE DATABASE {name} CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin")
        cursor.execute(f"USE {name}")
        for table in tables:
            cursor.execute(table.create)
            if table.rows:
                marks = ", ".join(["%s"] * len(table.rows[0]))
                insert = f"INSERT INTO {quote_name(table.name, 'mysql')} VALUES ({marks})"
                cursor.executemany(insert, table.rows)
        for key in (key for table in tables for key in table.keys if keys):
            cursor.execute(key)
        connection.commit()


if __name__ == "__main__":
    main()
