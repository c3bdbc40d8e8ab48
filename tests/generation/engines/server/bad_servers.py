"""Servers on loopback that misbehave, each in its own way, as bytes on a socket."""

from __future__ import annotations

import gzip
import json
import socket
import socketserver
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

Behaviour = Callable[[socket.socket], None]
GOOD = json.dumps(
    {"choices": [{"index": 0, "message": {"content": "SELECT 1"}, "finish_reason": "stop"}]}
).encode()


def http(body: bytes, *headers: str, status: str = "200 OK", length: int | None = None) -> bytes:
    """An answer as it goes over the wire."""
    lines = [f"HTTP/1.1 {status}", f"content-length: {len(body) if length is None else length}", *headers]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def sends(data: bytes) -> Behaviour:
    """Sends these bytes and closes."""
    return lambda connection: connection.sendall(data)


def answers(body: bytes, *headers: str, status: str = "200 OK") -> Behaviour:
    """Answers with this body."""
    return sends(http(body, *headers, status=status))


def drips(data: bytes, start: bytes = b"") -> Behaviour:
    """Sends the start at once, then these bytes one by one, then over and over the last one."""

    def behave(connection: socket.socket) -> None:
        connection.sendall(start)
        at = 0
        while True:
            connection.sendall(data[min(at, len(data) - 1) :][:1])
            at += 1
            time.sleep(0.05)

    return behave


def repeats(start: bytes, piece: bytes) -> Behaviour:
    """Sends a beginning, then a piece for ever, as fast as it is taken."""

    def behave(connection: socket.socket) -> None:
        connection.sendall(start)
        while True:
            connection.sendall(piece)

    return behave


def keeps_silent(connection: socket.socket) -> None:
    """Never says a word."""
    time.sleep(30)


def chunk(data: bytes) -> bytes:
    """A chunk of a chunked body."""
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"


CHUNKED = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
DEEP = b"[" * 200_000
DROPS = b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\nx-slow: "


def gzip_bomb(megabytes: int) -> bytes:
    """So many megabytes of blanks, compressed."""
    machine = zlib.compressobj(9, wbits=31)
    block = b" " * (1 << 20)
    return b"".join([*(machine.compress(block) for _ in range(megabytes)), machine.flush()])


def completion(content: str, **more: str) -> bytes:
    """A completion whose values are given as JSON texts."""
    fields = "".join(f', "{name}": {value}' for name, value in more.items())
    return f'{{"choices": [{{"message": {{"content": {content}}}}}]{fields}}}'.encode()


FAIL: dict[str, tuple[Behaviour, str]] = {
    "silent": (keeps_silent, "did not answer within"),
    "slow headers": (drips(DROPS), "did not answer within"),
    "slow body": (drips(http(GOOD)[:-1]), "did not answer within"),
    "slow chunks": (drips(CHUNKED + chunk(b" ") * 1000), "did not answer within"),
    "body that ends early": (sends(http(GOOD, length=10_000)), "after 2 tries"),
    "endless chunks": (repeats(CHUNKED, chunk(b" " * 65_536)), "larger than"),
    "huge body": (repeats(http(b"", length=500 << 20), b" " * 65_536), "larger than"),
    "endless headers": (repeats(b"HTTP/1.1 200 OK\r\n", b"x-a: b\r\n"), "after 2 tries"),
    "gzip bomb": (answers(gzip_bomb(64), "content-encoding: gzip"), "larger than"),
    "bomb in a bomb": (
        answers(gzip.compress(gzip_bomb(64)), "content-encoding: gzip, gzip"),
        "larger than",
    ),
    "broken gzip": (answers(b"\x1f\x8bnot gzip", "content-encoding: gzip"), "compression"),
    "unknown compression": (answers(GOOD, "content-encoding: br"), "not asked for"),
    "no HTTP": (sends(b"220 mail.example.com ESMTP\r\n"), "after 2 tries"),
    "closes": (lambda connection: None, "after 2 tries"),
    "deep JSON": (answers(DEEP), "expected a completion"),
    "deep error": (answers(DEEP, status="400 Bad Request"), "refuses every prompt"),
    "huge number": (answers(b'{"choices": ' + b"9" * 5000 + b"}"), "expected a completion"),
    "content that is no text": (answers(completion("17")), "expected a completion"),
    "a web page": (answers(b"<html>Log in</html>", "content-type: text/html"), "expected a completion"),
    "Retry-After of a day": (
        answers(b"busy", "retry-after: 86400", status="429 Too Many Requests"),
        "asks for a wait of 24 h",
    ),
    "Retry-After in the year 9999": (
        answers(b"busy", "retry-after: Fri, 31 Dec 9999 23:59:59 GMT", status="503 Unavailable"),
        "asks for a wait",
    ),
    "another address": (
        answers(b"", "location: https://other.example/v1?api_key=abc-123", status="302 Found"),
        "it leads to 'https://other.example/v1?api_key=***'",
    ),
    "error in a charset that is none": (
        answers(b"n\xffo", "content-type: text/plain; charset=hex", status="401 No"),
        "answered 401",
    ),
}
"""What ends in an error, and a part of its message."""

