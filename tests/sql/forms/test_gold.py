"""Gold SQL of real Spider in every form and back, run on its databases."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path
from typing import get_args

import pytest

from nshot.data import Catalog
from nshot.databases import Session
from nshot.errors import SqlError
from nshot.sql import find_form, read_form
from nshot.types import Form, Rows

SAMPLE = 300


@pytest.mark.spider
def test_gold_returns_the_same_rows_in_every_form(
    gold: dict[str, list[tuple[str, str]]], spider: Path
) -> None:
    statements = sorted({row for rows in gold.values() for row in rows})
    catalog = Catalog(spider)
    outcomes = Counter[str]()
    with Session(timeout=60) as session:
        for sql, db_id in random.Random(4).sample(statements, SAMPLE):
            path = Path(catalog.path(db_id) or "")
            expected = rows(session, path, sql)
            for form in get_args(Form):
                written = find_form(sql, form, catalog.schema(db_id))
                got = rows(session, path, read_form(written.text, catalog.schema(db_id)))
                assert got == expected, (form, sql)
                outcomes["plainer" if written.form != form else "as asked"] += 1
            outcomes["ran"] += expected is not None
    assert outcomes["ran"] >= SAMPLE - 1
    assert outcomes["plainer"] == 0


@pytest.mark.spider
def test_all_gold_is_written_in_the_form_asked_for(
    gold: dict[str, list[tuple[str, str]]], spider: Path
) -> None:
    catalog = Catalog(spider)
    for sql, db_id in {row for rows in gold.values() for row in rows}:
        assert find_form(sql, "from-first", catalog.schema(db_id)).form == "from-first"


def rows(session: Session, path: Path, sql: str) -> Counter[tuple[object, ...]] | None:
    """The rows, in no order; None if the database rejects the SQL."""
    try:
        found: Rows = session.execute(path, sql)
    except SqlError:
        return None
    return Counter(found.rows)
