from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from nshot.databases import Session, read_samples, read_schema


def test_long_values_are_cut_and_others_are_as_they_are(tmp_path: Path) -> None:
    file = tmp_path / "mail.sqlite"
    with closing(sqlite3.connect(file)) as connection:
        connection.execute(
            'CREATE TABLE mail (id INTEGER, weight REAL, "the body" TEXT, raw BLOB, gone TEXT)'
        )
        row = (1, 2.5, "ash " * 5_000_000, b"\x00" * 5_000_000, None)
        connection.executemany("INSERT INTO mail VALUES (?, ?, ?, ?, ?)", [row] * 6)
        connection.commit()
    schema = read_schema(file)
    with Session(timeout=30) as session:
        found = read_samples(session, file, schema.tables[0], schema.dialect, rows=5, length=8)
    assert found.rows == ((1, 2.5, "ash ash ", b"\x00" * 8, None),) * 5
