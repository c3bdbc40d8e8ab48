"""The MCP server of a service: what a client's model may call, read and be prompted with."""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Annotated, Any
from urllib.parse import quote

import anyio
import anyio.to_thread
from mcp import MCPError
from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ResourceError, ToolError
from mcp.types import ToolAnnotations
from pydantic import Field

from nshot import __version__
from nshot.errors import NshotError
from nshot.pipeline import today
from nshot.serving.api.schema import Schemas
from nshot.serving.cells import rows_to_json
from nshot.serving.errors import as_request_error, bad_request, details_for_log
from nshot.serving.questions.events import Asked, follow, list_retrieved, prepare
from nshot.serving.questions.job import AskOptions
from nshot.serving.service import Service
from nshot.types import Question

AUTHOR = "mcp"
ROWS = 50
"""Rows of a result that a tool returns."""
LOADING = 120.0
"""Seconds that a tool waits for the model to be loaded."""
MOST_EXAMPLES = 20
SCHEMAS = "nshot://schema/"
MOST_LISTED = 100
"""Schemas in the list of resources; those of further databases can be read, too."""
INVALID_PARAMS = -32602
READS = ToolAnnotations(read_only_hint=True, open_world_hint=False)
SAVES = ToolAnnotations(
    read_only_hint=False, destructive_hint=False, idempotent_hint=True, open_world_hint=False
)

Db = Annotated[str, Field(description="Name of the database; empty for the default one.")]
Asks = Annotated[str, Field(description="In words, understandable by itself.")]
Sql = Annotated[str, Field(description="One SELECT.")]
Count = Annotated[int, Field(ge=1, le=MOST_EXAMPLES)]


def make_mcp(service: Service, *, allow_save: bool = False) -> MCPServer[Any]:
    """The MCP server over a service.

    Args:
        service: Answers.
        allow_save: Whether a client may save verified pairs.
    """
    # Its own log would hold texts of errors; ours tells what happened. Without a handler it would also add
    # one of its own, through which all libraries write lines that are no JSON into the server's log.
    root = logging.getLogger()
    if not root.handlers:
        root.addHandler(logging.NullHandler())
    mcp: MCPServer[Any] = MCPServer(
        "nshot",
        version=__version__,
        instructions="Answers questions about databases with SQL. Ask `describe` which databases there are.",
        log_level="CRITICAL",
    )
    tools = Tools(service)
    mcp.tool(annotations=READS)(tools.ask)
    mcp.tool(annotations=READS)(tools.search_examples)
    mcp.tool(annotations=READS)(tools.run_sql)
    mcp.tool(annotations=READS)(tools.describe)
    if allow_save:
        mcp.tool(annotations=SAVES)(tools.save_pair)
    mcp.resource(f"{SCHEMAS}{{db}}", mime_type="application/json")(tools.schema)
    for db in service.served[:MOST_LISTED]:
        mcp.resource(SCHEMAS + quote(db, safe=""), name=db, mime_type="application/json")(
            _bind_schema(tools, db)
        )
    mcp.prompt()(tools.few_shot_sql)
    return mcp