WORK: dict[str, tuple[Behaviour, str]] = {
    "good": (answers(GOOD), "SELECT 1"),
    "broken UTF-8": (answers(completion("\"SELECT '\\u00e9'\"")[:-1] + b', "x": "\xff"}'), "SELECT 'é'"),
    "latin-1": (
        answers(
            completion("\"SELECT 'é'\"").decode().encode("latin-1"), "content-type: a/b; charset=latin-1"
        ),
        "SELECT 'é'",
    ),
    "UTF-16": (answers(completion('"SELECT 1"').decode().encode("utf-16")), "SELECT 1"),
    "charset that is no encoding of text": (
        answers(GOOD, "content-type: application/json; charset=base64"),
        "SELECT 1",
    ),
    "half of a surrogate pair": (answers(completion("\"SELECT '\\ud83d'\"")), "SELECT '�'"),
    "surrogate pair in two escapes": (answers(completion('"\\ud83d\\ude00"')), "😀"),
    "count beyond every number": (
        answers(completion('"SELECT 1"', usage='{"completion_tokens": 1e999}')),
        "SELECT 1",
    ),
    "count that is no number": (
        answers(completion('"SELECT 1"', usage='{"completion_tokens": []}')),
        "SELECT 1",
    ),
    "logprob that is no number": (
        answers(
            b'{"choices": [{"text": "SELECT 1", "index": "a",'
            b' "logprobs": {"token_logprobs": [NaN, -1e999, "x"]}}]}'
        ),
        "SELECT 1",
    ),
    "text in parts": (answers(completion('[{"type": "text", "text": "SELECT 1"}]')), "SELECT 1"),
    "gzip": (answers(gzip.compress(GOOD), "content-encoding: gzip"), "SELECT 1"),
    "deflate without a header": (answers(zlib.compress(GOOD)[2:-4], "content-encoding: deflate"), "SELECT 1"),
}
"""What is odd and can be read, and the completion."""


@contextmanager
def serving(behaviour: Behaviour) -> Iterator[str]:
    """The base address of a server that reads a request and then behaves so."""

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with suppress(OSError):
                _read_request(self.request)
                behaviour(self.request)

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True
        allow_reuse_address = True
        block_on_close = False

    with Server(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/v1"
        finally:
            server.shutdown()


def _read_request(connection: socket.socket) -> None:
    data = b""
    while b"\r\n\r\n" not in data:
        piece = connection.recv(65_536)
        if not piece:
            return
        data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    lines = head.lower().split(b"\r\n")
    length = next((int(line.split(b":")[1]) for line in lines if line.startswith(b"content-length")), 0)
    while len(body) < length:
        body += connection.recv(65_536)
