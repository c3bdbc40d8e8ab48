from __future__ import annotations

from typing import Any
from unittest import mock

from hypothesis import given, settings
from hypothesis import strategies as st

from nshot.generation.decode.batching import MIN_PREFIX, PREFILL_TOKENS, Batch, Capacity, join, plan


def groups_of_any_size() -> Any:
    """However little a group spares, it is one: else the short prompts here would have none."""
    return mock.patch.multiple("nshot.generation.decode.batching", MIN_SAVED=1, MIN_SAVED_ALONE=1)


PROMPTS = st.lists(st.lists(st.integers(0, 2), min_size=1, max_size=30), max_size=30)


@settings(deadline=None)
@given(
    PROMPTS,
    st.integers(1, 4),
    st.integers(1, 8),
    st.integers(1, 100),
    st.integers(0, 5),
    st.booleans(),
    st.booleans(),
)
def test_every_prompt_is_in_one_batch_within_the_limits(
    prompts: list[list[int]], width: int, max_rows: int, max_tokens: int, room: int, share: bool, apart: bool
) -> None:
    with groups_of_any_size():
        batches = plan(prompts, Capacity(max_rows, max_tokens, width, room), share=share, apart=apart)
    assert sorted(row for batch in batches for row in batch.rows) == list(range(len(prompts)))
    for rows, prefix in batches:
        size = len(rows) * width
        longest = max(len(prompts[row]) for row in rows)
        cached = (len(rows) if apart else size) * longest + size * room
        assert len(rows) == 1 or (size <= max_rows and cached <= max_tokens)
        assert len({tuple(prompts[row][:prefix]) for row in rows}) == 1
        assert all(len(prompts[row]) > prefix for row in rows)
        assert prefix == 0 or (share and prefix >= MIN_PREFIX)


def test_prompts_of_one_schema_meet_in_one_batch_and_share_it() -> None:
    first, second = list(range(100, 1100)), list(range(2000, 3000))
    prompts = [(first, second)[at % 2] + [at] for at in range(8)]
    assert plan(prompts, Capacity(16, 10_000)) == [((0, 2, 4, 6), 1000), ((1, 3, 5, 7), 1000)]


def test_schemas_whose_questions_spare_little_meet_in_one_batch() -> None:
    first, second = list(range(100, 120)), list(range(200, 220))
    prompts = [(first, second)[at % 2] + [at] for at in range(8)]
    assert plan(prompts, Capacity(16, 10_000)) == [(tuple(range(8)), 0)]


@settings(deadline=None)
@given(PROMPTS, st.integers(1, 3), st.integers(1, 20), st.integers(1, 200), st.integers(0, 5))
def test_batches_are_joined_in_their_order_within_the_limits(
    prompts: list[list[int]], width: int, max_rows: int, max_tokens: int, room: int
) -> None:
    capacity = Capacity(max_rows, max_tokens, width, room)
    with groups_of_any_size():
        batches = plan(prompts, capacity, share=True, apart=True)
    joined = join(batches, prompts, capacity)
    assert [batch for some in joined for batch in some] == batches
    for some in joined:
        rows = [row for batch in some for row in batch.rows]
        prefixes = len(some) * max(batch.prefix for batch in some)
        rest = max(len(prompts[row]) - batch.prefix for batch in some for row in batch.rows)
        cached = prefixes + len(rows) * (rest + width * room)
        assert len(some) == 1 or (len(rows) * width <= max_rows and cached <= max_tokens)


def test_batches_of_two_schemas_are_joined() -> None:
    batches, prompts = [Batch((0, 1), 9), Batch((2,), 0)], [[1] * 10] * 3
    assert join(batches, prompts, Capacity(3, 48)) == [tuple(batches)]  # twice 9, and three of 10
    assert join(batches, prompts, Capacity(3, 47)) == [(batches[0],), (batches[1],)]
    assert join(batches, prompts, Capacity(2, 48)) == [(batches[0],), (batches[1],)]


def test_a_group_that_would_write_alone_must_spare_more() -> None:
    head = list(range(100, 300))
    prompts = [[*head, at] for at in range(3)] + [[at] * 30 for at in range(3)]
    assert plan(prompts, Capacity(16, 10_000), apart=True) == [((0, 1, 2), 200), ((3, 4, 5), 0)]
    assert plan(prompts, Capacity(16, 10_000)) == [((3, 4, 5, 0, 1, 2), 0)]


def test_strangers_share_what_they_have_in_common() -> None:
    head = list(range(10))
    prompts = [head + [100 + at] * 40 for at in range(3)]
    assert plan(prompts, Capacity(16, 10_000)) == [((0, 1, 2), 10)]


def test_a_prompt_larger_than_the_limit_goes_alone() -> None:
    prompts = [[1] * 50, [2] * 5, [3] * 6]
    assert plan(prompts, Capacity(16, 20)) == [((1, 2), 0), ((0,), 0)]


def test_what_is_shared_does_not_count_among_the_tokens_of_a_pass() -> None:
    head = [1] * (PREFILL_TOKENS // 4)
    prompts = [[*head, at, at] for at in range(8)]
    for share, sizes in ((True, [8]), (False, [3, 3, 2])):
        batches = plan(prompts, Capacity(16, 10 * PREFILL_TOKENS), share=share)
        assert [len(batch.rows) for batch in batches] == sizes
