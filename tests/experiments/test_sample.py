from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nshot.errors import OptionError
from nshot.experiments.sample import stratify
from nshot.sql import hardness
from nshot.types import Question

EASY, HARD = "SELECT count(*) FROM t", "SELECT a FROM t WHERE b = 1 ORDER BY c LIMIT 1"


def made(counts: dict[tuple[str, str], int]) -> list[Question]:
    """Questions by (db_id, sql)."""
    return [
        Question(f"{db_id} {i}", db_id, f"{db_id}-{i}-{len(sql)}", sql)
        for (db_id, sql), count in counts.items()
        for i in range(count)
    ]


def test_the_mix_of_hardness_and_databases_is_kept() -> None:
    counts = {("a", EASY): 60, ("a", HARD): 20, ("b", EASY): 30, ("b", HARD): 90}
    sample = stratify(made(counts), 20, seed=3)
    assert Counter((q.db_id, q.sql) for q in sample) == {
        ("a", EASY): 6,
        ("a", HARD): 2,
        ("b", EASY): 3,
        ("b", HARD): 9,
    }


@given(
    sizes=st.lists(st.integers(0, 30), min_size=4, max_size=4).filter(any),
    size=st.integers(1, 130),
    seed=st.integers(0, 5),
)
def test_each_stratum_is_within_one_question_of_its_share(sizes: list[int], size: int, seed: int) -> None:
    keys = [("a", EASY), ("a", HARD), ("b", EASY), ("b", HARD)]
    questions = made(dict(zip(keys, sizes, strict=True)))
    sample = stratify(questions, size, seed)
    assert len(sample) == min(size, len(questions))
    assert len({q.id for q in sample}) == len(sample)
    share = len(sample) / len(questions)
    found = Counter((q.db_id, q.sql) for q in sample)
    for key, count in zip(keys, sizes, strict=True):
        assert abs(found[key] - count * share) < 1 + 1e-9


def test_the_order_of_the_file_stays_and_the_seed_decides(questions: list[Question]) -> None:
    first, again, other = (stratify(questions, 40, seed) for seed in (0, 0, 1))
    assert first == again != other
    places = [questions.index(question) for question in first]
    assert places == sorted(places)
    assert {hardness(q.sql or "") for q in first} == {"easy", "medium", "hard", "extra"}


def test_less_than_one_question_is_refused() -> None:
    with pytest.raises(OptionError, match="at least 1"):
        stratify([], 0, 0)
