from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from nshot.generation.batches import MIN_PREFIX, plan

PROMPTS = st.lists(st.lists(st.integers(0, 2), min_size=1, max_size=30), max_size=30)


@settings(deadline=None)
@given(PROMPTS, st.integers(1, 4), st.integers(1, 8), st.integers(1, 100), st.booleans())
def test_every_prompt_is_in_one_batch_within_the_limits(
    prompts: list[list[int]], width: int, max_rows: int, max_tokens: int, share: bool
) -> None:
    batches = plan(prompts, width=width, max_rows=max_rows, max_tokens=max_tokens, share=share)
    assert sorted(row for batch in batches for row in batch.rows) == list(range(len(prompts)))
    for rows, prefix in batches:
        size = len(rows) * width
        longest = max(len(prompts[row]) for row in rows)
        assert len(rows) == 1 or (size <= max_rows and size * longest <= max_tokens)
        assert len({tuple(prompts[row][:prefix]) for row in rows}) == 1
        assert all(len(prompts[row]) > prefix for row in rows)
        assert prefix == 0 or (share and prefix >= MIN_PREFIX)


def test_prompts_of_one_schema_meet_in_one_batch_and_share_it() -> None:
    first, second = list(range(100, 150)), list(range(200, 250))
    prompts = [(first, second)[at % 2] + [at] for at in range(8)]
    assert plan(prompts, max_rows=16, max_tokens=10_000) == [((0, 2, 4, 6), 50), ((1, 3, 5, 7), 50)]


def test_strangers_share_what_they_have_in_common() -> None:
    head = list(range(10))
    prompts = [head + [100 + at] * 40 for at in range(3)]
    assert plan(prompts, max_rows=16, max_tokens=10_000) == [((0, 1, 2), 10)]


def test_a_prompt_larger_than_the_limit_goes_alone() -> None:
    prompts = [[1] * 50, [2] * 5, [3] * 6]
    assert plan(prompts, max_rows=16, max_tokens=20) == [((1, 2), 0), ((0,), 0)]
