"""`/api/pairs`: verified pairs, saved, edited and retracted by a person on the page."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, TypeVar

import anyio.to_thread
from starlette.requests import Request as HttpRequest
from starlette.responses import JSONResponse

from nshot.pairs import GateResult, Pair, PairBook, PairPage, State
from nshot.serving.api.ask import read_text
from nshot.serving.errors import RequestError, bad_request
from nshot.serving.http.connection import read_json
from nshot.serving.service import Service

AUTHOR = "page"
T = TypeVar("T")
STATES: tuple[State, ...] = ("active", "set_aside", "rejected")
MOST = 500
"""Pairs in one answer."""
USUAL = 50


class PairsApi:
    """The endpoints; the book is used in other threads, as it waits for the disk."""

    def __init__(self, service: Service) -> None:
        """
        Args:
            service: Has the book.
        """
        self._service = service

    async def list_pairs(self, request: HttpRequest) -> JSONResponse:
        """Pairs, the newest first, filtered by the query."""
        query = request.query_params
        named = query.get("state", "")
        state = next((one for one in STATES if one == named), None)
        if named and state is None:
            raise bad_request(f"`state` must be one of {', '.join(STATES)}", "state")
        find = partial(
            self._book.list_pairs,
            db_id=query.get("db_id", ""),
            text=query.get("q", ""),
            state=state,
            offset=_number(query, "offset", 0, 10**9),
            limit=_number(query, "limit", USUAL, MOST) or USUAL,
        )
        return JSONResponse(await _in_thread(self._list, find))

    async def add(self, request: HttpRequest) -> JSONResponse:
        """Saves a pair, or keeps that its SQL is wrong."""
        body = await read_json(request)
        question, sql = read_text(body, "question"), read_text(body, "sql")
        db_id, verdict = self._service.database(read_text(body, "db_id")), body.get("verdict", "good")
        if verdict == "bad":
            pair = await _in_thread(self._book.reject, question, sql, db_id, author=AUTHOR)
            self._service.metrics.pairs.labels("rejected").inc()
            return JSONResponse({"pair": await _in_thread(self._record, pair)}, 201)
        if verdict != "good":
            raise bad_request("`verdict` must be good or bad", "verdict")
        result = await _in_thread(
            self._book.add,
            question,
            sql,
            db_id,
            author=AUTHOR,
            prompt_sha256=self._prompt_of(body.get("answer_id")),
            replace_id=_optional(body, "replace") or "",
        )
        return await _in_thread(self._answer, result)

    async def edit(self, request: HttpRequest) -> JSONResponse:
        """Puts an edited pair in place of a pair."""
        body = await read_json(request)
        question, sql = _optional(body, "question"), _optional(body, "sql")
        if question is None and sql is None:
            raise bad_request("give `question` or `sql`, or both", "question")
        pair_id = request.path_params["pair_id"]
        edit = partial(self._book.edit, pair_id, question=question, sql=sql, author=AUTHOR)
        return await _in_thread(self._answer, await _in_thread(edit))

    async def retract(self, request: HttpRequest) -> JSONResponse:
        """Takes a pair out."""
        pair = await _in_thread(self._book.retract, request.path_params["pair_id"], author=AUTHOR)
        self._service.metrics.pairs.labels("retracted").inc()
        return JSONResponse({"pair": await _in_thread(self._record, pair)})

    async def verify(self, _: HttpRequest) -> JSONResponse:
        """Runs pairs again whose schema changed."""
        return JSONResponse(await _in_thread(self._verify))

    def _list(self, find: Callable[[], PairPage]) -> dict[str, Any]:
        found = find()
        return {"pairs": [self._record(pair) for pair in found.pairs], "total": found.total}

    def _verify(self) -> dict[str, Any]:
        found = self._book.verify()
        return {
            "checked": found.checked,
            "set_aside": [self._record(pair) for pair in found.set_aside],
            "restored": [self._record(pair) for pair in found.restored],
        }

    @property
    def _book(self) -> PairBook:
        return self._service.book

    def _answer(self, result: GateResult) -> JSONResponse:
        self._service.metrics.pairs.labels(result.outcome).inc()
        if result.outcome == "conflict":
            error = RequestError(409, result.reason, "conflict", kind="conflict")
            return JSONResponse(
                {**error.body(), "conflicts": [self._record(pair) for pair in result.conflicts]}, 409
            )
        if result.pair is None:
            raise RequestError(422, result.reason, "pair_refused", kind="pair_refused")
        record = {"pair": self._record(result.pair)}
        if result.outcome == "duplicate":
            return JSONResponse({**record, "duplicate": True})
        return JSONResponse(record, 201)

    def _record(self, pair: Pair) -> dict[str, Any]:
        return {
            "id": pair.id,
            "question": pair.question,
            "sql": pair.sql,
            "db_id": pair.db_id,
            "author": pair.author,
            "created": pair.time,
            "state": pair.state,
            "reason": pair.reason,
            "conflicts": [other.id for other in self._book.conflicts(pair)],
        }

    def _prompt_of(self, answer_id: Any) -> str:
        """The hash of the prompt that led to an answer; empty for an answer that is gone."""
        answer = self._service.answers.get(answer_id) if isinstance(answer_id, str) else None
        return str(answer.get("prompt", {}).get("sha256", "")) if answer else ""


async def _in_thread(function: Callable[..., T], *args: Any, **named: Any) -> T:
    return await anyio.to_thread.run_sync(partial(function, *args, **named))


def _optional(body: Mapping[str, Any], name: str) -> str | None:
    return None if body.get(name) is None else read_text(body, name)


def _number(query: Mapping[str, str], name: str, usual: int, most: int) -> int:
    text = query.get(name, "")
    if not text:
        return usual
    if not text.isdecimal() or int(text) > most:
        raise bad_request(f"`{name}` must be a whole number in 0..{most}, got {text!r}", name)
    return int(text)
