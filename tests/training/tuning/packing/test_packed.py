"""Shared-prefix training is exact: loss and gradients are those of one row at a time."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from nshot.data import Catalog, read_pool
from nshot.errors import EngineError
from nshot.generation.decoding import Decoding
from nshot.generation.engines.transformers_engine import TransformersEngine
from nshot.models.adapter import silence_peft
from nshot.models.tokenizer import TokenizerFormat
from nshot.prompting import PromptConfig
from nshot.training.data import SftConfig, SftRow, make_rows
from nshot.training.tuning.dataset.rows import tokenise
from nshot.training.tuning.memory import activations, sizes_of
from nshot.training.tuning.model import add_adapter
from nshot.training.tuning.packing import cross_entropy
from nshot.training.tuning.packing.attention import NAME, register
from nshot.training.tuning.packing.layout import Pack
from nshot.training.tuning.packing.packed import bare, pack_loss, prepare
from nshot.training.tuning.packing.packs import LabelledPack, make_pack
from nshot.training.tuning.packing.reference import reference_loss
from nshot.training.tuning.recipe.recipe import LoraPart, Recipe
from nshot.types import Prompt, Question

VOCABULARY = 61
SIZES = {
    "vocab_size": VOCABULARY,
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 128,
    "initializer_range": 0.2,
    "pad_token_id": 0,
}


def config(kind: str = "Llama", **changes: Any) -> Any:
    """A configuration of transformers with 4 heads of width 8."""
    import transformers

    head = {"head_dim": 8} if kind in ("Qwen3", "Mistral") else {}
    return getattr(transformers, f"{kind}Config")(**SIZES | head | changes)


def adapted(settings: Any, recipe: Recipe = Recipe()) -> Any:  # noqa: B008 (frozen)
    """A random model with a random adapter: both of its matrices count."""
    import torch
    from transformers import AutoModelForCausalLM

    torch.manual_seed(3)
    with silence_peft():
        model = add_adapter(AutoModelForCausalLM.from_config(settings), recipe, "tiny")
        for name, one in model.named_parameters():
            one.requires_grad_("lora_" in name)
            if "lora_B" in name:
                torch.nn.init.normal_(one, std=0.1)
    return model


def pack(prefix: int, rows: Sequence[tuple[int, int]], seed: int = 0) -> Pack:
    """Random tokens: of each row, how many and how many of them count."""
    import torch

    draw = torch.Generator().manual_seed(seed)

    def some(many: int) -> tuple[int, ...]:
        return tuple(torch.randint(1, VOCABULARY, (many,), generator=draw).tolist())

    return Pack(some(prefix), tuple(some(length) for length, _ in rows), tuple(number for _, number in rows))


def gradients(model: Any, loss: Any) -> tuple[float, dict[str, Any]]:
    """The loss, and the gradient of each parameter that has one."""
    loss.backward()
    found = {name: one.grad for name, one in model.named_parameters() if one.grad is not None}
    return float(loss.detach()), found


def check_equal(model: Any, some: Pack, *, quick: bool = True) -> None:
    """Loss and all gradients of a pack and of its rows apart differ by at most 1e-5 of their
    size."""
    import torch

    plain, packed = deepcopy(model), model
    if quick:
        prepare(packed)
    else:
        register()
        bare(packed).set_attn_implementation(NAME)
    expected, apart = gradients(plain, reference_loss(plain, some))
    found, together = gradients(packed, pack_loss(packed, some))
    assert found == pytest.approx(expected, rel=1e-5)
    assert together.keys() == apart.keys()
    assert any(bool(one.abs().max() > 0) for one in apart.values())
    for name, one in apart.items():
        assert torch.dist(together[name], one) <= 1e-5 * one.norm(), name


@pytest.mark.parametrize("quick", [True, False])
@pytest.mark.parametrize("prefix", [0, 1, 17])
@pytest.mark.parametrize(
    "rows", [[(9, 4)], [(5, 3), (5, 3)], [(2, 1), (11, 7), (6, 5), (3, 2)]], ids=["one", "two", "unequal"]
)
def test_a_pack_is_its_rows_one_by_one(prefix: int, rows: list[tuple[int, int]], quick: bool) -> None:
    check_equal(adapted(config()), pack(prefix, rows), quick=quick)


@pytest.mark.parametrize("key_heads", [1, 2, 4])
def test_heads_share_keys_in_any_grouping(key_heads: int) -> None:
    check_equal(adapted(config(num_key_value_heads=key_heads)), pack(7, [(6, 3), (4, 2), (9, 8)]))


@pytest.mark.parametrize("kind", ["Mistral", "Qwen2", "Qwen3"])
def test_relatives_of_llama_are_as_exact(kind: str) -> None:
    check_equal(adapted(config(kind)), pack(7, [(6, 3), (4, 2), (9, 8)]))


def test_a_row_may_count_whole_behind_a_prefix() -> None:
    check_equal(adapted(config()), pack(5, [(3, 3), (1, 1), (8, 8)]))


def test_frozen_layers_have_no_adapter_and_the_others_the_same_gradient() -> None:
    model = adapted(config(), Recipe(freeze_layers=2))
    trained = {name.split(".layers.")[1][0] for name, one in model.named_parameters() if one.requires_grad}
    assert trained == {"2"}
    check_equal(model, pack(7, [(6, 3), (4, 2)]))


@pytest.mark.parametrize("part", [LoraPart(rank=4, rslora=True), LoraPart(rank=4, dora=True)])
def test_other_kinds_of_lora_are_as_exact(part: LoraPart) -> None:
    check_equal(adapted(config(), Recipe(lora=part)), pack(7, [(6, 3), (4, 2)]))


def test_more_tokens_than_a_slice_of_the_vocabulary_s_logits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cross_entropy, "SLICE", 4)
    check_equal(adapted(config()), pack(7, [(6, 5), (9, 8), (4, 1)]))


def kept(model: Any, some: Pack) -> int:
    """Bytes that the forward pass keeps for the backward pass, weights aside."""
    import torch

    own = {one.untyped_storage().data_ptr() for one in model.parameters()}
    found: dict[int, int] = {}

    def pack(one: Any) -> Any:
        if one.untyped_storage().data_ptr() not in own:
            found[one.untyped_storage().data_ptr()] = one.untyped_storage().nbytes()
        return one

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda one: one):
        loss = pack_loss(model, some)
    del loss
    return sum(found.values())


@pytest.mark.parametrize("dropout", [0.0, 0.05])
@pytest.mark.parametrize(("prefix", "rows"), [(200, [(60, 20)] * 8), (600, [(60, 20)] * 4)])
def test_the_memory_that_is_planned_is_about_what_is_kept(
    dropout: float, prefix: int, rows: list[tuple[int, int]]
) -> None:
    some, recipe = pack(prefix, rows), Recipe(lora=LoraPart(rank=16, dropout=dropout))
    model = adapted(config(hidden_size=128, intermediate_size=384), recipe).train()
    prepare(model)
    planned = activations(sizes_of(model), LabelledPack(some, frozenset()), 4, recipe)
    assert planned == pytest.approx(kept(model, some), rel=0.15)


@pytest.mark.parametrize("dropout", [0.0, 0.3])
def test_layers_computed_again_give_the_same_gradients_and_keep_little(dropout: float) -> None:
    import torch

    some = pack(60, [(30, 5), (25, 8)])
    model = adapted(config(), Recipe(lora=LoraPart(rank=4, dropout=dropout))).train()
    again = deepcopy(model)
    prepare(model)
    prepare(again, recompute=True)
    assert kept(again, some) < 0.35 * kept(model, some)
    losses = []
    for one in (model, again):
        torch.manual_seed(1)
        losses.append(gradients(one, pack_loss(one, some)))
    (plain, expected), (found, made) = losses
    assert found == plain
    assert made.keys() == expected.keys()
    assert all(torch.equal(made[name], one) for name, one in expected.items())


def test_to_be_prepared_again_changes_nothing() -> None:
    model, some = adapted(config()), pack(7, [(6, 3), (4, 2)])
    plain = deepcopy(model)
    prepare(model)
    once = gradients(model, pack_loss(model, some))[0]
    prepare(model)
    assert float(pack_loss(model, some).detach()) == once
    assert once == pytest.approx(float(reference_loss(plain, some).detach()), rel=1e-5)


def test_bfloat16_is_near() -> None:
    import torch

    some = pack(7, [(6, 3), (4, 2), (9, 8)])
    model = adapted(config()).to(torch.bfloat16)
    with torch.no_grad():
        expected = float(reference_loss(deepcopy(model).float(), some))
    prepare(model)
    found, made = gradients(model, pack_loss(model, some))
    assert found == pytest.approx(expected, rel=0.03)
    assert all(bool(one.isfinite().all()) for one in made.values())


def test_a_prepared_model_writes_what_it_wrote_before(tiny_llama: Path) -> None:
    from transformers import AutoModelForCausalLM, AutoTokenizer

    model = AutoModelForCausalLM.from_pretrained(tiny_llama)
    tokenizer = AutoTokenizer.from_pretrained(tiny_llama)
    tokenizer.padding_side, tokenizer.pad_token = "left", tokenizer.eos_token
    texts = ["x", "how many singers are there?", "a longer line than both of the others\nsql:\n"]
    asked = tokenizer(texts, return_tensors="pt", padding=True)
    engine = TransformersEngine(model, tokenizer, name="tiny")

    def written() -> tuple[list[list[int]], list[str]]:
        whole = model.generate(**asked, max_new_tokens=12, do_sample=False)
        found = engine.generate([Prompt(text) for text in texts], Decoding(max_new_tokens=12))
        return whole.tolist(), [completions[0].text for completions in found]

    before = written()
    prepare(model)
    assert written() == before
    assert len(set(before[1])) == len(texts)


@pytest.fixture(scope="module")
def text() -> TokenizerFormat:
    """The embedded model's way of reading."""
    from nshot.generation.engines.loading import load_reading

    try:
        found = load_reading("embedded", chat="off").text
    except EngineError as error:
        pytest.skip(str(error))
    assert isinstance(found, TokenizerFormat)
    return found


