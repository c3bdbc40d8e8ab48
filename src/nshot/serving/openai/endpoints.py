"""`/v1/models` and `/v1/chat/completions`."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request as HttpRequest
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.types import ASGIApp

from nshot.serving.errors import RequestError
from nshot.serving.http.connection import EventStream, read_json, until_gone
from nshot.serving.openai.chat_answer import (
    chunks,
    completion,
    error_chunk,
    gather,
    task_chunks,
    task_completion,
)
from nshot.serving.openai.chat_request import MODEL, read_chat_request
from nshot.serving.openai.tasks import answer_task
from nshot.serving.questions.events import begin, follow
from nshot.serving.service import Service

STARTED = 1_700_000_000
"""`created` of a model: a fixed time, as nothing depends on it."""


def openai_routes(service: Service) -> list[Route]:
    """The routes of OpenAI's interface."""
    names = (MODEL, *(f"{MODEL}/{db_id}" for db_id in service.served))
    records = {name: _model_record(name) for name in names}

    async def models(_: HttpRequest) -> JSONResponse:
        return JSONResponse({"object": "list", "data": list(records.values())})

    async def model(request: HttpRequest) -> JSONResponse:
        name = request.path_params["name"]
        if name not in records:
            raise RequestError(
                404, f"no model {name!r}; see the list at /v1/models", "model_not_found", param="model"
            )
        return JSONResponse(records[name])

    async def chat(request: HttpRequest) -> Any:
        return await _chat(service, request)

    return [
        Route("/v1/models", models),
        Route("/v1/models/{name:path}", model),
        Route("/v1/chat/completions", chat, methods=["POST"]),
    ]


async def _chat(service: Service, request: HttpRequest) -> ASGIApp:
    asked = read_chat_request(await read_json(request), service)
    note: dict[str, Any] = request.state.note
    if asked.task is not None:
        note["outcome"] = "task"
        text = answer_task(asked.task)
        if asked.stream:
            return EventStream(task_chunks(asked, text), error_chunk=error_chunk)
        return JSONResponse(task_completion(asked, text))
    events = await until_gone(request.receive, begin(follow(service, asked.asked, note)))
    if asked.stream:
        return EventStream(chunks(asked, events), error_chunk=error_chunk)
    found = await until_gone(request.receive, gather(events))
    return JSONResponse(completion(asked, found))


def _model_record(name: str) -> dict[str, Any]:
    return {"id": name, "object": "model", "created": STARTED, "owned_by": "nshot"}
