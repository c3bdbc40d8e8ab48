"""Lengths of prompts on real Spider, by SmolLM2's tokenizer. The table of docs/prompting.md is
printed by:

pytest tests/prompting/test_tokens_on_spider.py -s
"""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any, get_args

import pytest

from nshot.data import Catalog, read_questions
from nshot.prompting import PLAIN, PromptBuilder, PromptConfig
from nshot.prompting.config import ExampleContext
from nshot.types import Demonstration, Example

STEP, SHOTS = 10, 3


class Smol:
    """Plain text, counted by the embedded model's tokenizer."""

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer

    def count_tokens(self, text: str) -> int:
        return len(self._tokenizer(text, add_special_tokens=False)["input_ids"])

    def chat(self, content: str) -> str | None:
        return None


@pytest.fixture(scope="module")
def smol(embedded_tokenizer: Any) -> Smol:
    return Smol(embedded_tokenizer)


@pytest.mark.spider
@pytest.mark.model
def test_the_estimate_is_above_the_count_and_example_tables_halve_the_prompt(
    spider: Path, smol: Smol
) -> None:
    catalog = Catalog(spider)
    pool = read_questions(spider / "train_spider.json")
    mean, ratios = {}, []
    for how in get_args(ExampleContext):
        rng, tokens = random.Random(0), []
        builder = PromptBuilder("n-shot", PromptConfig(example_context=how), smol)
        for question in read_questions(spider / "dev.json")[::STEP]:
            shots = [
                Demonstration(Example(one.id, one.text, one.sql or "", one.db_id), catalog.schema(one.db_id))
                for one in rng.sample(pool, SHOTS)
            ]
            prompt = builder.build(question, catalog.schema(question.db_id), shots)
            tokens.append(prompt.tokens)
            ratios.append(PLAIN.count_tokens(prompt.text) / prompt.tokens)
        mean[how] = sum(tokens) / len(tokens)
        print(f"\nexample_context={how}: mean {mean[how]:.0f}, longest {max(tokens)}")
    print(f"estimate / tokens: {min(ratios):.2f} to {max(ratios):.2f}")
    assert min(ratios) >= 1
    assert mean["none"] < mean["gold"] < mean["tables"] < 0.6 * mean["full"]
