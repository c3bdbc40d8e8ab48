"""Prompts and responses as tokens: the boundary is exact, and exactly the response counts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from nshot.errors import OptionError
from nshot.models.tokenizer import TokenizerFormat
from nshot.training.data import SftRow
from nshot.training.data.output.files import read_rows
from nshot.training.tuning.dataset.rows import tokenise
from nshot.training.tuning.packing.packs import make_steps


def row(prompt: str, response: str) -> SftRow:
    return SftRow(prompt, response, "q1", "db", 0, "full", "", 0, 0)


@pytest.fixture(scope="module")
def text(tiny_llama: Path) -> TokenizerFormat:
    """One token a character."""
    from transformers import AutoTokenizer

    return TokenizerFormat(AutoTokenizer.from_pretrained(tiny_llama), name="tiny")


@pytest.fixture
def joining() -> Any:
    """A tokenizer that joins `: ` with what follows: `:` and ` ` and `a` are one token where they
    meet.
    """
    from tokenizers import Tokenizer, decoders, models
    from transformers import PreTrainedTokenizerFast

    tokens = ["<end>", ":", " ", "a", "q", ": ", ": a"]
    model = models.BPE(
        {token: at for at, token in enumerate(tokens)}, [(":", " "), (": ", "a")], unk_token="<end>"
    )
    whole = Tokenizer(model)
    whole.decoder = decoders.Fuse()
    return PreTrainedTokenizerFast(tokenizer_object=whole, eos_token="<end>")


def test_what_is_counted_is_the_response_and_the_end_token(text: TokenizerFormat, rows_file: Path) -> None:
    rendered = {row.id: row for row in read_rows(rows_file)}
    rows = tokenise(list(rendered.values()), text, 500).rows
    steps = make_steps(rows, rows_per_pack=4, tokens_per_pack=500, rows_per_step=8, seed=0, epoch=0)
    counted = [
        text.tokenizer.decode(row[-number:])
        for step in steps
        for batch in step
        for row, number in zip(batch.pack.rows, batch.pack.counted, strict=True)
    ]
    assert sorted(counted) == sorted(f"{row.response}<end>" for row in rendered.values())
    whole = [
        text.tokenizer.decode(batch.pack.prefix + row)
        for step in steps
        for batch in step
        for row in batch.pack.rows
    ]
    assert sorted(whole) == sorted(f"{row.prompt}{row.response}<end>" for row in rendered.values())


def test_a_prompt_that_melts_into_its_response_is_refused(joining: Any) -> None:
    text = TokenizerFormat(joining, name="joining")
    with pytest.raises(OptionError, match=r"row q1: .*'q: '.*'aa' into the token ': a'; use a template"):
        tokenise([row("q: ", "aa")], text, 100)


def test_long_rows_are_left_out_by_name(text: TokenizerFormat) -> None:
    found = tokenise([row("ab", "cd"), row("ab", "cde")._replace(id="q2")], text, 5)
    assert [one.id for one in found.rows] == ["q1"]
    assert found.too_long == ("q2",)


def test_a_tokenizer_without_an_end_token_is_refused(joining: Any) -> None:
    joining.eos_token = None
    with pytest.raises(OptionError, match="a tokenizer with an end token"):
        tokenise([row("q", "a")], TokenizerFormat(joining, name="joining"), 100)
