"""concert_singer's schema without its data, and judges bound to it."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

import pytest

from nshot.eval.spider import SpiderJudge, SpiderSchema

FIXTURES = Path(__file__).with_name("fixtures")


def rows(name: str) -> list[list[str]]:
    """Cells of a fixture's table, heading left out; an absent last cell is empty."""
    heading, *lines = (FIXTURES / name).read_text(encoding="utf-8").splitlines()
    width = heading.count("\t") + 1
    return [(line.split("\t") + [""] * width)[:width] for line in lines]


def statements(name: str) -> list[str]:
    return (FIXTURES / name).read_text(encoding="utf-8").splitlines()


def _concert_singer() -> SpiderSchema:
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.executescript((FIXTURES / "concert_singer.sql").read_text(encoding="utf-8"))
        tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        return SpiderSchema(
            {
                table: tuple(row[1].lower() for row in connection.execute(f"PRAGMA table_info({table})"))
                for (table,) in tables
            }
        )


SCHEMA = _concert_singer()
CLASSES: Mapping[tuple[str, str], tuple[str, str]] = {
    ("stadium", "stadium_id"): ("stadium", "stadium_id"),
    ("concert", "stadium_id"): ("stadium", "stadium_id"),
    ("singer", "singer_id"): ("singer", "singer_id"),
    ("singer_in_concert", "singer_id"): ("singer", "singer_id"),
    ("concert", "concert_id"): ("concert", "concert_id"),
    ("singer_in_concert", "concert_id"): ("concert", "concert_id"),
}


@pytest.fixture(scope="session")
def schema() -> SpiderSchema:
    return SCHEMA


@pytest.fixture
def judge() -> SpiderJudge:
    """As the newer official program judges."""
    return SpiderJudge(SCHEMA, CLASSES)


@pytest.fixture
def classic_judge() -> SpiderJudge:
    """As the older one does."""
    return SpiderJudge(SCHEMA, CLASSES, classic=True)
