"""A server that speaks MySQL's protocol and answers by a script, for servers not at hand."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

SALT = b"abcdefghijklmnopqrst"
_CAPABILITIES = 0x0008 | 0x0200 | 0x2000 | 0x8000 | 0x80000
"""A database in the handshake, protocol 4.1, transactions, secure connection, plugins."""


class Refusal(NamedTuple):
    """An error of the server."""

    code: int
    message: str


Reply = Sequence[Sequence[Any]] | Refusal | None
"""Rows, of which the first has the names of columns; an error; None for a statement that returns
nothing.
"""


@dataclass
class ScriptedServer:
    """Answers each connection in a thread of its own."""

    answer: Callable[[str], Reply]
    version: str = "8.0.41"
    password: str | None = None
    """If set, the login is by caching_sha2_password, and with this password only."""
    heard: list[str] = field(default_factory=list)
    """All statements."""
    url: str = ""

    @contextlib.contextmanager
    def running(self) -> Iterator[ScriptedServer]:
        """The server with its URL."""
        with socket.create_server(("127.0.0.1", 0)) as listener:
            self.url = f"mysql://me:sekret@127.0.0.1:{listener.getsockname()[1]}/shop"
            threading.Thread(target=self._accept, args=(listener,), daemon=True).start()
            yield self

    def _accept(self, listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = listener.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client, contextlib.suppress(OSError, EOFError):
            wire = _Wire(client)
            if not self._log_in(wire):
                return
            while (command := wire.read())[:1] != b"\x01":
                wire.number = 1
                if command[:1] == b"\x03":
                    sql = command[1:].decode()
                    self.heard.append(sql)
                    wire.reply(None if _is_usual(sql) else self.answer(sql))
                else:
                    wire.reply(None)

    def _log_in(self, wire: _Wire) -> bool:
        plugin = b"mysql_native_password" if self.password is None else b"caching_sha2_password"
        low, high = _CAPABILITIES & 0xFFFF, _CAPABILITIES >> 16
        wire.write(
            b"\x0a" + self.version.encode() + b"\0" + struct.pack("<I", 7) + SALT[:8] + b"\0"
            + struct.pack("<HBHHB", low, 45, 2, high, 21) + bytes(10) + SALT[8:] + b"\0" + plugin + b"\0"
        )  # fmt: skip
        wire.read()
        if self.password is None:
            wire.reply(None)
            return True
        return _check_by_key(wire, self.password)


class _Wire:
    """Packets: three bytes of length, one of number, the content."""

    def __init__(self, client: socket.socket) -> None:
        self._client = client
        self.number = 0

    def read(self) -> bytes:
        head = self._exactly(4)
        self.number = head[3] + 1
        return self._exactly(int.from_bytes(head[:3], "little"))

    def _exactly(self, size: int) -> bytes:
        found = b""
        while len(found) < size:
            part = self._client.recv(size - len(found))
            if not part:
                raise EOFError
            found += part
        return found

    def write(self, content: bytes) -> None:
        self._client.sendall(len(content).to_bytes(3, "little") + bytes([self.number]) + content)
        self.number = (self.number + 1) % 256

    def reply(self, found: Reply) -> None:
        if found is None:
            self.write(b"\0\0\0\x02\0\0\0")
        elif isinstance(found, Refusal):
            self.write(b"\xff" + struct.pack("<H", found.code) + b"#HY000" + found.message.encode())
        else:
            names, *rows = found
            self.write(bytes([len(names)]))
            for place, name in enumerate(names):
                kind = 8 if rows and all(isinstance(row[place], int) for row in rows) else 253
                parts = (b"def", b"", b"", b"", str(name).encode(), b"")
                self.write(
                    b"".join(map(_text, parts)) + b"\x0c" + struct.pack("<HIBHBH", 45, 255, kind, 0, 0, 0)
                )
            self.write(b"\xfe\0\0\x02\0")
            for row in rows:
                self.write(b"".join(b"\xfb" if one is None else _text(str(one).encode()) for one in row))
            self.write(b"\xfe\0\0\x02\0")


def _text(content: bytes) -> bytes:
    size = len(content)
    return (bytes([size]) if size < 251 else b"\xfc" + struct.pack("<H", size)) + content


def _is_usual(sql: str) -> bool:
    """Whether every connection says it."""
    return sql.split(None, 1)[0] in ("START", "ROLLBACK", "KILL") or "AUTOCOMMIT" in sql.upper()


def _check_by_key(wire: _Wire, password: str) -> bool:
    """The full login of caching_sha2_password without TLS: the password comes under a key."""
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import padding, rsa

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    wire.write(b"\x01\x04")
    assert wire.read() == b"\x02"
    wire.write(
        b"\x01"
        + key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
    )
    sha1 = hashes.SHA1()
    secret = key.decrypt(wire.read(), padding.OAEP(padding.MGF1(sha1), sha1, None))
    found = bytes(one ^ SALT[place % len(SALT)] for place, one in enumerate(secret)).rstrip(b"\0")
    wire.reply(None if found.decode() == password else Refusal(1045, "Access denied for user 'me'"))
    return found.decode() == password
