"""A server with the API of the page and scripted answers: the double for the tests in a browser.

SQL runs on the databases of the sample, so rows, schemas and errors are real; what a model would
write stands in `SCRIPT`. A page can be looked at without a model:

    python tests/serving/page/fake_server.py 8901
"""

from __future__ import annotations

import asyncio
import hashlib
import itertools
import json
import sqlite3
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from nshot.data.shipped import sample_dir
from nshot.serving.page.routes import page_routes

Json = dict[str, Any]

FARMS = (
    "SELECT country, count(*) AS farms FROM farms GROUP BY country HAVING count(*) >= 2 ORDER BY farms DESC"
)
MONTHS = "SELECT substr(roast_date, 1, 7) AS month, sum(weight_kg) AS roasted_kg FROM roasts GROUP BY month"
COUNTING = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500) "
SCRIPT = {
    "Which countries have at least two farms?": FARMS,
    "How many kilograms did we roast in each month?": MONTHS,
    "How many farms do we have on our books?": "SELECT count(*) FROM farms",
    "Show all customers.": "SELECT name, city, kind, joined_on, email FROM customers",
    "No rows, please.": "SELECT name FROM farms WHERE country = 'Atlantis'",
    "A wide result": "SELECT " + ", ".join(f"{n} AS a_column_{n}" for n in range(1, 51)),
    "Many rows": COUNTING
    + "SELECT i, i * i AS square, CASE WHEN i % 7 = 0 THEN NULL ELSE 'row ' || i END AS note FROM n",
    "A long value": "SELECT 1 AS n, '"
    + "a long value without any end, " * 20
    + "' AS text, x'00ff10' AS raw",
    "Bad SQL": "SELECT nme FROM farms",
    "Writing SQL": "DELETE FROM farms",
    "<img src=x onerror=alert(1)>": "SELECT '<script>alert(1)</script>' AS \"<b>html</b>\"",
}
FOLLOW_UP = "Which countries in Africa have at least two farms?"
FOLLOW_UP_SQL = FARMS.replace(" GROUP BY", " WHERE country IN ('Ethiopia', 'Kenya', 'Rwanda') GROUP BY")


def database_file(db_id: str) -> Path:
    """The SQLite file of a database of the sample."""
    return sample_dir() / "database" / db_id / f"{db_id}.sqlite"


def run_sql(sql: str, db_id: str) -> Json:
    """Columns and rows as the API writes them; raises sqlite3.Error."""
    with sqlite3.connect(f"file:{database_file(db_id)}?mode=ro", uri=True) as connection:
        cursor = connection.execute(sql)
        rows = [[_cell(value) for value in row] for row in cursor.fetchall()]
        return {
            "columns": [one[0] for one in cursor.description or ()],
            "rows": rows,
            "truncated": False,
            "seconds": 0.0021,
        }


def _cell(value: Any) -> Any:
    return {"bytes": "AP8Q"} if isinstance(value, bytes) else value


def read_schema(db_id: str) -> Json:
    """A schema as `GET /api/schema/{db}` gives it."""
    with sqlite3.connect(f"file:{database_file(db_id)}?mode=ro", uri=True) as connection:
        names = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        tables = [
            {"name": name, "description": "", "columns": _columns(connection, name)}
            for name in names
            if not name.startswith("sqlite_")
        ]
        keys = [
            {"table": name, "columns": [row[3]], "ref_table": row[2], "ref_columns": [row[4]]}
            for name in names
            for row in connection.execute(f'PRAGMA foreign_key_list("{name}")')
        ]
    return {
        "db_id": db_id,
        "dialect": "sqlite",
        "fingerprint": hashlib.sha256(db_id.encode()).hexdigest(),
        "tables": tables,
        "foreign_keys": keys,
        "left_out": [{"name": "old_prices.amount", "reason": "a column of type MONEY"}],
    }


def _columns(connection: sqlite3.Connection, table: str) -> list[Json]:
    found = []
    for _, name, kind, _, _, key in connection.execute(f'PRAGMA table_info("{table}")').fetchall():
        samples = connection.execute(f'SELECT DISTINCT "{name}" FROM "{table}" LIMIT 4').fetchall()
        texts = [str(row[0]) for row in samples]
        found.append(
            {"name": name, "type": kind.lower(), "description": "", "primary_key": key > 0, "samples": texts}
        )
    return found


