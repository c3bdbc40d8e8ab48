"""The states at the border of two lexemes and inside lexemes of fixed text."""

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
    """At the border of two lexemes: one blank may come, or the first byte of the next lexeme."""

    __slots__ = ("_blank", "_glued")

    def __init__(self, node: NextLexemes, glued: bool, blank: bool) -> None:
        """
        Args:
            node: What may come next.
            glued: Whether the last lexeme would merge with a word, so that a blank must come first.
            blank: Whether the last byte was a blank.
        """
        super().__init__(node)
        self._glued, self._blank = glued, blank

    @property
    def complete(self) -> bool:
        return self._node.ends

    def _read(self, byte: int) -> RecogniserState | None:
        node = self._node
        if byte == BLANK:
            # From-first text has single blanks, as `write_form` writes them: one spelling for one statement.
            return None if self._blank else node.border(blank=True)
        if self._glued and (byte in WORD or byte in (QUOTE, DOUBLE)):
            return None
        # Where a free name may come, nothing else may: the grammar has no other reading there.
        if node.names:
            begins = byte in LOWER or byte == DOUBLE
            return InName(node, bytes((byte,))) if begins else None
        if byte == QUOTE and Literal.STRING in node.literals:
            return InString(node)
        if byte in DIGITS and (kind := _number(node.literals)) is not None:
            return InNumber(node, kind)
        return _Fixed.of(node, bytes((byte,)), node.find_beginning(byte))


def _number(literals: frozenset[Literal]) -> Literal | None:
    """The kind of number that may come next, the wider one first; None if no number may."""
    return next((kind for kind in (Literal.NUMBER, Literal.WHOLE) if kind in literals), None)


class _Fixed(RecogniserState):
    """Inside a lexeme of fixed text: all candidates begin with the text so far."""

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
        # The longest match: the lexeme ends only where no candidate goes on with this byte ("<" and "<=").
        longer = _Fixed.of(self._node, self._text + bytes((byte,)), self._candidates)
        if longer is not None or self._text not in self._candidates:
            return longer
        last = self._text[-1]
        if (last in WORD and byte in WORD) or last == byte == MINUS:  # two begin a comment
            return None
        # The byte belongs to what follows the lexeme, so the border after it reads it.
        glued = last in WORD or last in b')"*'
        return self._node.after(self._text).border(glued=glued).step(byte)
