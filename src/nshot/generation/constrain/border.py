"""At the border of two lexemes, and inside those whose text is given."""

from __future__ import annotations

from typing import Self

from nshot.generation.constrain.free import (
    BLANK,
    DIGITS,
    DOUBLE,
    LOWER,
    QUOTE,
    WORD,
    InName,
    InNumber,
    InString,
)
from nshot.generation.constrain.items import Literal
from nshot.generation.constrain.state import NextLexemes, RecogniserState

MINUS = ord("-")


class Border(RecogniserState):
    """At the border of two lexemes."""

    __slots__ = ("_blank", "_glued")

    def __init__(self, node: NextLexemes, glued: bool, blank: bool) -> None:
        """
        Args:
            node: What may come next.
            glued: The last lexeme would run on into a word: a blank must come first.
            blank: The last byte was one.
        """
        super().__init__(node)
        self._glued, self._blank = glued, blank

    @property
    def complete(self) -> bool:
        return self._node.ends

    def _read(self, byte: int) -> RecogniserState | None:
        node = self._node
        if byte == BLANK:
            return None if self._blank else node.border(blank=True)
        if self._glued and (byte in WORD or byte in (QUOTE, DOUBLE)):
            return None
        if node.names:
            begins = byte in LOWER or byte == DOUBLE
            return InName(node, bytes((byte,))) if begins else None
        if byte == QUOTE and Literal.STRING in node.literals:
            return InString(node)
        if byte in DIGITS and (kind := _number(node.literals)) is not None:
            return InNumber(node, kind)
        return _Fixed.of(node, bytes((byte,)), node.beginning(byte))


def _number(literals: frozenset[Literal]) -> Literal | None:
    """The kind of number that may come next: any, or a whole one."""
    return next((kind for kind in (Literal.NUMBER, Literal.WHOLE) if kind in literals), None)


class _Fixed(RecogniserState):
    """In a lexeme whose text is given."""

    __slots__ = ("_candidates", "_text")

    def __init__(self, node: NextLexemes, text: bytes, candidates: list[bytes]) -> None:
        super().__init__(node)
        self._text, self._candidates = text, candidates

    @classmethod
    def of(cls, node: NextLexemes, text: bytes, candidates: list[bytes]) -> Self | None:
        kept = [candidate for candidate in candidates if candidate.startswith(text)]
        return cls(node, text, kept) if kept else None

    @property
    def complete(self) -> bool:
        return self._text in self._candidates and self._node.after(self._text).ends

    def _read(self, byte: int) -> RecogniserState | None:
        longer = _Fixed.of(self._node, self._text + bytes((byte,)), self._candidates)
        if longer is not None or self._text not in self._candidates:
            return longer
        last = self._text[-1]
        if (last in WORD and byte in WORD) or last == byte == MINUS:  # two begin a comment
            return None
        glued = last in WORD or last in b')"*'
        return self._node.after(self._text).border(glued=glued).step(byte)
