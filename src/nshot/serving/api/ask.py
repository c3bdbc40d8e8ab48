"""`POST /api/ask`: a question answered as a stream of named events."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing
from typing import Any

from starlette.requests import Request as HttpRequest

from nshot.serving.errors import RequestError, bad_request
from nshot.serving.http.connection import EventStream, read_json, until_gone
from nshot.serving.openai.chat_request import read_options
from nshot.serving.questions.events import Asked, Event, begin, follow
from nshot.serving.questions.followup import Turn
from nshot.serving.service import Service

MOST_TURNS = 50


async def ask(service: Service, request: HttpRequest) -> EventStream:
    """The stream of a question's events."""
    asked = read_asked(await read_json(request), service)
    events = await until_gone(request.receive, begin(follow(service, asked, request.state.note)))
    return EventStream(_encode_events(events), error_chunk=_error)


def read_asked(body: Mapping[str, Any], service: Service) -> Asked:
    """The question in a body.

    Raises:
        RequestError: A field has a value that cannot be used.
    """
    question = read_text(body, "question")
    named = body.get("db_id")
    if named is not None and not isinstance(named, str):
        raise bad_request("`db_id` must be text", "db_id")
    options = read_options(body, where="")
    alone = body.get("stand_alone", False)
    return Asked(question, service.database(named), options, _history(body.get("history")), bool(alone))


def read_text(body: Mapping[str, Any], name: str) -> str:
    """A field that must be a text with something in it."""
    text = body.get(name)
    if not isinstance(text, str) or not text.strip():
        raise bad_request(f"`{name}` must be text that is not empty", name)
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise bad_request(f"`{name}` is not valid Unicode; correct its encoding", name) from error
    return text


def _history(turns: Any) -> tuple[Turn, ...]:
    if turns is None:
        return ()
    if not isinstance(turns, list) or len(turns) > MOST_TURNS:
        raise bad_request(f"`history` must be a list of at most {MOST_TURNS} turns", "history")
    found = []
    for turn in turns:
        if not isinstance(turn, Mapping):
            raise bad_request("a turn of `history` must be an object with question and sql", "history")
        found.append(Turn(read_text(turn, "question"), read_text(turn, "sql")))
    return tuple(found)


async def _encode_events(events: AsyncGenerator[Event, None]) -> AsyncIterator[str]:
    async with aclosing(events):
        async for event in events:
            yield _sse(event.name, event.data)


def _error(error: RequestError) -> str:
    return _sse("error", error.body()["error"])


def _sse(name: str, data: Mapping[str, Any]) -> str:
    return f"event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n"
