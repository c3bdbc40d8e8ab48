"""What a running server does under load: throughput, latency, /health meanwhile, and equal answers.

    nshot serve --dtype float32 --port 8765
    python benchmarks/serving/serve.py --url http://127.0.0.1:8765 --clients 1 8 32 --questions 96

Asks questions of the sample's dev file, or of another one with `--spider DIR`, with so many clients
at the same time, each in a closed loop. Prints a row a number of clients: questions per second, the
factor over one client, latency (median and 95th percentile), the slowest answer of /health, and how
many answers differ from those to one client. Each number of clients asks the same questions, after
one warm-up question a database.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter
from typing import NamedTuple

import httpx

from nshot.data import sample_dir


class Load(NamedTuple):
    """What came of one number of clients."""

    seconds: float
    latencies: list[float]
    health: float
    """The slowest answer, in seconds."""
    answers: list[str]


async def watch_health(client: httpx.AsyncClient, slowest: list[float]) -> None:
    """Asks /health all the time; keeps the slowest answer."""
    while True:
        begun = perf_counter()
        await client.get("/health")
        slowest[0] = max(slowest[0], perf_counter() - begun)
        await asyncio.sleep(0.05)


async def ask(client: httpx.AsyncClient, question: str, db_id: str) -> str:
    """The SQL of a question, asked again where the queue is full."""
    body = {"model": f"nshot/{db_id}", "messages": [{"role": "user", "content": question}]}
    while True:
        answer = await client.post("/v1/chat/completions", json=body)
        if answer.status_code != 429:
            answer.raise_for_status()
            return str(answer.json()["choices"][0]["message"]["content"])
        await asyncio.sleep(float(answer.headers["retry-after"]))


async def load(url: str, questions: Sequence[tuple[str, str]], clients: int) -> Load:
    """Asks all questions, so many at a time."""
    answers = [""] * len(questions)
    latencies, slowest, waiting = [], [0.0], iter(range(len(questions)))
    async with httpx.AsyncClient(base_url=url, timeout=600) as client:

        async def work() -> None:
            for at in waiting:
                begun = perf_counter()
                answers[at] = await ask(client, *questions[at])
                latencies.append(perf_counter() - begun)

        watcher = asyncio.create_task(watch_health(client, slowest))
        begun = perf_counter()
        await asyncio.gather(*(work() for _ in range(clients)))
        seconds = perf_counter() - begun
        watcher.cancel()
    return Load(seconds, latencies, slowest[0], answers)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--url", default="http://127.0.0.1:8765")
    parser.add_argument("--clients", type=int, nargs="+", default=[1, 8, 32])
    parser.add_argument("--questions", type=int, default=96)
    parser.add_argument("--spider", type=Path, help="folder with dev.json of the databases that are served")
    arguments = parser.parse_args()
    rows = json.loads(((arguments.spider or sample_dir()) / "dev.json").read_text(encoding="utf-8"))
    step = max(1, len(rows) // arguments.questions)
    questions = [(row["question"], row["db_id"]) for row in rows[::step]][: arguments.questions]
    warm = list({db_id: (question, db_id) for question, db_id in questions}.values())
    asyncio.run(load(arguments.url, warm, 1))
    print("clients\tquestions/s\tfactor\tmedian s\tp95 s\thealth ms\tother answers", flush=True)
    first: Load | None = None
    for clients in arguments.clients:
        found = asyncio.run(load(arguments.url, questions, clients))
        first = first or found
        rate, base = len(questions) / found.seconds, len(questions) / first.seconds
        other = sum(a != b for a, b in zip(found.answers, first.answers, strict=True))
        p95 = statistics.quantiles(found.latencies, n=20)[-1]
        print(
            f"{clients}\t{rate:.2f}\t{rate / base:.2f}\t{statistics.median(found.latencies):.2f}\t{p95:.2f}\t"
            f"{found.health * 1000:.0f}\t{other}",
            flush=True,
        )


if __name__ == "__main__":
    main()
