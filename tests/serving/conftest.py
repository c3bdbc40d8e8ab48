"""A real server on a free port, with a model that says what a test tells it to say."""

from __future__ import annotations

import json
import re
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from nshot.data import Catalog
from nshot.generation import Cancellation, Cancellations, Decoding, ModelSettings
from nshot.pipeline import PipelineConfig
from nshot.retrieval import RetrievalConfig
from nshot.serving import ServeConfig, Service
from nshot.serving.http.server import listen, make_server
from nshot.serving.log import JsonLog
from nshot.serving.questions.answering import Answerer
from nshot.types import Candidate, Completion, Example, Message, Prompt, Question, Schema, TokenLogprob

SOON = 60.0
"""Seconds after which a test that waits has failed."""
LOADED = 240.0
"""The same for a model to be loaded."""
EXAMPLE = Example("e-1", "How many songs?", "SELECT count(*) FROM song", "music")


@dataclass
class TalkingEngine:
    """Answers by the question in the prompt; waits, if told so, until it is released or
    cancelled."""

    says: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Candidates by question; others get one that counts the singers."""
    released: threading.Event = field(default_factory=threading.Event)
    began: threading.Event = field(default_factory=threading.Event)
    batches: list[int] = field(default_factory=list)
    cancelled: list[int] = field(default_factory=list)
    """For each batch, how many of its prompts were cancelled at its end."""
    name: str = "talking"
    context_length: int = 4000
    settings: ModelSettings | None = None

    def __post_init__(self) -> None:
        self.released.set()

    def count_tokens(self, text: str) -> int:
        return len(text.split())

    def chat(self, content: str) -> str | None:
        return None

    def turns(self, messages: Sequence[Message]) -> str | None:
        return None

    def generate(
        self, prompts: Sequence[Prompt], decoding: Decoding, cancellations: Cancellations | None = None
    ) -> list[list[Completion]]:
        flags = cancellations or [None] * len(prompts)
        self.batches.append(len(prompts))
        self.began.set()
        while not self.released.wait(0.005) and not all(flag and flag.cancelled for flag in flags):
            pass
        self.cancelled.append(sum(bool(flag and flag.cancelled) for flag in flags))
        found = [self._candidates(prompt.text, decoding.n) for prompt in prompts]
        if decoding.token_logprobs:
            found = [[with_tokens(one) for one in candidates] for candidates in found]
        return found

    def stream(
        self, prompt: Prompt, decoding: Decoding, cancellation: Cancellation | None = None
    ) -> Iterator[str]:
        yield self._candidates(prompt.text, 1)[0].text

    def _candidates(self, prompt: str, n: int) -> list[Completion]:
        found = [texts for question, texts in self.says.items() if question in prompt]
        texts = (list(found[0]) if found else ["SELECT count(*) FROM singer"]) * n
        return [Completion(text, 6, "stop", -0.5 - at) for at, text in enumerate(texts[:n])]


def with_tokens(completion: Completion) -> Completion:
    """The same with a token for each word; the first one has the whole log-probability."""
    pieces = re.findall(rb"\S+\s*", completion.text.encode())
    logprobs = [completion.logprob or 0.0, *[0.0] * len(pieces)]
    return replace(completion, token_logprobs=tuple(map(TokenLogprob, pieces, logprobs)))


@dataclass
class OneExample:
    """Finds the same example for every question."""

    config: RetrievalConfig = field(default_factory=RetrievalConfig)
    first_pass: None = None

    def retrieve(self, questions: Sequence[Question], k: int, live: bool = False) -> list[list[Candidate]]:
        return [[Candidate(EXAMPLE, 0.75, "keyword #1")][:k] for _ in questions]

    def schema(self, db_id: str) -> Schema:
        return Schema(db_id, ())

    def with_config(self, config: RetrievalConfig) -> OneExample:
        return OneExample(config)


@dataclass
class Site:
    """A server under test."""

    url: str
    service: Service
    engine: TalkingEngine
    client: httpx.Client
    lines: list[str]
    """Of the log, as they were written."""
    folder: Path

    def post(self, path: str, body: Mapping[str, Any], **more: Any) -> httpx.Response:
        return self.client.post(path, json=body, **more)

    def chat(self, question: str = "How many singers?", **body: Any) -> httpx.Response:
        messages = [{"role": "user", "content": question}]
        return self.post("/v1/chat/completions", {"model": "nshot/concert", "messages": messages, **body})

    def events(self, question: str = "How many singers?", **body: Any) -> list[tuple[str, Any]]:
        """The events of `/api/ask`, by name."""
        answer = self.post("/api/ask", {"question": question, "db_id": "concert", **body})
        assert answer.status_code == 200, answer.text
        return read_events(answer.text)

    def records(self, event: str = "request") -> list[dict[str, Any]]:
        """The records of the log."""
        return [record for line in self.lines if (record := json.loads(line))["event"] == event]


def read_events(text: str) -> list[tuple[str, Any]]:
    """Names and data of server-sent events; `message` where an event has no name."""
    found = []
    for block in text.split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines() if not line.startswith(":"))
        if "data" in fields:
            data = fields["data"]
            found.append((fields.get("event", "message"), data if data == "[DONE]" else json.loads(data)))
    return found


def wait_until(what: Callable[[], Any], seconds: float = SOON) -> None:
    """Waits until something holds; fails if it never does."""
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.01)


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of two databases, concert and shop."""
    root = tmp_path_factory.mktemp("databases")
    scripts = {
        "concert": "CREATE TABLE singer (id INTEGER PRIMARY KEY, name TEXT, age INT);"
        "CREATE TABLE song (id INTEGER PRIMARY KEY, singer INT REFERENCES singer (id), title TEXT);"
        "INSERT INTO singer VALUES (1, 'Ada', 30), (2, 'Bo', 40), (3, 'Cy', 50);",
        "shop": "CREATE TABLE product (name TEXT, price REAL); INSERT INTO product VALUES ('pen', 1.5);",
    }
    for name, script in scripts.items():
        (root / name).mkdir()
        connection = sqlite3.connect(root / name / f"{name}.sqlite")
        connection.executescript(script)
        connection.close()
    return root


