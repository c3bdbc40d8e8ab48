"""The text of a user's file, in the encodings that programs of tables write."""

from __future__ import annotations

import codecs
from pathlib import Path
from typing import Final

from nshot.errors import DataError

_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
"""Byte-order marks; that of UTF-32 before that of UTF-16, with which it begins."""

_SEEN: Final = 100
"""Bytes of the beginning that tell UTF-16 without a mark."""


def read_text(file: Path) -> str:
    """The whole text: UTF-8, or UTF-16 and UTF-32 with a byte-order mark, as Excel writes "Unicode
    text", or UTF-16 that is plain to see without one.

    Raises:
        DataError: The file is in another encoding.
    """
    return decode_text(file.read_bytes(), file)


def decode_text(raw: bytes, file: Path) -> str:
    """The text of a file's bytes; see `read_text`.

    >>> decode_text(b"\\xff\\xfea\\x00", Path("a.csv"))
    'a'
    """
    mark, encoding = next(
        ((mark, name) for mark, name in _MARKS if raw.startswith(mark)), (b"", _guess_encoding(raw))
    )
    try:
        return raw[len(mark) :].decode(encoding).lstrip("\ufeff")
    except UnicodeDecodeError as error:
        if encoding != "utf-8":
            raise DataError(f"{file} is not complete {encoding.upper()} text; save it as UTF-8") from error
        line = raw[: error.start].count(b"\n") + 1
        raise DataError(f"{file} is not UTF-8 (byte {error.start}, line {line}); save it as UTF-8") from error


def _guess_encoding(raw: bytes) -> str:
    """UTF-16 if every other byte of the beginning is 0, as in text in English without a mark."""
    even, odd = raw[:_SEEN:2], raw[1:_SEEN:2]
    for zeros, others, name in ((odd, even, "utf-16-le"), (even, odd, "utf-16-be")):
        if len(zeros) > 1 and not any(zeros) and all(others):
            return name
    return "utf-8"
