"""Keys and values in place: the same as copying them whole."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from nshot.generation.prefill import new_cache, prefill, token_bytes
from nshot.generation.store import ROOM, Moves, settle, store_layer_class


@st.composite
def generations(draw: Any) -> tuple[list[int], list[int]]:
    """Owners of the old rows, and the parents of the new ones."""
    owners = draw(st.lists(st.integers(0, 4), min_size=1, max_size=14))
    parents = draw(st.lists(st.integers(0, len(owners) - 1), min_size=1, max_size=20))
    return owners, parents


@given(generations())
def test_every_new_row_has_one_place_and_a_parent_s_place_is_its_child_s(
    found: tuple[list[int], list[int]],
) -> None:
    owners, parents = found
    order = settle(parents, owners)
    assert sorted(order) == list(range(len(parents)))
    for parent in set(parents):
        if parent < len(parents):
            assert parents[order[parent]] == parent


@given(generations())
def test_a_row_goes_to_a_stranger_s_place_only_if_its_owner_has_none_free(
    found: tuple[list[int], list[int]],
) -> None:
    owners, parents = found
    order = settle(parents, owners)
    taken = set(parents)
    free = [place for place in range(min(len(parents), len(owners))) if place not in taken]
    of_strangers = {owners[place] for place in free if owners[parents[order[place]]] != owners[place]}
    for place, new in enumerate(order):
        abroad = place >= len(owners) or owners[place] != owners[parents[new]]
        assert not (abroad and owners[parents[new]] in of_strangers)


def states(rows: int, tokens: int) -> torch.Tensor:
    return torch.randn(rows, 2, tokens, 4)


@pytest.mark.parametrize("tokens", [1, ROOM + 3])
def test_a_layer_s_rows_moved_in_place_are_those_that_were_chosen(tokens: int) -> None:
    torch.manual_seed(0)
    ours, whole = store_layer_class()(), torch.empty(4, 2, 0, 4)
    owners = [0, 0, 1, 1]
    for width in (5, *[1] * tokens):
        new = states(4, width)
        keys, values = ours.update(new, -new)
        whole = torch.cat([whole, new], dim=2)
        assert torch.equal(keys, whole)
        assert torch.equal(values, -whole)
    whole[1, :, :5], whole[3, :, :5] = whole[0, :, :5].clone(), whole[2, :, :5].clone()
    ours.keys[:], ours.values[:] = whole, -whole  # rows of one owner begin alike
    parents = [1, 1, 2]
    order = settle(parents, owners)
    rows = [parents[new] for new in order]
    tails = [place for place, row in enumerate(rows) if place != row and owners[place] == owners[row]]
    assert tails
    assert not any(place != row and owners[place] != owners[row] for place, row in enumerate(rows))
    moves = Moves.of([(place, rows[place]) for place in tails], "cpu")
    ours.move(3, None, moves, start=5)
    assert torch.equal(ours.keys, whole[rows])
    assert torch.equal(ours.values, -whole[rows])


def test_a_layer_that_holds_nothing_moves_nothing() -> None:
    """Of layers that a model does not use."""
    layer = store_layer_class()()
    layer.move(1, Moves.of([(0, 2)], "cpu"), None, start=4)
    assert layer.get_seq_length() == 0


def test_a_batch_that_grows_by_any_parents_says_what_each_line_says_alone(tiny_llama: Any) -> None:
    generator = torch.Generator().manual_seed(3)
    vocabulary = tiny_llama.config.vocab_size
    prompts = [[4, 5, 6, 7, 8, 9, 4, 5, prompt + 3, *range(3, 3 + prompt)] for prompt in range(5)]
    with torch.inference_mode():
        state = prefill(tiny_llama, prompts, 8, 0)
        lines = [list(prompt) for prompt in prompts]
        for size in (5, 9, 9, 12, 12, 7, 7, 4, 11, 3, *[6, 5] * (ROOM // 2), 2):
            parents = torch.randint(len(lines), (size,), generator=generator).tolist()
            tokens = torch.randint(3, vocabulary, (size,), generator=generator).tolist()
            order = state.grow(parents, tokens)
            lines = [[*lines[parents[new]], tokens[new]] for new in order]
            for line, logits in zip(lines, state.logits, strict=True):
                alone = tiny_llama(torch.tensor([line])).logits[0, -1]
                assert torch.allclose(logits, alone, atol=1e-4)


def test_repeated_rows_stand_side_by_side(tiny_llama: Any) -> None:
    with torch.inference_mode():
        state = prefill(tiny_llama, [[3, 4], [5, 6, 7]], 0, 0)
        state.repeat(2)
        assert state.owners == [0, 0, 1, 1]
        order = state.grow([3, 0], [8, 9])
        lines = [([5, 6, 7, 8], [3, 4, 9])[new] for new in order]
        for line, logits in zip(lines, state.logits, strict=True):
            assert torch.allclose(logits, tiny_llama(torch.tensor([line])).logits[0, -1], atol=1e-4)


def test_a_token_s_memory_is_that_of_the_cache(tiny_llama: Any) -> None:
    cache, _ = new_cache(tiny_llama)
    with torch.inference_mode():
        tiny_llama(input_ids=torch.tensor([[3, 4, 5]]), past_key_values=cache, use_cache=True)
    held = sum(layer.keys.nbytes + layer.values.nbytes for layer in cache.layers)
    assert held == 3 * token_bytes(tiny_llama)