@contextmanager
def running(
    folder: Path,
    tmp_path: Path,
    engine: TalkingEngine | None = None,
    *,
    load: Callable[[Service], Any] | None = None,
    options: Mapping[str, Any] | None = None,
    **settings: Any,
) -> Iterator[Site]:
    """A server in a thread; it is loaded unless `load` is given.

    Args:
        folder: Of databases.
        tmp_path: For the pairs.
        engine: Writes the completions.
        load: In place of the loading of a pipeline over the engine.
        options: Of the pipeline.
        settings: Of the server.
    """
    engine = engine or TalkingEngine()
    lines: list[str] = []
    usual = {"model": "http://model.invalid/v1", "databases": folder, "shots": 1}
    config = PipelineConfig.of(**{**usual, **(options or {})})
    service = Service(
        ServeConfig(port=0, **settings),
        config,
        Catalog(folder),
        served=("concert", "shop"),
        default_db=None,
        pairs=tmp_path / "pairs.jsonl",
        load=load or (lambda of: _load(of, engine)),
        log=JsonLog(lines.append),
    )
    with run_server(service, wait=load is None) as url, httpx.Client(base_url=url, timeout=SOON) as client:
        try:
            yield Site(url, service, engine, client, lines, folder)
        finally:
            engine.released.set()


@contextmanager
def run_server(service: Service, *, wait: bool = True) -> Iterator[str]:
    """A server in a thread; its URL.

    Args:
        service: What is served.
        wait: Whether to wait until the model is loaded.
    """
    listener = listen("127.0.0.1", 0)
    server = make_server(service)
    thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
    thread.start()
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    try:
        wait_until(lambda: server.started)
        if wait:
            wait_until(lambda: service.state != "loading", LOADED)
        yield url
    finally:
        server.should_exit = True
        thread.join(SOON)
    assert not thread.is_alive(), "the server did not end"


def _load(service: Service, engine: TalkingEngine) -> Answerer:
    retriever: Any = OneExample()
    return Answerer(
        service.pipeline_config, service.catalog, log=service.log, engine=engine, retriever=retriever
    )


@pytest.fixture
def site(folder: Path, tmp_path: Path) -> Iterator[Site]:
    """A server with a model that answers at once."""
    with running(folder, tmp_path) as found:
        yield found
