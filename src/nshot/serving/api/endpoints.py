"""The routes of `/api`."""

from __future__ import annotations

from functools import partial
from typing import Any

import anyio.to_thread
from starlette.requests import Request as HttpRequest
from starlette.responses import JSONResponse
from starlette.routing import Route

from nshot import __version__
from nshot.redaction import redact
from nshot.serving.api.ask import ask
from nshot.serving.api.pairs import PairsApi
from nshot.serving.api.run import run_sql
from nshot.serving.api.schema import Schemas
from nshot.serving.errors import RequestError
from nshot.serving.service import Service


def api_routes(service: Service) -> list[Route]:
    """The routes of the page's API."""
    schemas, pairs = Schemas(service), PairsApi(service)

    async def info(request: HttpRequest) -> JSONResponse:
        return JSONResponse(await anyio.to_thread.run_sync(partial(_info, service, request)))

    async def schema(request: HttpRequest) -> JSONResponse:
        db_id = service.database(request.path_params["db_id"])
        return JSONResponse(await anyio.to_thread.run_sync(schemas.describe, db_id))

    async def answer(request: HttpRequest) -> JSONResponse:
        found = service.answers.get(request.path_params["answer_id"])
        if found is None:
            raise RequestError(
                404,
                "no such answer, as the server keeps the last ones only; ask the question again",
                "answer_not_found",
            )
        return JSONResponse(found)

    async def ask_question(request: HttpRequest) -> Any:
        return await ask(service, request)

    async def run(request: HttpRequest) -> JSONResponse:
        return await run_sql(service, request)

    return [
        Route("/api/info", info),
        Route("/api/schema/{db_id:path}", schema),
        Route("/api/answers/{answer_id}", answer),
        Route("/api/ask", ask_question, methods=["POST"]),
        Route("/api/run", run, methods=["POST"]),
        Route("/api/pairs", pairs.list_pairs, methods=["GET"]),
        Route("/api/pairs", pairs.add, methods=["POST"]),
        Route("/api/pairs/verify", pairs.verify, methods=["POST"]),
        Route("/api/pairs/{pair_id}", pairs.edit, methods=["PATCH"]),
        Route("/api/pairs/{pair_id}", pairs.retract, methods=["DELETE"]),
    ]


def _info(service: Service, request: HttpRequest) -> dict[str, Any]:
    """What the page shows first; without the key, only that one is needed."""
    known: dict[str, Any] = {"version": __version__, "needs_key": service.config.key is not None}
    if not request.state.authorised:
        return known
    config = service.pipeline_config
    return {
        **known,
        "state": service.state,
        "model": redact(config.engine.model),
        "default_db": service.default_db,
        "databases": [_database_record(service, db_id) for db_id in service.served],
        "may_save": True,
        "strategy": config.examples.retrieval.strategy,
        "shots": config.check().shots,
    }


def _database_record(service: Service, db_id: str) -> dict[str, Any]:
    schema = service.catalog.schema(db_id)
    return {"id": db_id, "tables": len(schema.tables), "dialect": schema.dialect}
