"""Reads the answers of OpenAI-compatible servers: chat and plain completions, whole and streamed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal, NamedTuple

from nshot.errors import EngineError


class ServerChoice(NamedTuple):
    text: str
    tokens: int
    finish: Literal["stop", "length", ""]
    logprob: float | None


def read_choices(answer: Mapping[str, Any]) -> list[ServerChoice]:
    """The choices of an answer in the server's order.

    Tokens are known where log-probabilities are given, or where there is one choice and a usage count.

    Raises:
        KeyError, TypeError, AttributeError, ValueError: The answer has another structure.
    """
    choices = sorted(answer["choices"], key=lambda choice: choice.get("index", 0))
    usage = (answer.get("usage") or {}).get("completion_tokens", 0) if len(choices) == 1 else 0
    return [_choice(choice, int(usage)) for choice in choices]


def read_events(lines: Iterable[str]) -> Iterator[str]:
    """Yields the whole text so far, after each server-sent event that adds to it.

    Raises:
        EngineError: An event is not JSON, or reports an error.
    """
    text = ""
    for line in lines:
        if not line.startswith("data:"):
            continue
        data = line.removeprefix("data:").strip()
        if data == "[DONE]":
            return
        try:
            event = json.loads(data)
            choices = event.get("choices") or [{}]
            piece = (choices[0].get("delta") or {}).get("content") or choices[0].get("text") or ""
        except (ValueError, AttributeError, IndexError, TypeError) as error:
            raise EngineError(
                f"expected a completion from the server's stream, got {data[:200]!r}; check the address"
            ) from error
        if event.get("error"):
            raise EngineError(f"the server broke off: {json.dumps(event['error'])[:200]}")
        if piece:
            text += piece
            yield text


def _choice(choice: Mapping[str, Any], usage: int) -> ServerChoice:
    message = choice.get("message")
    text = choice["text"] if message is None else message.get("content")
    logprobs = _logprobs(choice.get("logprobs"))
    reason = choice.get("finish_reason")
    finish: Literal["stop", "length", ""] = reason if reason in ("stop", "length") else ""
    return ServerChoice(str(text or ""), len(logprobs) or usage, finish, sum(logprobs) if logprobs else None)


def _logprobs(given: Mapping[str, Any] | None) -> list[float]:
    """The log-probability of each token, from either format: chat (`content`) or completions."""
    if not given:
        return []
    if given.get("content"):
        return [float(token["logprob"]) for token in given["content"]]
    return [float(value) for value in given.get("token_logprobs") or () if value is not None]