EXAMPLES = [
    {
        "id": "p1",
        "question": "Which cities have at least three customers?",
        "sql": "SELECT city FROM customers GROUP BY city HAVING count(*) >= 3",
        "db_id": "coffee_roastery",
        "score": 0.91,
        "why": "rank 1 of the masked questions, rank 2 of the words: at, least",
        "verified": True,
    },
    {
        "id": "s2",
        "question": "Which kinds of soil are found on more than two plots?",
        "sql": "SELECT soil FROM plot GROUP BY soil HAVING count(*) > 2",
        "db_id": "allotment_garden",
        "score": 0.78,
        "why": "rank 2 of the masked questions",
        "verified": False,
    },
    {
        "id": "s3",
        "question": "Which regions of mountain huts have no trail?",
        "sql": "SELECT region FROM huts EXCEPT SELECT region FROM trails",
        "db_id": "mountain_huts",
        "score": 0.64,
        "why": "rank 5 of the words: which, have",
        "verified": False,
    },
]


@dataclass
class FakeServer:
    """What the server was asked, what it keeps, and how it behaves from now on."""

    key: str = ""
    """The API key that it wants; empty for none."""
    loading: int = 0
    """Requests that are answered with 503 before it is ready."""
    may_save: bool = True
    requests: list[Json] = field(default_factory=list)
    cancelled: int = 0
    answers: dict[str, Json] = field(default_factory=dict)
    pairs: dict[str, Json] = field(default_factory=dict)
    numbers: Any = field(default_factory=lambda: itertools.count(1))

    def app(self) -> Starlette:
        """The page and the API that it needs."""
        api = [
            Route("/api/info", self.info),
            Route("/api/schema/{db}", self.schema),
            Route("/api/ask", self.ask, methods=["POST"]),
            Route("/api/run", self.run, methods=["POST"]),
            Route("/api/answers/{id}", self.answer),
            Route("/api/pairs", self.list_pairs, methods=["GET"]),
            Route("/api/pairs", self.add_pair, methods=["POST"]),
            Route("/api/pairs/verify", self.verify, methods=["POST"]),
            Route("/api/pairs/{id}", self.edit_pair, methods=["PATCH"]),
            Route("/api/pairs/{id}", self.retract_pair, methods=["DELETE"]),
            Route("/test/state", self.state, methods=["GET", "POST"]),
        ]
        return Starlette(routes=[*page_routes(), *api])

    async def state(self, request: Request) -> Response:
        """What was asked so far; a POST sets fields of this server."""
        if request.method == "POST":
            for name, value in (await request.json()).items():
                setattr(self, name, value)
        seen = {"requests": self.requests, "cancelled": self.cancelled, "pairs": list(self.pairs.values())}
        return JSONResponse(seen)

    async def _read(self, request: Request) -> Json:
        body = json.loads(await request.body() or b"{}")
        headers = {name: request.headers.get(name) for name in ("x-nshot", "authorization")}
        self.requests.append({"path": request.url.path, "method": request.method, "body": body} | headers)
        return dict(body)

    async def info(self, request: Request) -> Response:
        """`GET /api/info`."""
        if self.loading:
            self.loading -= 1
            return fail(503, "the model is being loaded", "loading")
        if self.key and request.headers.get("authorization") != f"Bearer {self.key}":
            return fail(401, "wrong or missing API key", "invalid_api_key")
        databases = [
            {"id": file.stem, "tables": len(read_schema(file.stem)["tables"]), "dialect": "sqlite"}
            for file in sorted(sample_dir().glob("database/*/*.sqlite"))
        ]
        return JSONResponse(
            {
                "version": "0.1.0",
                "model": "smollm2-135m, tuned",
                "default_db": "coffee_roastery",
                "databases": databases,
                "may_save": self.may_save,
                "strategy": "double-hybrid",
                "shots": 3,
                "needs_key": bool(self.key),
            }
        )

    async def schema(self, request: Request) -> Response:
        """`GET /api/schema/{db}`."""
        db_id = request.path_params["db"]
        if not database_file(db_id).is_file():
            return fail(404, f"there is no database {db_id!r}", "not_found")
        return JSONResponse(read_schema(db_id))

    async def ask(self, request: Request) -> Response:
        """`POST /api/ask`."""
        body = await self._read(request)
        if "busy" in body["question"]:
            return fail(429, "the queue is full", "busy", {"Retry-After": "3"})
        headers = {"Cache-Control": "no-store"}
        return StreamingResponse(self._events(body), media_type="text/event-stream", headers=headers)

    async def _events(self, body: Json) -> AsyncIterator[str]:
        asked, db_id = body["question"], body.get("db_id", "coffee_roastery")
        rewritten = bool(body.get("history")) and not body.get("stand_alone")
        text = FOLLOW_UP if rewritten else asked
        sql = FOLLOW_UP_SQL if rewritten else SCRIPT.get(asked, f"SELECT '{asked[:20]}' AS echo")
        kept: Json = {"question": text, "asked": asked, "db_id": db_id, "created": time.time()}
        yield ": keep-alive\n\n"
        yield event("question", text=text, asked=asked, rewritten=rewritten, how="by rules")
        await asyncio.sleep(0.02)
        if asked == "slow":
            try:
                await asyncio.sleep(30)
            except asyncio.CancelledError:
                self.cancelled += 1
                raise
        verified = next((one for one in self.pairs.values() if one["question"] == text), None)
        kept["retrieved"] = {"examples": EXAMPLES}
        yield event("retrieved", **kept["retrieved"])
        if asked == "broken":
            yield event("error", message="the prompt has 9000 tokens, the model reads 8192", type="prompt")
            return
        if asked == "abrupt":
            return
        kept["prompt"] = prompt_of(text)
        yield event("prompt", **kept["prompt"])
        await asyncio.sleep(0.02)
        kept["sql"], rows = self._written(sql if verified is None else verified["sql"], db_id, verified)
        yield event("sql", **kept["sql"])
        if rows is not None:
            yield event("rows", **rows)
        number = f"ans-{next(self.numbers)}"
        kept["done"] = {"id": number, "seconds": SECONDS}
        self.answers[number] = {"id": number} | kept
        yield event("done", **kept["done"])
        await asyncio.sleep(0.05)

    def _written(self, sql: str, db_id: str, verified: Json | None) -> tuple[Json, Json | None]:
        outcome, error, rows = "ok", "", None
        if not sql.startswith(("SELECT", "WITH")):
            outcome, error = "refused", "only SELECT is allowed, got DELETE"
        else:
            try:
                rows = run_sql(sql, db_id)
            except sqlite3.Error as problem:
                outcome, error = "error", str(problem)
        others = [
            {"sql": "SELECT country FROM farms", "outcome": "ok", "error": "", "logprob": -2.31},
            {
                "sql": "SELECT land FROM farms",
                "outcome": "error",
                "error": "no such column: land",
                "logprob": -4.8,
            },
        ]
        found = {"sql": sql, "outcome": outcome, "error": error, "note": "", "logprob": -0.42}
        if verified is not None:
            return found | {"source": "verified", "confidence": None, "alternatives": []}, rows
        return found | {"source": "model", "confidence": 0.87, "alternatives": others}, rows

    async def run(self, request: Request) -> Response:
        """`POST /api/run`."""
        body = await self._read(request)
        if not body["sql"].upper().startswith(("SELECT", "WITH")):
            return fail(400, "only SELECT is allowed", "sql_refused")
        try:
            return JSONResponse(run_sql(body["sql"], body["db_id"]))
        except sqlite3.Error as error:
            return fail(400, str(error), "sql_error")

    async def answer(self, request: Request) -> Response:
        """`GET /api/answers/{id}`."""
        found = self.answers.get(request.path_params["id"])
        return fail(404, "there is no such answer", "not_found") if found is None else JSONResponse(found)

    async def list_pairs(self, request: Request) -> Response:
        """`GET /api/pairs`."""
        wanted = request.query_params
        words = wanted.get("q", "").lower()
        found = [
            one
            for one in self.pairs.values()
            if words in (one["question"] + one["sql"]).lower()
            and wanted.get("db_id", one["db_id"]) == one["db_id"]
            and wanted.get("state", one["state"]) == one["state"]
        ]
        offset, limit = int(wanted.get("offset", 0)), int(wanted.get("limit", 50))
        return JSONResponse({"pairs": found[offset : offset + limit], "total": len(found)})

    async def add_pair(self, request: Request) -> Response:
        """`POST /api/pairs`."""
        body = await self._read(request)
        if not body["sql"].upper().startswith(("SELECT", "WITH")):
            return fail(422, "the SQL is not one SELECT statement", "pair_refused")
        same = [one for one in self.pairs.values() if one["question"] == body["question"]]
        if any(one["sql"] == body["sql"] for one in same):
            return JSONResponse({"pair": same[0], "duplicate": True})
        if same and body.get("replace") is None:
            error = {"message": "the question has other SQL", "type": "conflict", "code": None}
            return JSONResponse({"error": error, "conflicts": same}, 409)
        self.pairs.pop(body.get("replace", ""), None)
        state = "active" if body["verdict"] == "good" else "rejected"
        return JSONResponse({"pair": self.save(body["question"], body["sql"], body["db_id"], state)}, 201)

    def save(self, question: str, sql: str, db_id: str, state: str, **more: Any) -> Json:
        """A pair with a new id."""
        number = f"pair-{next(self.numbers)}"
        pair = {"id": number, "question": question, "sql": sql, "db_id": db_id, "state": state}
        pair |= {"author": "ada", "created": "2026-11-30T09:41:00Z", "reason": "", "conflicts": []} | more
        self.pairs[number] = pair
        return pair

    async def edit_pair(self, request: Request) -> Response:
        """`PATCH /api/pairs/{id}`."""
        body = await self._read(request)
        old = self.pairs.pop(request.path_params["id"])
        new = {"question": old["question"], "sql": old["sql"]} | body
        return JSONResponse({"pair": self.save(new["question"], new["sql"], old["db_id"], "active")})

    async def retract_pair(self, request: Request) -> Response:
        """`DELETE /api/pairs/{id}`."""
        await self._read(request)
        return JSONResponse({"pair": self.pairs.pop(request.path_params["id"])})

    async def verify(self, request: Request) -> Response:
        """`POST /api/pairs/verify`: a pair whose SQL does not run is set aside."""
        aside = []
        for pair in self.pairs.values():
            try:
                run_sql(pair["sql"], pair["db_id"])
            except sqlite3.Error as error:
                pair |= {"state": "set_aside", "reason": str(error)}
                aside.append(pair)
        return JSONResponse({"checked": len(self.pairs), "set_aside": aside, "restored": []})


