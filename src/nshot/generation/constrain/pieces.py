"""The bytes that each token of a tokenizer adds to a text."""

from __future__ import annotations

import json
import re
from bisect import bisect_left
from collections.abc import Callable, Collection, Iterator
from typing import Any

_BYTE = re.compile(r"<0x([0-9A-Fa-f]{2})>")


class Pieces:
    """The bytes of every token of one tokenizer, in an order that allows a search by common
    beginnings.
    """

    def __init__(self, tokenizer: Any, ends: Collection[int]) -> None:
        """
        Args:
            tokenizer: A tokenizer of transformers.
            ends: Ids of tokens that end a completion.
        """
        self.ends = frozenset(ends)
        self._pieces = _pieces(tokenizer)
        self._sorted = sorted((piece, token) for token, piece in enumerate(self._pieces) if piece)

    def __getitem__(self, token: int) -> bytes | None:
        """The bytes that a token adds; None for special tokens and tokens that add nothing."""
        return self._pieces[token] if token < len(self._pieces) else None

    def find_fitting(self, fits: Callable[[bytes], int]) -> Iterator[int]:
        """Yields the tokens whose pieces fit, without a check of every other token.

        Args:
            fits: Returns how many leading bytes of a piece fit; no piece with the same beginning
                and the same next byte may fit either.
        """
        at = 0
        while at < len(self._sorted):
            piece, token = self._sorted[at]
            fitted = fits(piece)
            if fitted == len(piece):
                yield token
                at += 1
            else:
                # Pieces are sorted by bytes: all that begin with the refused bytes follow here.
                beyond = piece[:fitted] + bytes((piece[fitted] + 1,)) if piece[fitted] < 255 else b""
                at = bisect_left(self._sorted, (beyond, -1), at + 1) if beyond else at + 1


def _pieces(tokenizer: Any) -> list[bytes | None]:
    special = set(tokenizer.all_special_ids)
    words = tokenizer.convert_ids_to_tokens(list(range(len(tokenizer))))
    # Byte-level BPE writes a token as one character for each byte; others have to be decoded after a token
    # that is known, as decoding alone would drop the blank before a word.
    if _is_byte_level(tokenizer):
        table = {character: byte for byte, character in _byte_level_characters().items()}
        return [
            None if token in special else _from_characters(word, table) or None
            for token, word in enumerate(words)
        ]
    anchor = next(iter(tokenizer("a", add_special_tokens=False)["input_ids"]), 0)
    return [
        None if token in special else _behind(tokenizer, anchor, token, word) or None
        for token, word in enumerate(words)
    ]


def _is_byte_level(tokenizer: Any) -> bool:
    backend = getattr(tokenizer, "backend_tokenizer", None)
    if backend is None:
        return False
    # Not `to_str`: it writes the whole vocabulary.
    decoder = json.loads(backend.decoder.__getstate__()) if backend.decoder is not None else {}
    parts = decoder.get("decoders", [decoder])
    return any(part.get("type") == "ByteLevel" for part in parts)


def _byte_level_characters() -> dict[int, str]:
    """The characters of byte-level BPE for bytes: printable Latin-1 as it is, others from U+0100
    on.
    """
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in printable]
    return {byte: chr(byte) for byte in printable} | {byte: chr(256 + at) for at, byte in enumerate(others)}


def _from_characters(word: str, table: dict[str, int]) -> bytes:
    """The bytes of a token; a token that was added to the vocabulary later is plain text."""
    try:
        return bytes(map(table.__getitem__, word))
    except KeyError:
        return word.encode()


def _behind(tokenizer: Any, anchor: int, token: int, word: str | None) -> bytes:
    """The bytes that a token adds after another token, which show the blank that word and
    SentencePiece tokenizers put in front of it."""
    if word is not None and (byte := _BYTE.fullmatch(word)):
        return bytes((int(byte[1], 16),))
    before, after = (
        tokenizer.decode(ids, clean_up_tokenization_spaces=False) for ids in ([anchor], [anchor, token])
    )
    added = after.removeprefix(before) if after.startswith(before) else ""
    # Part of a character without a byte token of its own: its bytes are unknown, so it is never offered.
    return b"" if "\N{REPLACEMENT CHARACTER}" in added else added.encode()
