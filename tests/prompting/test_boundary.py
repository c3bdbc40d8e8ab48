"""Where the answer begins: no token of the tokenizers of Llama's family spans prompt and answer."""

from __future__ import annotations

from typing import Any

import pytest

from nshot.prompting import PromptBuilder, load_template
from nshot.prompting.template import TemplateValues
from nshot.types import Question, Schema

ANSWERS = (
    "SELECT count(*) FROM head",
    "select name from head",
    "from head select head.name",
    "with a as (select 1) select * from a",
    "(select 1)",
    '"a b"',
    "'x'",
    "1",
    "größe",
)
LLAMA_3 = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*"
    r"|\s*[\r\n]+|\s+(?!\S)|\s+"
)
"""How Llama 3 cuts a text before it merges; no token spans two pieces."""


@pytest.mark.model
@pytest.mark.parametrize("answer", ANSWERS)
def test_tokens_of_prompt_and_answer_are_those_of_both_together(
    answer: str, farm: Schema, embedded_tokenizer: Any
) -> None:
    prompt = PromptBuilder("compact").build(Question("How many?", "farm"), farm).text

    def ids(text: str) -> list[int]:
        return list(embedded_tokenizer(text, add_special_tokens=False)["input_ids"])

    assert ids(prompt) + ids(answer) == ids(prompt + answer)


@pytest.mark.parametrize("answer", ANSWERS)
def test_llama_3_cuts_between_prompt_and_answer(answer: str) -> None:
    tokenizers = pytest.importorskip("tokenizers")
    cut = tokenizers.pre_tokenizers.Split(tokenizers.Regex(LLAMA_3), "isolated")
    prompt = load_template("compact").render(TemplateValues("How many?", "a(x int)"))
    starts = {span[0] for _, span in cut.pre_tokenize_str(prompt + answer)}
    assert len(prompt) in starts
