"""Keys and values in place: the same as copying them whole."""

from __future__ import annotations

from threading import Thread, current_thread, main_thread
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from transformers import DynamicCache, LlamaConfig, LlamaForCausalLM, MptConfig, MptForCausalLM

from nshot.generation.decode.attention import NAME
from nshot.generation.decode.kv_cache import ROOM, KVCache, settle
from nshot.generation.decode.parts import Readers
from nshot.generation.decode.prefill import abilities, join_batches, prefill, token_bytes


@given(st.lists(st.integers(0, 13), min_size=1, max_size=20))
def test_every_new_row_has_one_place_and_a_parent_s_place_is_its_child_s(parents: list[int]) -> None:
    order = settle(parents)
    assert sorted(order) == list(range(len(parents)))
    for parent in set(parents):
        if parent < len(parents):
            assert parents[order[parent]] == parent


@given(st.lists(st.integers(0, 4), min_size=1, max_size=14))
def test_each_row_sits_once_at_its_own_part(owners: list[int]) -> None:
    _, rows, flat = Readers.of(owners, 5, "cpu")
    if flat is None or rows is None:
        assert owners == sorted(owners)
        assert len({owners.count(part) for part in range(5)}) == 1
        return
    assert len(set(flat.tolist())) == len(owners)
    for row, (owner, seat) in enumerate(zip(owners, flat.tolist(), strict=True)):
        assert rows.flatten()[seat] == row
        assert seat // rows.shape[1] == owner


