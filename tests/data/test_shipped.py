"""What the sample that ships with the package promises."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from nshot.data import Catalog, read_pool, read_questions, sample_dir
from nshot.databases import execute
from nshot.sql import hardness, operators
from nshot.types import Question

SPIDER_TRAIN = {"easy": 0.229, "medium": 0.346, "hard": 0.222, "extra": 0.203}
"""Shares of Spider's train questions by hardness."""


@pytest.fixture(scope="module")
def pool() -> list[Question]:
    return [Question(e.question, e.db_id, e.id, e.sql) for e in read_pool("sample").examples]


@pytest.fixture(scope="module")
def dev() -> list[Question]:
    return read_questions("sample")


def test_it_is_as_large_as_promised(pool: list[Question], dev: list[Question]) -> None:
    assert len(pool) >= 300
    assert len(dev) >= 80
    assert len(Catalog.sample().ids()) >= 10


def test_no_row_of_it_needs_a_remark() -> None:
    report = read_pool("sample", strict=True, catalog=Catalog.sample())
    assert report.rows == len(report.examples)


def test_dev_asks_of_databases_of_its_own(pool: list[Question], dev: list[Question]) -> None:
    assert not {question.db_id for question in pool} & {question.db_id for question in dev}
    assert {question.db_id for question in pool + dev} == set(Catalog.sample().ids())


def test_no_question_is_asked_twice(pool: list[Question], dev: list[Question]) -> None:
    texts = Counter(" ".join(question.text.lower().split()) for question in pool + dev)
    assert [text for text, count in texts.items() if count > 1] == []


def test_all_gold_runs_and_nearly_all_returns_rows(pool: list[Question], dev: list[Question]) -> None:
    catalog = Catalog.sample()
    empty = []
    for question in pool + dev:
        path = catalog.path(question.db_id)
        assert path is not None
        if not execute(path, question.sql or "").rows:
            empty.append(question.id)
    assert len(empty) <= 0.05 * len(pool + dev), empty


@pytest.mark.parametrize("split", ["pool", "dev"])
def test_its_mix_of_hardness_is_near_spiders(split: str, request: pytest.FixtureRequest) -> None:
    questions: list[Question] = request.getfixturevalue(split)
    counts = Counter[str](hardness(question.sql or "") for question in questions)
    for level, share in SPIDER_TRAIN.items():
        assert abs(counts[level] / len(questions) - share) < 0.1, (level, counts)


def test_its_sql_shows_what_sql_is_made_of(pool: list[Question]) -> None:
    counts = Counter(operator for question in pool for operator in operators(question.sql or ""))
    wanted = {
        "join",
        "group by",
        "having",
        "order by",
        "limit",
        "distinct",
        "nested",
        "union",
        "intersect",
        "except",
    }
    assert {operator: counts[operator] for operator in wanted if counts[operator] < 5} == {}


def test_schemas_of_its_tables_file_are_those_of_its_databases() -> None:
    files, listed = Catalog(sample_dir() / "database"), Catalog(tables=sample_dir() / "tables.json")
    assert files.ids() == listed.ids()
    for db_id in files.ids():
        ours, theirs = files.schema(db_id), listed.schema(db_id)
        assert [(t.name, [c.name for c in t.columns], t.primary_key) for t in ours.tables] == [
            (t.name, [c.name for c in t.columns], t.primary_key) for t in theirs.tables
        ]
        assert ours.foreign_keys


def test_it_is_what_its_script_builds(repo: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(repo / "tools" / "build_sample.py"), "--check"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
