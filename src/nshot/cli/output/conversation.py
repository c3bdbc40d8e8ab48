"""The turns of a session, and follow-up questions put so that they stand alone."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Sequence

from nshot.cli.output.console import say
from nshot.pipeline import StandAlone
from nshot.types import Prediction, Turn

Understand = Callable[[str, Sequence[Turn]], StandAlone]


class Conversation:
    """What was asked since the session, or the last `/new`, began."""

    def __init__(self, understand: Understand, answer: Callable[[StandAlone], Prediction]) -> None:
        """
        Args:
            understand: Puts a question so that it stands alone, given the turns before.
            answer: Asks the model.
        """
        self._understand, self._answer = understand, answer
        self._turns: list[Turn] = []
        self._before_last: list[Turn] = []
        """The turns before the last question, for asking that in other words."""

    def ask(self, text: str) -> Prediction:
        """The answer to a question, which may be a follow-up; says how it was understood."""
        alone = self._understand(text, self._turns)
        if alone.rewritten:
            say(f"understood as: {alone.text}\n  ({alone.how}; to change it: /as QUESTION)")
            _offer(f"/as {alone.text}")
        self._before_last = list(self._turns)
        return self._add(alone)

    def ask_in_words(self, text: str) -> Prediction:
        """The answer to the last question in other words, which are asked as they are."""
        self._turns = list(self._before_last)
        return self._add(StandAlone(text))

    def forget(self) -> None:
        """The next question begins a new conversation."""
        self._turns, self._before_last = [], []

    def _add(self, alone: StandAlone) -> Prediction:
        prediction = self._answer(alone)
        self._turns.append(Turn(alone.text, prediction.sql))
        return prediction


def _offer(line: str) -> None:
    """Makes a line the one that arrow-up brings back, to be edited."""
    if sys.stdin.isatty():
        with contextlib.suppress(ImportError):
            import readline

            readline.add_history(line)
