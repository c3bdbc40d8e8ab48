"""Validation questions are answered by the pipeline, with the prompts that were built before."""

from __future__ import annotations

from collections.abc import Sequence

from nshot.generation import Decoding
from nshot.pipeline import Execution, Pipeline
from nshot.training.tuning.dataset.training_data import ValidationQuestion
from nshot.training.tuning.validation.answers import PreparedPrompts
from nshot.types import Column, Completion, Prompt, Question, Schema, Table

SCHEMA = Schema("zoo", (Table("animal", (Column("name", "text"),)),), ())


class Writer:
    """Writes SQL that names its prompt, before a stop string; keeps the prompts it got."""

    name, context_length, settings = "writer", 100, None

    def __init__(self) -> None:
        self.prompts: list[Prompt] = []

    def count_tokens(self, text: str) -> int:
        return len(text.split())

    def generate(
        self, prompts: Sequence[Prompt], decoding: Decoding, cancellations: object = None
    ) -> list[list[Completion]]:
        self.prompts += prompts
        return [[Completion(f"SELECT '{prompt.text}' FROM animal\n--\nmore", 9)] for prompt in prompts]


def prepared(number: int, tokens: int) -> ValidationQuestion:
    prompt = Prompt(f"prompt {number}", tokens=tokens, stop=("\n--",), schema=SCHEMA)
    return ValidationQuestion(Question(f"q {number}", "zoo", str(number)), prompt, SCHEMA, "tidy")


def test_each_question_is_answered_by_its_own_prompt_and_one_without_room_is_left_empty() -> None:
    some = [prepared(1, 50), prepared(2, 95), prepared(3, 90)]
    parts, engine = PreparedPrompts(some), Writer()
    pipeline = Pipeline(
        engine,  # type: ignore[arg-type]
        parts,
        builder=parts,
        shots=0,
        decoding=Decoding(max_new_tokens=10),
        execution=Execution(enabled=False),
    )
    found = [one.sql for one in pipeline.predict([one.question for one in some])]
    assert found == ["SELECT 'prompt 1' FROM animal", "", "SELECT 'prompt 3' FROM animal"]
    assert [one.text for one in engine.prompts] == ["prompt 1", "prompt 3"]
