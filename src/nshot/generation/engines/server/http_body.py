"""The body of an HTTP answer, read piece by piece within a limit, and the text and JSON in it.

A few kilobytes of gzip can become gigabytes. So pieces are decompressed here, each only as far as
the limit allows. Texts come out as they can be stored and printed: broken bytes and halves of
surrogate pairs become U+FFFD.
"""

from __future__ import annotations

import codecs
import json
import re
import zlib
from collections.abc import Iterable, Iterator
from typing import Any

MAX_BYTES = 8 << 20
"""Limit of an answer, decompressed. A thousand answers of 2,000 tokens fit in."""
ACCEPTED = "gzip, deflate"
"""Encodings that can be decompressed piece by piece."""
_GZIP, _RAW = 47, -15
"""zlib's words for: gzip or zlib, whichever is there; deflate without a header."""
_MAX_CODINGS = 2
_STEP = 1 << 16
"""Bytes that are decompressed before the limit is looked at again."""


class AnswerTooLargeError(Exception):
    """The body is larger than the limit."""


class BrokenBodyError(Exception):
    """The body is compressed in a way that is unknown or broken."""


class BoundedBody:
    """Decompresses a body piece by piece, up to a limit."""

    def __init__(self, encoding: str, limit: int = MAX_BYTES) -> None:
        """
        Args:
            encoding: The Content-Encoding header; empty for none.
            limit: Most bytes that come out.

        Raises:
            BrokenBodyError: The encoding is unknown.
        """
        codings = [one.strip().lower() for one in encoding.split(",")]
        codings = [one for one in codings if one not in ("", "identity")]
        if len(codings) > _MAX_CODINGS or not set(codings) <= {"gzip", "x-gzip", "deflate"}:
            raise BrokenBodyError(f"it is encoded as {encoding[:80]!r}, which was not asked for")
        self._inflaters = [_Inflater() for _ in codings]
        self._left = limit

    def feed(self, piece: bytes) -> bytes:
        """What a piece of the body decompresses to.

        Raises:
            AnswerTooLargeError: The body is larger than the limit.
            BrokenBodyError: The bytes are not in the encoding.
        """
        pieces: Iterable[bytes] = (piece,)
        for inflater in self._inflaters:
            pieces = inflater.feed(pieces)
        found = []
        for one in pieces:
            self._left -= len(one)
            if self._left < 0:
                raise AnswerTooLargeError
            found.append(one)
        return b"".join(found)

    def end(self) -> None:
        """Checks that the compressed bytes were whole.

        Raises:
            BrokenBodyError: They were not.
        """
        for inflater in self._inflaters:
            inflater.end()


class _Inflater:
    """Undoes one compression, a little at a time."""

    def __init__(self) -> None:
        self._machine: Any = None

    def feed(self, pieces: Iterable[bytes]) -> Iterator[bytes]:
        """Yields at most `_STEP` bytes at once."""
        try:
            for piece in pieces:
                if self._machine is None and piece:
                    self._machine = zlib.decompressobj(_GZIP if _has_header(piece) else _RAW)
                while piece and not self._machine.eof:
                    yield self._machine.decompress(piece, _STEP)
                    piece = self._machine.unconsumed_tail
        except zlib.error as error:
            raise BrokenBodyError(f"its compression is broken: {error}") from error

    def end(self) -> None:
        if self._machine is not None and not self._machine.eof:
            raise BrokenBodyError("its compression ends before its end")


def _has_header(start: bytes) -> bool:
    """Whether compressed bytes begin with the header of gzip or of zlib."""
    if start[:1] == b"\x1f":
        return True
    return start[0] & 0x0F == 8 and (len(start) < 2 or (start[0] << 8 | start[1]) % 31 == 0)


def decode(data: bytes, content_type: str = "") -> str:
    """The text of a body: UTF-8, UTF-16 or UTF-32 as JSON may be, else the charset of the header.

    >>> decode("né".encode("latin-1"), "application/json; charset=iso-8859-1")
    'né'
    >>> decode(b"n\\xff", "text/plain; charset=hex")
    'n\\ufffd'
    """
    try:
        return whole_characters(data.decode(json.detect_encoding(data)))
    except UnicodeDecodeError:
        pass
    return whole_characters(data.decode(_charset(content_type), "replace"))


def _charset(content_type: str) -> str:
    """The text encoding that a Content-Type header names; utf-8 if it names none that exists."""
    match = re.search(r"charset\s*=\s*[\"']?([\w.:+-]+)", content_type, re.IGNORECASE | re.ASCII)
    try:
        found = codecs.lookup(match[1]) if match else None
        if found is not None and found.name not in ("idna", "punycode", "undefined", "unicode_escape"):
            b"a".decode(found.name)  # hex, zlib and their like are no encodings of text
            return found.name
    except (LookupError, ValueError):
        pass
    return "utf-8"


def whole_characters(text: str) -> str:
    r"""The text with surrogate pairs joined, and U+FFFD for a half without the other.

    >>> whole_characters("\ud83d\ude00 \ud83d")
    '😀 �'
    """
    if text.isascii():
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def read_json(text: str) -> Any:
    """The value in a JSON text.

    Raises:
        ValueError: It is no JSON, or nested too deeply to read.
    """
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
