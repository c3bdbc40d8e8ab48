"""The states inside lexemes of free text: strings, numbers, and names that a statement
introduces."""

from __future__ import annotations

from typing import Final

from nshot.generation.constrain.items import Literal
from nshot.generation.constrain.state import NextLexemes, RecogniserState
from nshot.sql.forms import form_name

DIGITS: Final = frozenset(b"0123456789")
LOWER: Final = frozenset(b"abcdefghijklmnopqrstuvwxyz_")
WORD: Final = LOWER | DIGITS | frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ") | frozenset(range(128, 256))
"""Bytes of words; those from 128 on are parts of characters beyond ASCII."""
QUOTE, DOUBLE, DOT, BLANK = b"'\". "
_LONGEST_NAME: Final = 63
"""Bytes; PostgreSQL's limit."""


def _whole(text: bytes) -> bool | None:
    """Whether bytes end with a whole UTF-8 character; None if they are not UTF-8, or contain a
    control character other than a tab (cell values have tabs)."""
    try:
        return min(text.decode().replace("\t", " ")) >= " " or None
    except UnicodeDecodeError as error:
        return False if error.reason == "unexpected end of data" else None


class InString(RecogniserState):
    """Inside a string literal."""

    __slots__ = ("_begun", "_border")

    def __init__(self, node: NextLexemes, begun: bytes = b"", border: RecogniserState | None = None) -> None:
        """
        Args:
            node: What may come at the border before the string.
            begun: First bytes of a character that is not whole yet.
            border: The state inside the string before these bytes; None: this state.
        """
        super().__init__(node)
        self._begun, self._border = begun, border or self

    @property
    def complete(self) -> bool:
        return False

    def _read(self, byte: int) -> RecogniserState | None:
        if byte == QUOTE and not self._begun:
            return ClosedString(self._node, self)
        # Only an unfinished character is remembered. The text of a string decides nothing, so the state
        # between two characters is always the same object.
        character = self._begun + bytes((byte,))
        whole = _whole(character)
        if whole is None:
            return None
        return self._border if whole else InString(self._node, character, self._border)


class ClosedString(RecogniserState):
    """After a quote in a string: it closes the string, or a second quote makes both one
    character."""

    __slots__ = ("_inside",)

    def __init__(self, node: NextLexemes, inside: RecogniserState) -> None:
        super().__init__(node)
        self._inside = inside

    @property
    def complete(self) -> bool:
        return self._node.after(Literal.STRING).ends

    def _read(self, byte: int) -> RecogniserState | None:
        if byte == QUOTE:
            return self._inside
        return self._node.after(Literal.STRING).border(glued=True).step(byte)


class InNumber(RecogniserState):
    """Inside a number: digits, optionally with a full stop and further digits."""

    __slots__ = ("_kind", "_part")

    def __init__(self, node: NextLexemes, kind: Literal, part: str = "whole") -> None:
        super().__init__(node)
        self._kind, self._part = kind, part

    @property
    def complete(self) -> bool:
        return self._part != "dot" and self._node.after(self._kind).ends

    def _read(self, byte: int) -> RecogniserState | None:
        if byte in DIGITS:
            return InNumber(self._node, self._kind, "fraction") if self._part == "dot" else self
        if byte == DOT and self._part == "whole" and self._kind is Literal.NUMBER:
            return InNumber(self._node, self._kind, "dot")
        # No "1e5" or "1x": a letter directly after a number would be another lexeme or an alias.
        if byte in WORD or self._part == "dot":
            return None
        return self._node.after(self._kind).border(glued=True).step(byte)


class InName(RecogniserState):
    """Inside a name that the text introduces (an alias, a table of WITH): a lower-case ASCII word
    that is not reserved, or printable text in double quotes."""

    __slots__ = ("_text",)

    def __init__(self, node: NextLexemes, text: bytes) -> None:
        super().__init__(node)
        self._text = text

    @property
    def complete(self) -> bool:
        return self.over and self._node.after_name(self._text).ends

    @property
    def _is_quoted(self) -> bool:
        return self._text[0] == DOUBLE

    @property
    def over(self) -> bool:
        """Whether the name may end here."""
        if self._is_quoted:
            return len(self._text) > 2 and self._text[-1] == DOUBLE
        text = self._text.decode()
        # A word that from-first text would have to quote is a reserved one.
        return form_name(text, "any") == text

    def _read(self, byte: int) -> RecogniserState | None:
        text = self._text + bytes((byte,))
        if self._is_quoted:
            # No doubled quotes inside a name, and no empty name: the second quote ends it.
            longer = not self.over and text != b'""' and _whole(text) is not None
        else:
            longer = byte in LOWER or byte in DIGITS
        if longer:
            name = InName(self._node, text)
            # The last byte allowed must end the name: a quoted name needs it for its closing quote.
            short = len(text) < _LONGEST_NAME or (len(text) == _LONGEST_NAME and name.over)
            return name if short else None
        return self._node.after_name(self._text).border(glued=True).step(byte) if self.over else None