SECONDS = {
    "queue": 0.004,
    "retrieve": 0.021,
    "prompt": 0.006,
    "generate": 0.64,
    "execute": 0.002,
    "total": 0.673,
}


def prompt_of(question: str) -> Json:
    """The `prompt` event."""
    lines = ["You write SQL.", "", "farms(farm_id, name, country, region)", "beans(bean_id, farm_id, name)"]
    shots = [f"question: {one['question']}\nsql: {one['sql']}\n" for one in EXAMPLES[:2]]
    text = "\n".join([*lines, "", *shots, f"question: {question}", "sql:"])
    dropped = {"examples": ["s3"], "tables": ["order_items"], "columns": ["farms.owner", "farms.altitude_m"]}
    return {
        "text": text,
        "tokens": 412,
        "sha256": hashlib.sha256(text.encode()).hexdigest(),
        "tables": ["farms", "beans", "roasts"],
        "dropped": dropped,
    }


def event(name: str, **data: Any) -> str:
    """One server-sent event."""
    return f"event: {name}\ndata: {json.dumps(data)}\n\n"


def fail(status: int, message: str, kind: str, headers: dict[str, str] | None = None) -> Response:
    """An error as the API writes it."""
    return JSONResponse({"error": {"message": message, "type": kind, "code": None}}, status, headers)


if __name__ == "__main__":
    uvicorn.run(FakeServer().app(), host="127.0.0.1", port=int(sys.argv[1]), log_level="warning")
