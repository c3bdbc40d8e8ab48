"""A language model behind OpenAI's interface, in a thread: it says what the test tells it to
say."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class FakeModel:
    """Answers a prompt with one completion, or with several candidates; keeps what it was asked."""

    url: str = ""
    says: Callable[[str], str | list[str]] = lambda prompt: "SELECT 1"
    streams: bool = True
    """False: the server ignores that it is asked to stream."""
    requests: list[dict[str, Any]] = field(default_factory=list)

    @property
    def prompts(self) -> list[str]:
        """The last turn of each request, in the order of arrival."""
        return [_prompt(request) for request in self.requests]

    def answer(self, body: dict[str, Any]) -> dict[str, Any]:
        """The answer to a request; without a body, the list of models."""
        if not body:
            return {"data": [{"id": "fake"}]}
        self.requests.append(body)
        said = self.says(_prompt(body))
        texts = [said] * body.get("n", 1) if isinstance(said, str) else said
        return {
            "choices": [
                {"index": at, "message": {"content": text}, "text": text, "finish_reason": "stop"}
                for at, text in enumerate(texts)
            ],
            "usage": {"completion_tokens": 3},
        }


def _prompt(body: dict[str, Any]) -> str:
    """The last turn of a chat, or what is to be completed."""
    text: str = body["messages"][-1]["content"] if "messages" in body else body["prompt"]
    return text


def _events(answer: dict[str, Any]) -> str:
    """The answer's first choice as a stream of two pieces."""
    text = answer["choices"][0]["message"]["content"]
    pieces = [
        {"choices": [{"index": 0, "delta": {"content": piece}, "text": piece}]}
        for piece in (text[:5], text[5:])
    ]
    return "".join(f"data: {json.dumps(piece)}\n\n" for piece in pieces) + "data: [DONE]\n\n"


@contextmanager
def serving() -> Iterator[FakeModel]:
    """The model, listening on a port of this machine."""
    model = FakeModel()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self.do_POST()

        def do_POST(self) -> None:
            length = int(self.headers.get("content-length", 0))
            body = json.loads(self.rfile.read(length) or b"{}")
            answer = model.answer(body)
            data = (_events(answer) if body.get("stream") and model.streams else json.dumps(answer)).encode()
            self.send_response(200)
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *args: object) -> None:
            pass

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    model.url = f"http://127.0.0.1:{http.server_port}/v1"
    try:
        yield model
    finally:
        http.shutdown()
        thread.join()
        http.server_close()
