"""Each leak is planted into clean rows, and found."""

from __future__ import annotations

import pytest

from nshot.data import Catalog
from nshot.index import ExampleIndex
from nshot.training.data import Leaks, SftRow, find_leaks, make_rows
from nshot.training.data.holdout import HeldOutPart
from nshot.types import Example, Question

from ..conftest import keyword, shots


@pytest.fixture
def clean(catalog: Catalog, questions: list[Question], index: ExampleIndex) -> list[SftRow]:
    return make_rows(questions[:8], catalog, keyword(shots=shots(2)), index=index)


@pytest.fixture
def pool(index: ExampleIndex) -> dict[str, Example]:
    return {entry.example.id: entry.example for entry in index.entries}


def report(
    rows: list[SftRow], pool: dict[str, Example], questions: list[Question], catalog: Catalog
) -> Leaks:
    return find_leaks(rows, pool, {question.id: question.text for question in questions}, catalog)


def test_clean_rows_have_none(
    clean: list[SftRow], pool: dict[str, Example], questions: list[Question], catalog: Catalog
) -> None:
    assert report(clean, pool, questions, catalog) == (8, 0, 0, 0, 0, 0, 0)


def test_each_kind_is_counted(
    clean: list[SftRow], pool: dict[str, Example], questions: list[Question], catalog: Catalog
) -> None:
    row, question = clean[0], questions[0]
    own = next(one for one in pool.values() if one.db_id == row.db_id and one.sql != row.sql)
    other = next(one for one in pool.values() if one.db_id != row.db_id)

    def planted(example: Example | None, **change: object) -> dict[str, int]:
        known = pool if example is None else {**pool, "planted": example}
        bad = row._replace(demonstrations=(*row.demonstrations, "planted"))._replace(**change)  # type: ignore[arg-type]
        found = report([bad, *clean[1:]], known, questions, catalog)._asdict()
        assert found.pop("rows") == len(clean)
        return {name: number for name, number in found.items() if number}

    def like(example: Example, question: str, sql: str) -> Example:
        return Example("planted", question, sql, example.db_id)

    spelled = row.sql.lower().replace(" ", "  ") + " ;"
    assert planted(own)["same_database"] == 1
    assert planted(like(other, "Another?", spelled)) == {"same_sql": 1}
    assert planted(like(other, question.text.upper() + " ", other.sql)) == {"same_question": 1}
    assert planted(None) == {"unknown": 1}
    texts = {one.id: one.text for one in questions}
    bad = row._replace(demonstrations=(other.id,))
    assert find_leaks([bad], pool, texts, catalog, HeldOutPart((other.db_id,))).held_out == 1
    assert find_leaks([bad], pool, texts, catalog, HeldOutPart((row.db_id,))).held_out == 0
    shown = f"sql:\n{row.response.upper()} LIMIT 3\n{row.prompt}"
    assert planted(like(other, "Another?", other.sql), prompt=shown) == {"gold_in_prompt": 1}