@pytest.mark.parametrize(("prefix", "apart"), [(8, True), (0, True), (8, False), (0, False)])
def test_a_batch_that_grows_by_any_parents_says_what_each_line_says_alone(
    tiny_llama: Any, prefix: int, *, apart: bool
) -> None:
    generator = torch.Generator().manual_seed(3)
    vocabulary = tiny_llama.config.vocab_size
    prompts = [[4, 5, 6, 7, 8, 9, 4, 5, prompt + 3, *range(3, 3 + prompt)] for prompt in range(5)]
    with torch.inference_mode():
        state = prefill(tiny_llama, prompts, prefix, 0, apart=apart)
        lines = [list(prompt) for prompt in prompts]
        for size in (5, 9, 9, 12, 12, 7, 7, 4, 11, 3, *[6, 5] * (ROOM // 2), 2):
            parents = torch.randint(len(lines), (size,), generator=generator).tolist()
            tokens = torch.randint(3, vocabulary, (size,), generator=generator).tolist()
            order = state.grow(parents, tokens)
            lines = [[*lines[parents[new]], tokens[new]] for new in order]
            for line, logits in zip(lines, state.logits, strict=True):
                alone = tiny_llama(torch.tensor([line])).logits[0, -1]
                assert torch.allclose(logits, alone, atol=1e-4)


def test_the_tokens_of_prompts_that_are_finished_are_let_go(tiny_llama: Any) -> None:
    with torch.inference_mode():
        state = prefill(tiny_llama, [[3, 4], [5, 6, 7], [3, 5], [8, 9]], 0, 0, apart=True)
        assert isinstance(state.kv, KVCache)
        kept = [len(state.kv.parts(0)[0].keys)]
        for parents in ([0, 1, 2, 3], [0, 0, 1, 3], [0, 2], [1, 0]):
            state.grow(parents, [8] * len(parents))
            kept.append(len(state.kv.parts(0)[0].keys))
    assert kept == [4, 4, 3, 1, 1]


def test_what_a_batch_shares_is_kept_once(tiny_llama: Any) -> None:
    with torch.inference_mode():
        state = prefill(tiny_llama, [[3, 4, 5], [3, 4, 6, 7]], 2, 0, apart=True)
    assert isinstance(state.kv, KVCache)
    prefix, rest = state.kv.parts(0)
    assert (prefix.keys.shape[0], prefix.keys.shape[2]) == (1, 2)
    assert (rest.keys.shape[0], rest.keys.shape[2]) == (2, 2)


@pytest.mark.parametrize("prefixes", [(2, 0, 3), (0, 0, 0)])
def test_joined_batches_say_what_each_line_says_alone(tiny_llama: Any, prefixes: tuple[int, ...]) -> None:
    batches = [[[3, 4, 5], [3, 4, 6, 7]], [[8, 9, 8, 5, 6, 7, 8]], [[5, 6, 7, 8], [5, 6, 7, 9, 4, 4]]]
    with torch.inference_mode():
        pairs = zip(batches, prefixes, strict=True)
        state = join_batches([prefill(tiny_llama, batch, prefix, 0, apart=True) for batch, prefix in pairs])
        lines = [list(line) for batch in batches for line in batch]
        state.repeat(2)
        lines = [line for line in lines for _ in range(2)]
        for parents in ([0, 2, 4, 6, 8, 9], [1, 1, 2, 0, 5], [2, 3, 3], [2, 0], [1]):
            for line, logits in zip(lines, state.logits, strict=True):
                alone = tiny_llama(torch.tensor([line])).logits[0, -1]
                assert torch.allclose(logits, alone, atol=1e-4)
            order = state.grow(parents, [5 + parent for parent in parents])
            lines = [[*lines[parents[new]], 5 + parents[new]] for new in order]


def test_the_model_s_own_attention_is_back_afterwards(tiny_llama: Any) -> None:
    before = tiny_llama.config._attn_implementation
    with torch.inference_mode():
        prefill(tiny_llama, [[3, 4]], 0, 0, apart=True).grow([0, 0], [5, 6])
    assert tiny_llama.config._attn_implementation == before != NAME


def test_a_step_waits_for_another_thread_s(tiny_llama: Any) -> None:
    """Which attention a model uses is in its configuration: a second thread must not put it
    back."""
    steps: list[torch.Tensor] = []

    def step() -> None:
        with torch.inference_mode():
            state = prefill(tiny_llama, [[3, 4, 5]], 0, 0, apart=True)
            state.grow([0, 0], [6, 7])
            steps.append(state.logits)

    step()
    threads = [Thread(target=step) for _ in range(2)]

    def meanwhile(*_: Any) -> None:
        first = current_thread() is main_thread() and not threads[-1].ident
        if first and tiny_llama.config._attn_implementation == NAME:
            for thread in threads:
                thread.start()
            threads[0].join(timeout=0.5)

    hook = tiny_llama.model.layers[1].register_forward_pre_hook(meanwhile)
    try:
        step()
        for thread in threads:
            thread.join()
    finally:
        hook.remove()
    assert len(steps) == 4
    assert all(torch.equal(found, steps[0]) for found in steps)
    assert tiny_llama.config._attn_implementation != NAME


def test_only_plain_attention_is_taken_apart(tiny_llama: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    assert abilities(tiny_llama) == (True, True)
    layer = type(tiny_llama.model.layers[0].self_attn)
    forward = layer.forward
    monkeypatch.setattr(tiny_llama.config, "_attn_implementation", "eager")
    monkeypatch.setattr(layer, "forward", lambda self, *a, **k: forward(self, *a, softcap=2.0, **k))
    assert abilities(tiny_llama) == (True, False)


def test_logits_that_are_ruled_out_do_not_hide_a_wrong_attention(
    tiny_llama: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ruled_out(_module: Any, _args: Any, output: torch.Tensor) -> torch.Tensor:
        output[..., 0] = torch.finfo(torch.float32).min
        return output

    hook = tiny_llama.lm_head.register_forward_hook(ruled_out)
    try:
        assert abilities(tiny_llama) == (True, True)
        monkeypatch.setattr("nshot.generation.decode.attention._answers", lambda *_: 0.0)
        assert abilities(tiny_llama) == (True, False)
    finally:
        hook.remove()


def test_positions_by_place_in_the_batch_are_not_shared() -> None:
    """MPT counts the padding between a prefix and the rest."""
    torch.manual_seed(0)
    config = MptConfig(d_model=32, n_heads=4, n_layers=2, vocab_size=28, max_seq_len=64)
    assert not abilities(MptForCausalLM(config).eval()).share


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("key_heads", [1, 2, 4])
def test_heads_share_keys_in_any_grouping(key_heads: int, dtype: torch.dtype) -> None:
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=28,
        hidden_size=64,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=key_heads,
    )
    assert abilities(LlamaForCausalLM(config).eval().to(dtype)) == (True, True)


@pytest.mark.parametrize("apart", [True, False])
def test_repeated_rows_stand_side_by_side(tiny_llama: Any, *, apart: bool) -> None:
    with torch.inference_mode():
        state = prefill(tiny_llama, [[3, 4], [5, 6, 7]], 0, 0, apart=apart)
        state.repeat(2)
        assert state.owners == [0, 0, 1, 1]
        order = state.grow([3, 0], [8, 9])
        lines = [([5, 6, 7, 8], [3, 4, 9])[new] for new in order]
        for line, logits in zip(lines, state.logits, strict=True):
            assert torch.allclose(logits, tiny_llama(torch.tensor([line])).logits[0, -1], atol=1e-4)


def test_a_token_s_memory_is_that_of_the_cache(tiny_llama: Any) -> None:
    cache = DynamicCache(config=tiny_llama.config)
    with torch.inference_mode():
        tiny_llama(input_ids=torch.tensor([[3, 4, 5]]), past_key_values=cache, use_cache=True)
    kept = sum(layer.keys.nbytes + layer.values.nbytes for layer in cache.layers)
    assert kept == 3 * token_bytes(tiny_llama)
