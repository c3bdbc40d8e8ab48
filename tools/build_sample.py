"""Builds the bundled sample, `src/nshot/data/sample`, from what we wrote by hand in `sample/`.

    python tools/build_sample.py           write the whole folder anew
    python tools/build_sample.py --check   exit 1 and say what differs, if it is stale

In: `sample/<db_id>/schema.sql` (DDL and rows) and `questions.json` (question, query). Out: Spider's
own layout, so that whatever reads Spider reads the sample. The folder is generated whole: a file
that was put there by hand is removed by the next build.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sqlite3
import sys
import tempfile
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "sample"
OUT = ROOT / "src" / "nshot" / "data" / "sample"

DEV = ("coffee_roastery", "mountain_huts", "radio_station", "repair_cafe")
"""Databases whose questions are asked. All others are the pool that answers are learned from."""

README = """\
A small data set in Spider's layout, written by the nshot project itself.
Nothing in it is from Spider.
Generated from `sample/` by `python tools/build_sample.py`: edit it there. Licence: Apache-2.0.
"""

LICENSE = """\
The whole sample is the nshot project's own writing, packed by `python tools/build_sample.py`.
Apache License, Version 2.0 (Apache-2.0): https://www.apache.org/licenses/LICENSE-2.0
"""

SPIDER_TYPES = {
    "boolean": ("bool",),
    "time": ("date", "time", "year"),
    "text": ("char", "text", "clob"),
    "number": ("int", "real", "num", "dec", "floa", "doub"),
}
"""Spider's type: what a declared type contains. The first that fits wins; none is "others"."""

TABLES = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY rowid"
COLUMNS = "SELECT name, type, pk FROM pragma_table_info(?) ORDER BY cid"
# A reference that names no column of the parent means the parent's primary key.
FOREIGN_KEYS = """
    SELECT f."from", f."table", coalesce(f."to", p.name)
    FROM pragma_foreign_key_list(?) AS f
    LEFT JOIN pragma_table_info(f."table") AS p ON f."to" IS NULL AND p.pk = f.seq + 1
"""


class SampleError(Exception):
    """The hand-written sample is not as it must be: one line per problem."""


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Build the bundled sample from sample/.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if the sample is stale")
    check = parser.parse_args(argv).check
    with tempfile.TemporaryDirectory() as scratch:
        # Built elsewhere first: a mistake in sample/ leaves the old sample as it was.
        fresh = Path(scratch) / "sample"
        try:
            summary = build(SOURCE, fresh)
        except SampleError as error:
            print(error, file=sys.stderr)
            return 1
        if check:
            return report(differences(fresh, OUT))
        replace(fresh, OUT)
    print(summary)
    return 0


def build(source: Path, out: Path) -> str:
    """Returns one line of counts, after writing the sample made from `source` into the new folder
    `out`.

    Raises:
        SampleError: databases are missing or broken, or a query does not run. All problems at once.
    """
    db_ids = find_databases(source)
    (out / "database").mkdir(parents=True)
    schemas: list[dict[str, Any]] = []
    splits: dict[str, list[dict[str, str]]] = {"train_spider": [], "dev": []}
    problems: list[str] = []
    for db_id in db_ids:
        try:
            schema, records = build_database(source / db_id, out / "database" / db_id)
        except SampleError as error:
            problems.append(str(error))
            continue
        schemas.append(schema)
        splits["dev" if db_id in DEV else "train_spider"] += records
    problems += repeated_questions(splits.values())
    if problems:
        raise SampleError("\n".join(problems))
    for split, records in splits.items():
        write_json(out / f"{split}.json", records)
    write_json(out / "tables.json", schemas)
    write_text(out / "README.md", README)
    write_text(out / "LICENSE.txt", LICENSE)
    pool, dev = len(splits["train_spider"]), len(splits["dev"])
    return f"{pool} pool and {dev} dev questions on {len(schemas)} databases"


def find_databases(source: Path) -> list[str]:
    """Returns the sorted names of the folders of `source`."""
    db_ids = sorted(path.name for path in source.iterdir() if path.is_dir()) if source.is_dir() else []
    if missing := sorted(set(DEV) - set(db_ids)):
        raise SampleError(f"{source}: no folder for the dev databases {', '.join(missing)}")
    return db_ids


def build_database(source: Path, out: Path) -> tuple[dict[str, Any], list[dict[str, str]]]:
    """Returns one database's entry of `tables.json` and its records, after writing its file."""
    db_id = source.name
    if absent := [name for name in ("schema.sql", "questions.json") if not (source / name).is_file()]:
        raise SampleError(f"{source}: there is no {' and no '.join(absent)}")
    out.mkdir()
    with closing(sqlite3.connect(out / f"{db_id}.sqlite")) as connection:
        load(connection, source / "schema.sql")
        connection.execute("PRAGMA query_only = ON")
        records = read_questions(source / "questions.json", db_id)
        problems = [problem for record in records if (problem := run_problem(connection, record))]
        if problems:
            raise SampleError("\n".join(problems))
        return describe(connection, db_id), records


