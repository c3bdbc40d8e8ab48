"""Fakes for the seams of this room, and a tiny Llama that the tests make themselves."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from nshot.errors import DatabaseNotFoundError
from nshot.generation.cancellation import Cancellation, Cancellations
from nshot.generation.decoding import Decoding
from nshot.generation.engines.transformers_engine import TransformersEngine
from nshot.generation.model_settings import ModelSettings
from nshot.types import (
    Candidate,
    CellMatch,
    Column,
    Completion,
    Demonstration,
    Example,
    Form,
    Message,
    Prompt,
    Question,
    Schema,
    Table,
)

SINGER = Schema("concert", (Table("singer", (Column("name", "text"), Column("age", "int"))),))
WORDS = [
    *"SELECT name age count max FROM singer song concert WHERE GROUP ORDER BY LIMIT".split(),
    *"1 2 3 ( ) * , ; = # ?".split(),
]


@dataclass
class ScriptedEngine:
    """Answers from a list, round after round, and remembers what it was asked."""

    rounds: list[list[list[str]]]
    """For each call of `generate`: for each prompt, its candidates."""
    templated: bool = False
    context_length: int = 1000
    name: str = "scripted"
    settings: ModelSettings | None = None
    asked: list[list[Prompt]] = field(default_factory=list)

    def count_tokens(self, text: str) -> int:
        return len(text.split())

    def chat(self, content: str) -> str | None:
        return self.turns([Message("user", content)])

    def turns(self, messages: Sequence[Message]) -> str | None:
        return "".join(f"<{role}>{content}" for role, content in messages) if self.templated else None

    def generate(
        self, prompts: Sequence[Prompt], decoding: Decoding, cancellations: Cancellations | None = None
    ) -> list[list[Completion]]:
        self.asked.append(list(prompts))
        answers = self.rounds[len(self.asked) - 1]
        return [
            [Completion(text, 1, "stop") for text in texts] for _, texts in zip(prompts, answers, strict=True)
        ]

    def stream(
        self, prompt: Prompt, decoding: Decoding, cancellation: Cancellation | None = None
    ) -> Iterator[str]:
        ((completion,),) = self.generate([prompt], decoding)
        for piece in completion.text:
            if cancellation is not None:
                cancellation.check()
            yield piece


@dataclass
class FakeDatabases:
    """One database, `concert`."""

    file: Path | None

    def schema(self, db_id: str) -> Schema:
        if db_id != "concert":
            raise DatabaseNotFoundError(f"no database {db_id!r}")
        return SINGER

    def path(self, db_id: str) -> Path | None:
        return self.file

    def matches(self, question: Question) -> tuple[CellMatch, ...]:
        return ()

    def demonstration(self, example: Example) -> Demonstration:
        return Demonstration(example, SINGER)


class FakeRetriever:
    """The same example for every question; a question of another database is refused."""

    def retrieve(self, questions: Sequence[Question], k: int, live: bool = False) -> list[list[Candidate]]:
        for question in questions:
            if question.db_id == "unknown to the retriever":
                raise DatabaseNotFoundError(f"no database {question.db_id!r}")
        example = Example("e-1", "How many songs?", "SELECT count(*) FROM song", "music")
        return [[Candidate(example, 0.5)][:k] for _ in questions]


class FakeBuilder:
    """Prompts that tell what they were built from."""

    def __init__(self, form: Form = "written") -> None:
        self.form = form

    def build(
        self,
        question: Question,
        schema: Schema,
        demonstrations: Sequence[Demonstration] = (),
        matches: Sequence[CellMatch] = (),
    ) -> Prompt:
        text = f"{len(demonstrations)} shots\n{question.text}\n### Response:\n"
        return Prompt(text, demonstrations=tuple(demonstrations), stop=("\n###",))


@pytest.fixture(scope="session")
def concert(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with three singers."""
    file = tmp_path_factory.mktemp("concert") / "concert.sqlite"
    connection = sqlite3.connect(file)
    connection.execute("CREATE TABLE singer (name TEXT, age INT)")
    connection.executemany("INSERT INTO singer VALUES (?, ?)", [("Ada", 30), ("Bo", 40), ("Cy", 50)])
    connection.commit()
    connection.close()
    return file


@pytest.fixture
def databases(concert: Path) -> FakeDatabases:
    return FakeDatabases(concert)


@pytest.fixture
def one_thread() -> Iterator[None]:
    """Torch works on one thread: on a busy machine, threads of tiny models mostly wait for one
    another.
    """
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def tokenizer() -> Any:
    """Words of SQL, one token each; unknown ones are `<unk>`."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    vocabulary = {word: at for at, word in enumerate(["<unk>", "<s>", "</s>", *WORDS])}
    inner = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))
    inner.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    inner.decoder = decoders.WordPiece(prefix="##", cleanup=False)
    return PreTrainedTokenizerFast(
        tokenizer_object=inner, unk_token="<unk>", bos_token="<s>", eos_token="</s>"
    )


@pytest.fixture(scope="session")
def tiny_llama() -> Any:
    """Two random layers, float32, with logits far enough apart that rounding decides nothing."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(7)
    config = LlamaConfig(
        vocab_size=3 + len(WORDS),
        hidden_size=64,
        intermediate_size=128,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=256,
        initializer_range=0.2,
        bos_token_id=1,
        eos_token_id=2,
    )
    return LlamaForCausalLM(config).eval()


@pytest.fixture
def engine(tiny_llama: Any, tokenizer: Any) -> TransformersEngine:
    return TransformersEngine(tiny_llama, tokenizer, name="tiny")
