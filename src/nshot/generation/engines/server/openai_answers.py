"""Reads the answers of OpenAI-compatible servers: chat and plain completions, whole and streamed.

A server may send anything. What is only a nicety (token counts, log-probabilities) is left out
where it is no sensible number; where the text is missing, the answer is refused.
"""

from __future__ import annotations

import codecs
import json
import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal, NamedTuple

from nshot.errors import EngineError
from nshot.generation.engines.server.http_body import read_json, whole_characters
from nshot.types import TokenLogprob

_MOST_TOKENS = 1 << 40
_EVENT_FIELDS = ("data:", ":", "event:", "id:", "retry:")


class ServerChoice(NamedTuple):
    text: str
    tokens: int
    finish: Literal["stop", "length", ""]
    logprob: float | None
    token_logprobs: tuple[TokenLogprob, ...] = ()
    """Empty where the server does not name the tokens."""


def read_choices(text: str) -> list[ServerChoice]:
    """The choices of an answer in the server's order.

    Tokens are known where log-probabilities are given, or where there is one choice and a usage
    count.

    Raises:
        KeyError, TypeError, AttributeError, ValueError: The answer is no JSON, or has another
        structure.
    """
    answer = read_json(text)
    choices = sorted(answer["choices"], key=lambda choice: _count(choice.get("index")))
    usage = answer.get("usage")
    counted = usage.get("completion_tokens") if isinstance(usage, Mapping) and len(choices) == 1 else 0
    return [_choice(choice, _count(counted)) for choice in choices]


def read_events(lines: Iterable[str]) -> Iterator[str]:
    """Yields the whole text so far, after each server-sent event that adds to it.

    A server that does not stream answers with one JSON value: then its text is yielded at once.

    Raises:
        EngineError: An event is not JSON, or reports an error.
    """
    text = ""
    other: list[str] = []
    for line in lines:
        if not line.startswith("data:"):
            if line.strip() and not line.startswith(_EVENT_FIELDS):
                other.append(line)
            continue
        data = line.removeprefix("data:").strip()
        if data == "[DONE]":
            break
        text += _piece(data)
        whole = text[:-1] if "\ud800" <= text[-1:] <= "\udbff" else text  # half of a pair: the rest follows
        if whole:
            yield whole_characters(whole)
    if not text and other:
        text = _whole_answer("\n".join(other))
    if text:
        yield whole_characters(text)


def read_lines(pieces: Iterable[bytes]) -> Iterator[str]:
    """Yields the lines of a stream without their ends. Only the three line ends of the format
    count.
    """
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    rest = ""
    for piece in pieces:
        rest += decoder.decode(piece)
        if "\n" not in rest and "\r" not in rest:
            continue
        *lines, rest = rest.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        yield from lines
    rest += decoder.decode(b"", final=True)
    if rest:
        yield rest


def _piece(data: str) -> str:
    """The text that one event adds."""
    try:
        event = read_json(data)
        choices = event.get("choices") or [{}]
        delta = choices[0].get("delta")
        piece = _text((delta or {}).get("content")) or _text(choices[0].get("text"))
        reported = event.get("error")
    except (ValueError, AttributeError, IndexError, KeyError, TypeError) as error:
        raise EngineError(
            f"expected a completion from the server's stream, got {data[:200]!r}; check the address"
        ) from error
    if reported:
        raise EngineError(f"the server broke off ({json.dumps(reported)[:200]}); ask again, or read its log")
    return piece


def _whole_answer(text: str) -> str:
    try:
        return read_choices(text)[0].text
    except (ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
        raise EngineError(
            f"expected a completion from the server, got {text[:200]!r}; check the address and the interface "
            "(chat or completions)"
        ) from error


def _choice(choice: Mapping[str, Any], usage: int) -> ServerChoice:
    message = choice.get("message")
    text = choice["text"] if message is None else message.get("content")
    logprobs, pieces = _logprobs(choice.get("logprobs"))
    reason = choice.get("finish_reason")
    finish: Literal["stop", "length", ""] = reason if reason in ("stop", "length") else ""
    total = sum(logprobs) if logprobs else None
    each = tuple(map(TokenLogprob, pieces, logprobs)) if len(pieces) == len(logprobs) else ()
    return ServerChoice(whole_characters(_text(text)), len(logprobs) or usage, finish, total, each)


def _text(content: Any) -> str:
    """The text of a message: a string, or the text parts of a list; "" for none.

    Raises:
        TypeError: It is something else.
    """
    if content is None or isinstance(content, str):
        return content or ""
    if not isinstance(content, list):
        raise TypeError(f"text is expected, got {type(content).__name__}")
    parts = [part.get("text") if isinstance(part, Mapping) else part for part in content]
    return "".join(part for part in parts if isinstance(part, str))


def _logprobs(given: Any) -> tuple[list[float], list[bytes]]:
    """The log-probability of each token and the tokens, from either format: chat (`content`) or
    completions.

    Empty if one is no finite number: a sum without it would rank answers wrongly. There are fewer
    tokens than numbers where one has no text.
    """
    if not isinstance(given, Mapping):
        return [], []
    content = given.get("content")
    if isinstance(content, list) and content:
        values = [token.get("logprob") if isinstance(token, Mapping) else None for token in content]
        pieces = [_piece_of(token) for token in content]
    else:
        listed, texts = given.get("token_logprobs"), given.get("tokens")
        values = [value for value in listed if value is not None] if isinstance(listed, list) else []
        pieces = [_encode(text) for text in texts] if isinstance(texts, list) else []
    numbers = [float(value) for value in values if value is not None and _is_number(value)]
    if len(numbers) != len(values):
        return [], []
    return numbers, [piece for piece in pieces if piece is not None]


def _piece_of(token: Any) -> bytes | None:
    """The bytes of a token in the chat format: those that are given, else those of its text."""
    if not isinstance(token, Mapping):
        return None
    given = token.get("bytes")
    if isinstance(given, list) and all(type(byte) is int and 0 <= byte < 256 for byte in given):
        return bytes(given)
    return _encode(token.get("token"))


def _encode(text: Any) -> bytes | None:
    return text.encode(errors="replace") if isinstance(text, str) else None


def _count(value: Any) -> int:
    """A number of tokens or a place; 0 for anything that is not one."""
    return int(value) if _is_number(value) and 0 <= value < _MOST_TOKENS else 0


def _is_number(value: Any) -> bool:
    if not isinstance(value, int | float) or isinstance(value, bool):
        return False
    return (isinstance(value, float) and math.isfinite(value)) or abs(value) < _MOST_TOKENS