class Tools:
    """Each public method but `schema` is a tool or prompt; its docstring is what the client's model
    reads.
    """

    def __init__(self, service: Service) -> None:
        self._service, self._schemas = service, Schemas(service)

    async def ask(self, question: Asks, db: Db = "") -> dict[str, Any]:
        """Answer a question with SQL and its rows, found by nshot's own model and verified
        examples.
        """
        async with self._reporting("ask") as note:
            await self._wait_for_model()
            asked = Asked(question, self._database(db))
            found = {event.name: event.data async for event in follow(self._service, asked, note)}
        sql = found["sql"]
        answer = {name: sql[name] for name in ("sql", "outcome", "error", "source", "confidence")}
        examples = found["retrieved"]["examples"]
        return {"db": asked.db_id, **answer, "result": _first_rows(found.get("rows")), "examples": examples}

    async def search_examples(self, question: Asks, db: Db = "", count: Count = 5) -> dict[str, Any]:
        """Find solved questions with their SQL that help to write the SQL of a new question."""
        async with self._reporting("search_examples"):
            await self._wait_for_model()
            options = AskOptions(shots=count, any_model=True)
            asked = Question(question, self._database(db), asked_on=today())
            work = await prepare(self._service, asked, options)
        return list_retrieved(work.candidates, await self._service.list_verified_ids())

    async def run_sql(self, sql: Sql, db: Db = "") -> dict[str, Any]:
        """Run one SELECT read-only, within limits of time and rows."""
        async with self._reporting("run_sql"):
            rows = await self._service.sql.run(sql, self._database(db))
        return _first_rows(rows_to_json(rows)) or {}

    async def describe(self, db: Db = "") -> dict[str, Any]:
        """Describe a database: tables, columns, keys, sample values. Without any, list the
        databases.
        """
        async with self._reporting("describe"):
            if not db and self._service.default_db is None:
                return {"databases": list(self._service.served)}
            described = await anyio.to_thread.run_sync(self._schemas.describe, self._database(db))
        return {"databases": list(self._service.served), **described}

    async def save_pair(self, question: Asks, sql: Sql, db: Db = "") -> dict[str, Any]:
        """Save SQL that a person has confirmed to be right for a question. Never save unconfirmed
        SQL.
        """
        async with self._reporting("save_pair"):
            add = partial(self._service.book.add, question, sql, self._database(db), author=AUTHOR)
            result = await anyio.to_thread.run_sync(add)
            self._service.metrics.pairs.labels(result.outcome).inc()
            if result.outcome in ("refused", "conflict"):
                raise bad_request(f"{result.outcome}: {result.reason}")
        return {"outcome": result.outcome, "id": result.pair.id if result.pair else ""}

    async def schema(self, db: str) -> str:
        """The schema of a database as JSON."""
        try:
            described = await anyio.to_thread.run_sync(self._schemas.describe, self._database(db))
        except NshotError as error:
            raise ResourceError(self._words(error)) from error
        return json.dumps(described, ensure_ascii=False)

    async def few_shot_sql(self, question: str, db: str = "", count: str = "5") -> str:
        """A few-shot prompt for your own model: schema, solved questions with SQL, and the
        question.
        """
        try:
            await self._wait_for_model()
            if not count.isdecimal() or not 0 <= int(count) <= MOST_EXAMPLES:
                raise bad_request(f"`count` must be a whole number in 0..{MOST_EXAMPLES}, got {count!r}")
            options = AskOptions(shots=int(count), any_model=True)
            work = await prepare(
                self._service, Question(question, self._database(db), asked_on=today()), options
            )
        except NshotError as error:
            raise MCPError(INVALID_PARAMS, self._words(error)) from error
        return work.prompt.messages[-1].content if work.prompt.messages else work.prompt.text

    @asynccontextmanager
    async def _reporting(self, tool: str) -> AsyncIterator[dict[str, Any]]:
        """Errors in words for the client, and a line in the log without texts."""
        note: dict[str, Any] = {}
        try:
            yield note
        except NshotError as error:
            note.setdefault("outcome", as_request_error(error).code)
            raise ToolError(self._words(error)) from error
        except Exception as error:
            note["outcome"] = "internal"
            self._service.log.fault(error)
            raise ToolError(str(as_request_error(error))) from error
        finally:
            self._service.log("mcp", tool=tool, **note)

    def _words(self, error: NshotError) -> str:
        if details := details_for_log(error):
            self._service.log("mcp error", **details)
        return str(as_request_error(error))

    def _database(self, name: str) -> str:
        return self._service.database(name or None)

    async def _wait_for_model(self) -> None:
        """Waits for the model: clients call as soon as they have started the server."""
        with anyio.move_on_after(LOADING):
            while self._service.state == "loading":
                await anyio.sleep(0.05)


def _bind_schema(tools: Tools, db: str) -> Callable[[], Awaitable[str]]:
    """A function that reads the schema of one database."""

    async def schema() -> str:
        """The schema of this database: tables, columns, keys, sample values."""
        return await tools.schema(db)

    return schema


def _first_rows(rows: dict[str, Any] | None) -> dict[str, Any] | None:
    if rows is None:
        return None
    more = rows["truncated"] or len(rows["rows"]) > ROWS
    return {"columns": rows["columns"], "rows": rows["rows"][:ROWS], "truncated": more}
