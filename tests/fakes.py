"""Small stand-ins with real behaviour, shared by the rooms' tests."""

from __future__ import annotations

import zlib
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from nshot.artifacts.progress import Advance
from nshot.types import Question


class WordEncoder:
    """Unit vectors of hashed words: texts that share words are near. Counts what it was asked."""

    def __init__(self, name: str = "words", dim: int = 64) -> None:
        self.name = name
        self.dim = dim
        self.encoded: list[str] = []

    def fingerprint(self) -> str:
        """The name says all."""
        return f"fake-{self.name}-{self.dim}"

    def encode(self, texts: Sequence[str], progress: Advance | None = None) -> npt.NDArray[np.float32]:
        """(n, dim) float32 unit vectors."""
        self.encoded += texts
        vectors = np.zeros((len(texts), self.dim), dtype=np.float32)
        for row, text in enumerate(texts):
            for word in text.lower().split():
                vectors[row, zlib.crc32(word.encode()) % self.dim] += 1.0
            vectors[row, 0] += 0.01
        if progress is not None:
            progress(len(texts))
        return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), dtype=np.float32)


class FixedFirstPass:
    """First-pass SQL that depends on the question's text only; one question in four gets none."""

    SQLS = (
        "SELECT count(*) FROM t GROUP BY a",
        "SELECT a FROM t JOIN u ON t.b = u.b WHERE c > 1",
        "SELECT a FROM t ORDER BY b DESC LIMIT 1",
        "",
    )

    def __init__(self) -> None:
        self.asked: list[Question] = []

    def __call__(self, questions: Sequence[Question]) -> list[str]:
        """The SQL for each; keeps what it was asked."""
        self.asked += questions
        return [self.SQLS[zlib.crc32(question.text.encode()) % 4] for question in questions]
