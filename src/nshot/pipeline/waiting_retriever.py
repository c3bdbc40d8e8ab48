"""A retriever over pairs that loads nothing before there is a pair."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from nshot.types import Candidate, Question, Schema

if TYPE_CHECKING:
    from nshot.pairs import PairBook
    from nshot.pipeline.databases.sources import SchemaSource
    from nshot.retrieval import RetrievalConfig, Retriever


class WaitingRetriever:
    """Finds nothing as long as a book is empty; then it makes the retriever, which takes
    seconds."""

    def __init__(self, book: PairBook, schemas: SchemaSource, make: Callable[[], Retriever]) -> None:
        """
        Args:
            book: The pairs.
            schemas: Knows the schemas of their databases.
            make: Makes the retriever.
        """
        self._book, self._schemas, self._make = book, schemas, make
        self._made: Retriever | None = None

    def retrieve(self, questions: Sequence[Question], k: int, live: bool = False) -> list[list[Candidate]]:
        """As `Retriever.retrieve`; nothing for every question while there is no pair."""
        self._book.refresh()
        if self._made is None and not len(self._book):
            return [[] for _ in questions]
        return self._load().retrieve(questions, k, live)

    def with_config(self, config: RetrievalConfig) -> WaitingRetriever:
        """One that picks examples another way; both share what is loaded."""
        return WaitingRetriever(self._book, self._schemas, lambda: self._load().with_config(config))

    def _load(self) -> Retriever:
        if self._made is None:
            self._made = self._make()
        return self._made

    def schema(self, db_id: str) -> Schema:
        """As `Retriever.schema`."""
        return self._schemas.schema(db_id) if self._made is None else self._made.schema(db_id)
