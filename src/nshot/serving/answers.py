"""Answers that are kept for a while, by id: what a client that drops unknown fields can fetch."""

from __future__ import annotations

import secrets
import threading
import time
from collections import OrderedDict
from typing import Any


def new_id() -> str:
    """An id of an answer that nobody can guess, in the form of OpenAI's completions."""
    return f"chatcmpl-{secrets.token_hex(12)}"


class KeptAnswers:
    """The last answers by id; the one that was not asked for the longest goes first."""

    def __init__(self, most: int) -> None:
        """
        Args:
            most: Answers kept.
        """
        self._most, self._lock = most, threading.Lock()
        self._answers: OrderedDict[str, dict[str, Any]] = OrderedDict()

    def keep(self, answer_id: str, answer: dict[str, Any]) -> None:
        """Keeps an answer with the time of now; rows of results are not part of it."""
        with self._lock:
            self._answers[answer_id] = {"id": answer_id, "created": int(time.time()), **answer}
            while len(self._answers) > self._most:
                self._answers.popitem(last=False)

    def get(self, answer_id: str) -> dict[str, Any] | None:
        """The answer; None if it was never there or is gone."""
        with self._lock:
            if answer_id in self._answers:
                self._answers.move_to_end(answer_id)
            return self._answers.get(answer_id)
