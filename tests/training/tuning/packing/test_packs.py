"""Packs and steps: every row once, rows that begin alike together, different databases in a
step."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nshot.training.tuning.dataset.rows import TokenRow
from nshot.training.tuning.packing.packs import LabelledPack, make_pack, make_steps


def rows(databases: int, of_each: int) -> list[TokenRow]:
    """Rows of which those of one database share 50 tokens."""
    return [
        TokenRow(
            (*range(100 * db, 100 * db + 50), 7, *range(number % 5)),
            (8, 9, number),
            f"db{db}",
            f"{db}/{number}",
        )
        for db in range(databases)
        for number in range(of_each)
    ]


def steps(some: list[TokenRow], epoch: int = 0, **changes: int) -> list[list[LabelledPack]]:
    sizes = {"rows_per_pack": 4, "tokens_per_pack": 1000, "rows_per_step": 8, "seed": 0} | changes
    return make_steps(some, epoch=epoch, **sizes)


def spelled(batch: LabelledPack) -> list[tuple[int, ...]]:
    return [batch.pack.prefix + row for row in batch.pack.rows]


def test_rows_of_one_database_share_their_schema() -> None:
    for step in steps(rows(6, 10)):
        for batch in step:
            assert len(batch.pack.prefix) >= 50
            assert len(batch.databases) == 1


def test_a_step_meets_different_databases() -> None:
    for step in steps(rows(6, 12)):
        assert len(step) == 2
        assert len(frozenset.union(*(batch.databases for batch in step))) == 2


def test_steps_have_about_the_rows_asked_for() -> None:
    sizes = [sum(len(batch.pack.rows) for batch in step) for step in steps(rows(7, 13), rows_per_step=8)]
    assert len(sizes) == round(7 * 13 / 8)
    assert min(sizes) >= 4
    assert max(sizes) <= 12


def test_the_same_seed_and_epoch_give_the_same_steps_and_others_do_not() -> None:
    some = rows(5, 9)
    assert steps(some) == steps(some)
    assert steps(some) != steps(some, epoch=1)
    assert steps(some) != steps(some, seed=1)


def test_other_rows_meet_in_another_epoch() -> None:
    def meetings(epoch: int) -> set[frozenset[tuple[int, ...]]]:
        return {frozenset(spelled(batch)) for step in steps(rows(2, 40), epoch) for batch in step}

    assert meetings(0) != meetings(1)


def test_rows_like_no_other_are_put_together_by_length() -> None:
    alone = [TokenRow((1000 + n, *range(n)), (5,), f"db{n}", str(n)) for n in range(1, 17)]
    found = [batch for step in steps(alone) for batch in step]
    assert len(found) == 4
    assert all(batch.pack.prefix == () for batch in found)
    spread = [max(map(len, batch.pack.rows)) - min(map(len, batch.pack.rows)) for batch in found]
    assert max(spread) <= 7


def test_tokens_bound_a_pack() -> None:
    found = [batch for step in steps(rows(2, 10), tokens_per_pack=70) for batch in step]
    assert all(batch.pack.tokens <= 70 for batch in found)
    assert max(len(batch.pack.rows) for batch in found) > 1


@given(
    st.lists(
        st.tuples(
            st.lists(st.integers(0, 2), min_size=1, max_size=8),
            st.lists(st.integers(0, 2), min_size=1, max_size=4),
            st.sampled_from("abc"),
        ),
        min_size=1,
        max_size=30,
    ),
    st.integers(1, 6),
    st.integers(12, 40),
    st.integers(1, 12),
)
def test_every_row_is_there_once_and_whole(
    given_rows: list[tuple[list[int], list[int], str]], many: int, tokens: int, per_step: int
) -> None:
    some = [
        TokenRow(tuple(prompt), tuple(response), db, str(at))
        for at, (prompt, response, db) in enumerate(given_rows)
    ]
    made = steps(some, rows_per_pack=many, tokens_per_pack=tokens, rows_per_step=per_step)
    found = [batch for step in made for batch in step]
    assert Counter(text for batch in found for text in spelled(batch)) == Counter(
        row.prompt + row.response for row in some
    )
    assert all(len(batch.pack.rows) <= many and batch.pack.tokens <= tokens for batch in found)
    assert all(made)
    assert sum(sum(batch.pack.counted) for batch in found) == sum(len(row.response) for row in some)


@pytest.mark.parametrize("prompts", [[(1, 2, 3)], [(1, 2, 3), (1, 2, 3)], [(1, 2, 3), (1, 2, 4)]])
def test_the_prefix_leaves_each_row_a_token_of_its_prompt(prompts: list[tuple[int, ...]]) -> None:
    pack = make_pack([TokenRow(prompt, (9,), "a", "") for prompt in prompts])
    assert pack.prefix == (1, 2)
    assert pack.counted == (1,) * len(prompts)
