"""`y` and `n` after an answer of a session: the pair is kept as verified, or as wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nshot.cli.output.console import say

if TYPE_CHECKING:
    from nshot.pairs import PairBook
    from nshot.types import Prediction


class Keeping:
    """What a person says of answers goes into a book."""

    def __init__(self, book: PairBook, author: str) -> None:
        """
        Args:
            book: Where pairs are saved.
            author: Who has checked it.
        """
        self._book, self._author = book, author
        self._replaces = ""
        """Id of the pair that the last answer contradicts, once that was said."""

    def forget(self) -> None:
        """Another answer is shown now."""
        self._replaces = ""

    def save(self, prediction: Prediction) -> None:
        """Saves the question as asked with the SQL shown; a second time it replaces what
        contradicts it.
        """
        question = prediction.question
        result = self._book.add(
            question.text,
            prediction.sql,
            question.db_id,
            author=self._author,
            prompt_sha256=prediction.prompt.sha256 if prediction.prompt.text else "",
            replace_id=self._replaces,
        )
        self._replaces = ""
        if result.outcome == "conflict":
            for pair in result.conflicts:
                say(f"not saved: pair {pair.id} answers the same question by: {pair.sql}")
            if len(result.conflicts) == 1:
                self._replaces = result.conflicts[0].id
                say("the same once more puts this answer in its place")
        elif result.pair is None:
            say(f"not saved: {result.reason}")
        else:
            said = "saved" if result.outcome == "added" else "there already"
            say(f"{said}: pair {result.pair.id} ({self._book.path})")

    def reject(self, prediction: Prediction) -> None:
        """Keeps that the SQL is wrong for the question."""
        question = prediction.question
        pair = self._book.reject(question.text, prediction.sql, question.db_id, author=self._author)
        say(f"kept as wrong: {pair.id}; it will not be shown as an example")
