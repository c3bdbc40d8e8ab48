"""Keys that nobody declares are shown where the joins of pairs need them."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from nshot.adaptation.keys import with_keys
from nshot.data import Catalog
from nshot.generation import ModelSettings
from nshot.prompting import PromptConfig
from nshot.types import Question

SETTINGS = ModelSettings(prompt=PromptConfig(form="from-first"))
TABLES = """
CREATE TABLE customer (customer_id INTEGER PRIMARY KEY, name TEXT);
CREATE TABLE sale (sale_id INTEGER PRIMARY KEY, customer_id INTEGER {key}, sum REAL);
INSERT INTO customer VALUES (1, 'Ada'), (2, 'Ben');
INSERT INTO sale VALUES (1, 1, 3.5), (2, 2, 4.0), (3, 1, 1.0);
"""
JOIN = "SELECT T1.name FROM customer AS T1 JOIN sale AS T2 ON T1.customer_id = T2.customer_id"


def shop(folder: Path, key: str = "") -> Catalog:
    with closing(sqlite3.connect(folder / "shop.sqlite")) as connection:
        connection.executescript(TABLES.format(key=key))
    return Catalog(folder)


@pytest.fixture
def pairs() -> list[Question]:
    return [
        Question("Who bought?", "shop", "a", JOIN),
        Question("Who?", "shop", "b", "SELECT name FROM customer"),
    ]


def test_found_keys_are_shown_where_a_join_needs_them(tmp_path: Path, pairs: list[Question]) -> None:
    catalog = shop(tmp_path)
    assert len(catalog.found_keys("shop")) == 1
    assert with_keys(SETTINGS, pairs, catalog).prompt.found_keys
    assert with_keys(SETTINGS, pairs[1:], catalog) == SETTINGS


def test_declared_keys_need_no_found_ones(tmp_path: Path, pairs: list[Question]) -> None:
    catalog = shop(tmp_path, "REFERENCES customer (customer_id)")
    assert with_keys(SETTINGS, pairs, catalog) == SETTINGS


def test_a_form_with_on_stays_as_it_is(tmp_path: Path, pairs: list[Question]) -> None:
    plain = replace(SETTINGS, prompt=PromptConfig(form="written"))
    assert with_keys(plain, pairs, shop(tmp_path)) == plain
