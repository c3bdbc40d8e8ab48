"""A model from a list, and an index over the sample, for grids."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from nshot.data import Catalog, read_pool, read_questions
from nshot.generation import Cancellation, Cancellations, Decoding, ModelSettings
from nshot.index import ExampleIndex
from nshot.retrieval import IndexConfig, build_index
from nshot.types import Completion, Message, Prompt, Question


@dataclass
class CountingEngine:
    """Writes what `says` makes of a prompt, and remembers every prompt it was asked."""

    says: Callable[[str], str] = lambda text: f"SELECT {len(text)}"
    dies_after: int | None = None
    """Prompts after which it is killed, as by Ctrl-C."""
    name: str = "counting"
    settings: ModelSettings | None = None
    context_length: int = 100_000
    asked: list[str] = field(default_factory=list)

    def count_tokens(self, text: str) -> int:
        return len(text.split())

    def chat(self, content: str) -> str | None:
        return None

    def turns(self, messages: Sequence[Message]) -> str | None:
        return None

    def generate(
        self, prompts: Sequence[Prompt], decoding: Decoding, cancellations: Cancellations | None = None
    ) -> list[list[Completion]]:
        if self.dies_after is not None and len(self.asked) + len(prompts) > self.dies_after:
            raise KeyboardInterrupt
        self.asked += [prompt.text for prompt in prompts]
        return [[Completion(self.says(p.text), 3, "stop", -0.5)] * decoding.n for p in prompts]

    def stream(
        self, prompt: Prompt, decoding: Decoding, cancellation: Cancellation | None = None
    ) -> Iterator[str]:
        yield self.says(prompt.text)


@pytest.fixture(scope="session")
def sample_index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample's pool without vectors; not to be changed."""
    path = tmp_path_factory.mktemp("index") / "sample"
    build_index(path, read_pool("sample").examples, Catalog.sample(), IndexConfig("never", encoder="none"))
    return path


@pytest.fixture(scope="session")
def index(sample_index: Path) -> ExampleIndex:
    return ExampleIndex(sample_index)


@pytest.fixture(scope="session")
def catalog() -> Catalog:
    return Catalog.sample()


@pytest.fixture(scope="session")
def questions() -> list[Question]:
    """All dev questions of the sample."""
    return read_questions("sample")
