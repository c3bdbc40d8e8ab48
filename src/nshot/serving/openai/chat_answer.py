"""Answers in the form of OpenAI's chat completions, whole and in chunks."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing
from typing import Any

from nshot.serving.errors import RequestError
from nshot.serving.openai.chat_request import ChatRequest
from nshot.serving.questions.events import Event

ROWS = 20
"""Rows of a result that an answer holds; `/api/run` gives more."""


async def gather(events: AsyncIterator[Event]) -> dict[str, Any]:
    """The data of all events, by their names."""
    return {event.name: event.data async for event in events}


def completion(request: ChatRequest, found: Mapping[str, Any]) -> dict[str, Any]:
    """A whole chat completion.

    Args:
        request: What was asked.
        found: The data of the question's events.
    """
    choices = [
        {
            "index": number,
            "message": {"role": "assistant", "content": one["sql"], "refusal": None},
            "logprobs": _logprobs(one) if request.logprobs else None,
            "finish_reason": "stop",
        }
        for number, one in enumerate(_candidates(request, found))
    ]
    return {
        **_head(request, "chat.completion"),
        "choices": choices,
        "usage": _usage(found, request.choices),
        "nshot": make_own_object(request, found),
    }


async def chunks(request: ChatRequest, events: AsyncGenerator[Event, None]) -> AsyncIterator[str]:
    """The same as a stream: the role at once, the SQL when it is settled, then `nshot` and the
    usage.
    """
    head = _head(request, "chat.completion.chunk")
    if request.include_usage:
        head["usage"] = None

    def chunk(number: int, delta: dict[str, Any], finish: str | None = None, **more: Any) -> str:
        choice = {"index": number, "delta": delta, "logprobs": more.pop("logprobs", None)}
        return _sse({**head, "choices": [{**choice, "finish_reason": finish}], **more})

    async with aclosing(events):
        for number in range(request.choices):
            yield chunk(number, {"role": "assistant", "content": ""})
        found = await gather(events)
    candidates = _candidates(request, found)
    for number, one in enumerate(candidates):
        logprobs = _logprobs(one) if request.logprobs else None
        yield chunk(number, {"content": one["sql"]}, logprobs=logprobs)
    own = make_own_object(request, found)
    for number in range(request.choices):
        more = {"nshot": own} if number == 0 else {}
        yield chunk(number, {}, "stop", **more)
    if request.include_usage:
        yield _sse({**head, "choices": [], "usage": _usage(found, request.choices)})
    yield "data: [DONE]\n\n"


def error_chunk(error: RequestError) -> str:
    """The end of a stream that failed."""
    return _sse(error.body())


def make_own_object(request: ChatRequest, found: Mapping[str, Any]) -> dict[str, Any]:
    """All that OpenAI's fields have no place for: where the answer comes from, and what it
    returned.
    """
    sql = found["sql"]
    own: dict[str, Any] = {
        "id": request.asked.answer_id,
        "db_id": request.asked.db_id,
        "question": found["question"],
        **{name: sql[name] for name in ("outcome", "error", "source", "note", "confidence", "logprob")},
        "examples": found.get("retrieved", {}).get("examples", []),
        "seconds": found["done"]["seconds"],
    }
    if prompt := found.get("prompt"):
        own["prompt"] = {name: prompt[name] for name in ("sha256", "tokens", "tables", "dropped")}
    if rows := found.get("rows"):
        more = rows["truncated"] or len(rows["rows"]) > ROWS
        own["result"] = {"columns": rows["columns"], "rows": rows["rows"][:ROWS], "truncated": more}
    return own


def task_completion(request: ChatRequest, text: str) -> dict[str, Any]:
    """The answer to a task of the client's own."""
    found: dict[str, Any] = {"sql": {"sql": text, "logprob": None, "tokens": 0, "alternatives": []}}
    message = {"role": "assistant", "content": text, "refusal": None}
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}
    return {**_head(request, "chat.completion"), "choices": [choice], "usage": _usage(found)}


async def task_chunks(request: ChatRequest, text: str) -> AsyncIterator[str]:
    """The same as a stream."""
    head = _head(request, "chat.completion.chunk")
    if request.include_usage:
        head["usage"] = None
    for delta, finish in (({"role": "assistant", "content": text}, None), ({}, "stop")):
        yield _sse({**head, "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]})
    if request.include_usage:
        yield _sse({**head, "choices": [], "usage": task_completion(request, text)["usage"]})
    yield "data: [DONE]\n\n"


def _candidates(request: ChatRequest, found: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """As many as were asked for; the chosen one stands in for those that are missing.

    None of them is given if there is to be no answer.
    """
    abstained = found["sql"].get("outcome") == "abstained"
    all_found = [found["sql"], *([] if abstained else found["sql"]["alternatives"])]
    missing = request.choices - len(all_found)
    return (all_found + [found["sql"]] * missing)[: request.choices]


def _head(request: ChatRequest, kind: str) -> dict[str, Any]:
    now = int(time.time())
    return {"id": request.asked.answer_id, "object": kind, "created": now, "model": request.model}


def _usage(found: Mapping[str, Any], choices: int = 1) -> dict[str, int]:
    """The tokens of the prompt and of the choices; candidates that only tell how sure one is cost
    nothing.
    """
    prompt = found.get("prompt", {}).get("tokens", 0)
    sql = found["sql"]
    written = sum(one["tokens"] for one in [sql, *sql["alternatives"]][:choices])
    return {"prompt_tokens": prompt, "completion_tokens": written, "total_tokens": prompt + written}


def _logprobs(candidate: Mapping[str, Any]) -> dict[str, Any] | None:
    """The tokens of the completion as the model wrote it; None where the engine reports none."""
    if not (each := candidate.get("token_logprobs")):
        return None
    return {"content": [{**token, "top_logprobs": []} for token in each], "refusal": None}


def _sse(data: Mapping[str, Any]) -> str:
    return f"data: {json.dumps(data, ensure_ascii=False)}\n\n"
