from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from nshot.generation.batches import MIN_PREFIX, PREFILL_TOKENS, Batch, join, plan

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
    batches = plan(
        prompts, width=width, max_rows=max_rows, max_tokens=max_tokens, room=room, share=share, apart=apart
    )
    assert sorted(row for batch in batches for row in batch.rows) == list(range(len(prompts)))
    for rows, prefix in batches:
        size = len(rows) * width
        longest = max(len(prompts[row]) for row in rows)
        held = (len(rows) if apart else size) * longest + size * room
        assert len(rows) == 1 or (size <= max_rows and held <= max_tokens)
        assert len({tuple(prompts[row][:prefix]) for row in rows}) == 1
        assert all(len(prompts[row]) > prefix for row in rows)
        assert prefix == 0 or (share and prefix >= MIN_PREFIX)


def test_prompts_of_one_schema_meet_in_one_batch_and_share_it() -> None:
    first, second = list(range(100, 1100)), list(range(2000, 3000))
    prompts = [(first, second)[at % 2] + [at] for at in range(8)]
    assert plan(prompts, max_rows=16, max_tokens=10_000) == [((0, 2, 4, 6), 1000), ((1, 3, 5, 7), 1000)]


def test_schemas_whose_questions_spare_little_meet_in_one_batch() -> None:
    first, second = list(range(100, 120)), list(range(200, 220))
    prompts = [(first, second)[at % 2] + [at] for at in range(8)]
    assert plan(prompts, max_rows=16, max_tokens=10_000) == [(tuple(range(8)), 0)]


@given(PROMPTS, st.integers(1, 3), st.integers(1, 8), st.integers(1, 100), st.integers(0, 5))
def test_batches_are_joined_in_their_order_within_the_limits(
    prompts: list[list[int]], width: int, max_rows: int, max_tokens: int, room: int
) -> None:
    batches = plan(
        prompts, width=width, max_rows=max_rows, max_tokens=max_tokens, room=room, share=True, apart=True
    )
    joined = join(batches, prompts, width=width, max_rows=max_rows, max_tokens=max_tokens, room=room)
    assert [batch for together in joined for batch in together] == batches
    for together in joined:
        rows = [row for batch in together for row in batch.rows]
        longest = max(len(prompts[row]) for row in rows)
        fits = len(rows) * width <= max_rows and len(rows) * (longest + width * room) <= max_tokens
        assert len(together) == 1 or fits


def test_batches_of_two_schemas_are_joined() -> None:
    batches = [Batch((0, 1), 9), Batch((2,), 0)]
    assert join(batches, [[1] * 10] * 3, max_rows=3, max_tokens=30) == [tuple(batches)]
    assert join(batches, [[1] * 10] * 3, max_rows=2, max_tokens=30) == [(batches[0],), (batches[1],)]


def test_strangers_share_what_they_have_in_common() -> None:
    head = list(range(10))
    prompts = [head + [100 + at] * 40 for at in range(3)]
    assert plan(prompts, max_rows=16, max_tokens=10_000) == [((0, 1, 2), 10)]


def test_a_prompt_larger_than_the_limit_goes_alone() -> None:
    prompts = [[1] * 50, [2] * 5, [3] * 6]
    assert plan(prompts, max_rows=16, max_tokens=20) == [((1, 2), 0), ((0,), 0)]


def test_what_is_shared_does_not_count_among_the_tokens_of_a_pass() -> None:
    head = [1] * (PREFILL_TOKENS // 4)
    prompts = [[*head, at, at] for at in range(8)]
    for share, sizes in ((True, [8]), (False, [3, 3, 2])):
        batches = plan(prompts, max_rows=16, max_tokens=10 * PREFILL_TOKENS, share=share)
        assert [len(batch.rows) for batch in batches] == sizes