def load(connection: sqlite3.Connection, script: Path) -> None:
    """Fills the empty database that `connection` is open on."""
    # Small pages: the sample travels in the wheel, and most of its tables fill a fraction of one.
    connection.execute("PRAGMA page_size = 1024")
    connection.execute("PRAGMA foreign_keys = ON")
    try:
        connection.executescript(script.read_text(encoding="utf-8"))
    except sqlite3.Error as error:
        raise SampleError(f"{script}: {error}") from error
    if broken := connection.execute("PRAGMA foreign_key_check").fetchall():
        raise SampleError(f"{script}: rows that refer to nothing (table, rowid, parent, key): {broken}")
    connection.commit()
    # One canonical file, however the script was cut into transactions.
    connection.execute("VACUUM")


def read_questions(path: Path, db_id: str) -> list[dict[str, str]]:
    """Returns slim records in the order of the file: question, query, db_id."""
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise SampleError(f"{path}: {error}") from error
    for number, row in enumerate(rows):
        if set(row) != {"question", "query"} or not all(str(value).strip() for value in row.values()):
            raise SampleError(f"{path}, row {number}: expected a question and a query, got {row}")
    return [{"question": row["question"], "query": row["query"], "db_id": db_id} for row in rows]


def run_problem(connection: sqlite3.Connection, record: dict[str, str]) -> str | None:
    """Returns what is wrong with the query, or None if it runs."""
    try:
        connection.execute(record["query"]).fetchall()
    except sqlite3.Error as error:
        return f"{record['db_id']}: {error}: {record['query']}"
    return None


def repeated_questions(splits: Iterable[list[dict[str, str]]]) -> list[str]:
    """Returns a problem per question that one database is asked twice in the same words."""
    seen: set[tuple[str, str]] = set()
    problems = []
    for record in (record for records in splits for record in records):
        key = (record["db_id"], record["question"])
        if key in seen:
            problems.append(f"{record['db_id']}: asked twice: {record['question']}")
        seen.add(key)
    return problems


def describe(connection: sqlite3.Connection, db_id: str) -> dict[str, Any]:
    """Returns the database's entry of `tables.json`, keys in Spider's order.

    Columns are numbered from 1 through all tables, 0 is `*`. `primary_keys` is flat as in Spider;
    of a composite key it names every column, where Spider names only the first.
    """
    tables = [name for (name,) in connection.execute(TABLES)]
    columns: list[tuple[int, str]] = [(-1, "*")]
    types, primary_keys = ["text"], []
    for number, table in enumerate(tables):
        for name, declared, key_position in connection.execute(COLUMNS, (table,)):
            if key_position:
                primary_keys.append(len(columns))
            columns.append((number, name))
            types.append(spider_type(declared))
    return {
        "column_names": [(number, natural(name)) for number, name in columns],
        "column_names_original": columns,
        "column_types": types,
        "db_id": db_id,
        "foreign_keys": foreign_keys(connection, tables, columns),
        "primary_keys": primary_keys,
        "table_names": [natural(table) for table in tables],
        "table_names_original": tables,
    }


def foreign_keys(
    connection: sqlite3.Connection, tables: list[str], columns: list[tuple[int, str]]
) -> list[tuple[int, int]]:
    """Returns pairs (column, column it refers to), sorted."""
    # SQLite's names ignore case, and a REFERENCES may be spelt otherwise than its table.
    table_number = {table.lower(): number for number, table in enumerate(tables)}
    index = {(number, name.lower()): position for position, (number, name) in enumerate(columns)}
    return sorted(
        (index[table_number[table.lower()], name.lower()], index[table_number[parent.lower()], to.lower()])
        for table in tables
        for name, parent, to in connection.execute(FOREIGN_KEYS, (table,))
    )


def spider_type(declared: str) -> str:
    """Returns the one of Spider's five types that a declared SQLite type stands for."""
    declared = declared.lower()
    fits = (kind for kind, parts in SPIDER_TYPES.items() if any(part in declared for part in parts))
    return next(fits, "others")


def natural(name: str) -> str:
    return name.replace("_", " ").lower()


def write_json(path: Path, records: list[Any]) -> None:
    """Writes a JSON array with one record a line, so that a diff shows the records that changed."""
    lines = ",\n".join(json.dumps(record, ensure_ascii=False) for record in records)
    write_text(path, f"[\n{lines}\n]\n")


def write_text(path: Path, text: str) -> None:
    # The same bytes on every system: no carriage returns on Windows.
    path.write_text(text, encoding="utf-8", newline="\n")


def replace(fresh: Path, out: Path) -> None:
    shutil.rmtree(out, ignore_errors=True)
    shutil.copytree(fresh, out)


def differences(fresh: Path, built: Path) -> list[str]:
    """Returns a line per file of `built` that is missing, stale or of no known source."""
    expected, found = files(fresh), files(built)
    return sorted(
        [f"missing: {name}" for name in expected - found]
        + [f"not generated: {name}" for name in found - expected]
        + [f"stale: {name}" for name in expected & found if content(fresh / name) != content(built / name)]
    )


def files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def content(path: Path) -> bytes | list[str]:
    """Returns the bytes of a file, of a database its dump: bytes vary with the version of
    SQLite."""
    if path.suffix != ".sqlite":
        return path.read_bytes()
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as connection:
            return list(connection.iterdump())
    except sqlite3.DatabaseError as error:
        return [f"unreadable: {error}"]


def report(stale: list[str]) -> int:
    """Returns the exit status."""
    if not stale:
        return 0
    print("\n".join(stale), file=sys.stderr)
    print(f"{OUT.relative_to(ROOT)} is stale: run python tools/build_sample.py", file=sys.stderr)
    return 1


if __name__ == "__main__":
    raise SystemExit(main())