@pytest.fixture(scope="module")
def rendered(text: TokenizerFormat) -> list[SftRow]:
    """Rows of one database of the sample, as the embedded model is trained on them."""
    settings = SftConfig(prompt=PromptConfig(context="compact", form="from-first", show_values=True))
    solved = [one for one in read_pool("sample").examples if one.db_id == "bakery"][:6]
    questions = [Question(one.question, one.db_id, one.id, one.sql) for one in solved]
    return make_rows(questions, Catalog.sample(), settings, text=text)


def test_what_counts_in_the_loss_is_the_response_and_the_end_token(
    text: TokenizerFormat, rendered: list[SftRow], monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = tokenise(rendered, text, 4000).rows
    some = make_pack(rows)
    assert len(some.prefix) > 20
    counted: list[int] = []
    real = cross_entropy.sum_cross_entropy

    def listening(hidden: Any, head: Any, targets: Any) -> Any:
        counted.extend(targets.tolist())
        return real(hidden, head, targets)

    monkeypatch.setattr(cross_entropy, "sum_cross_entropy", listening)
    model = adapted(config(vocab_size=len(text.tokenizer), max_position_embeddings=4096))
    prepare(model)
    pack_loss(model, some)
    assert text.tokenizer.decode(counted) == "".join(f"{row.response}<|im_end|>" for row in rendered)
    for row, own, number in zip(rendered, some.rows, some.counted, strict=True):
        assert text.tokenizer.decode(own[-number:]) == f"{row.response}<|im_end|>"
        assert text.tokenizer.decode(some.prefix + own[:-number]) == row.prompt
