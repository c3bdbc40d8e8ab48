"""Reading byte by byte: where in a lexeme the text is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Self

from nshot.generation.constrain.items import Literal
from nshot.sql.forms import form_name

if TYPE_CHECKING:
    from nshot.generation.constrain.recogniser import Node

_DIGITS: Final = frozenset(b"0123456789")
_LETTERS: Final = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_") | frozenset(
    range(128, 256)
)
_WORD: Final = _LETTERS | _DIGITS
_QUOTE, _DOUBLE, _DOT, _BLANK = b"'\". "
_BREAKS: Final = frozenset(b"\r\n\0")
_MOST_KNOWN: Final = 4096


class State:
    """What a text read so far may go on with. Never changes, so that many continuations share it."""

    __slots__ = ("_known", "_node")

    def __init__(self, node: Node) -> None:
        self._node = node
        self._known: dict[int | bytes, State | None] = {}
        """What came of bytes, and of longer pieces."""

    @property
    def complete(self) -> bool:
        """Whether the text is a whole statement."""
        raise NotImplementedError

    def advance(self, piece: bytes) -> State | None:
        """The state behind further text (UTF-8, cut anywhere); None if no statement goes on like this."""
        try:
            return self._known[piece]
        except KeyError:
            pass
        state: State | None = self
        for byte in piece:
            state = state and state.step(byte)
        if len(self._known) < _MOST_KNOWN:
            self._known[piece] = state
        return state

    def step(self, byte: int) -> State | None:
        """The state behind one byte more."""
        try:
            return self._known[byte]
        except KeyError:
            found = self._known[byte] = self._read(byte)
            return found

    def _read(self, byte: int) -> State | None:
        raise NotImplementedError


class Between(State):
    """At the border of two lexemes."""

    __slots__ = ("_blank", "_glued")

    def __init__(self, node: Node, glued: bool, blank: bool) -> None:
        """
        Args:
            node: What may come next.
            glued: The last lexeme would run on into a word: a blank must come first.
            blank: The last byte was one.
        """
        super().__init__(node)
        self._glued, self._blank = glued, blank

    @classmethod
    def at(cls, node: Node, *, glued: bool = False, blank: bool = False) -> State:
        """The one state of its kind at a node."""
        key = (glued, blank)
        if key not in node.states:
            node.states[key] = cls(node, glued, blank)
        return node.states[key]

    @property
    def complete(self) -> bool:
        return self._node.ends

    def _read(self, byte: int) -> State | None:
        node = self._node
        if byte == _BLANK:
            return None if self._blank else Between.at(node, blank=True)
        if self._glued and (byte in _WORD or byte in (_QUOTE, _DOUBLE)):
            return None
        if node.names:
            return _Name(node, bytes((byte,))) if byte in _LETTERS or byte == _DOUBLE else None
        if byte == _QUOTE and Literal.STRING in node.literals:
            return _String(node)
        if byte in _DIGITS and Literal.NUMBER in node.literals:
            return _Number(node)
        return _Fixed.of(node, bytes((byte,)), node.beginning(byte))


class _Fixed(State):
    """In a lexeme whose text is given."""

    __slots__ = ("_candidates", "_text")

    def __init__(self, node: Node, text: bytes, candidates: list[bytes]) -> None:
        super().__init__(node)
        self._text, self._candidates = text, candidates

    @classmethod
    def of(cls, node: Node, text: bytes, candidates: list[bytes]) -> Self | None:
        kept = [candidate for candidate in candidates if candidate.startswith(text)]
        return cls(node, text, kept) if kept else None

    @property
    def complete(self) -> bool:
        return self._text in self._candidates and self._node.after(self._text).ends

    def _read(self, byte: int) -> State | None:
        longer = _Fixed.of(self._node, self._text + bytes((byte,)), self._candidates)
        if longer is not None or self._text not in self._candidates:
            return longer
        last = self._text[-1]
        if last in _WORD and byte in _WORD:
            return None
        glued = last in _WORD or last in b')"*'
        return Between.at(self._node.after(self._text), glued=glued).step(byte)


class _String(State):
    """Inside a string literal."""

    __slots__ = ()

    @property
    def complete(self) -> bool:
        return False

    def _read(self, byte: int) -> State | None:
        if byte == _QUOTE:
            return _Closed(self._node, self)
        return None if byte in _BREAKS else self


class _Closed(State):
    """Behind a string's closing quote, which a second one would take back."""

    __slots__ = ("_inside",)

    def __init__(self, node: Node, inside: State) -> None:
        super().__init__(node)
        self._inside = inside

    @property
    def complete(self) -> bool:
        return self._node.after(Literal.STRING).ends

    def _read(self, byte: int) -> State | None:
        if byte == _QUOTE:
            return self._inside
        return Between.at(self._node.after(Literal.STRING), glued=True).step(byte)


class _Number(State):
    """In a number: digits, perhaps a full stop with digits behind it."""

    __slots__ = ("_part",)

    def __init__(self, node: Node, part: str = "whole") -> None:
        super().__init__(node)
        self._part = part

    @property
    def complete(self) -> bool:
        return self._part != "dot" and self._node.after(Literal.NUMBER).ends

    def _read(self, byte: int) -> State | None:
        if byte in _DIGITS:
            return _Number(self._node, "fraction") if self._part == "dot" else self
        if byte == _DOT and self._part == "whole":
            return _Number(self._node, "dot")
        if byte in _LETTERS or self._part == "dot":
            return None
        return Between.at(self._node.after(Literal.NUMBER), glued=True).step(byte)


class _Name(State):
    """In a name that the text itself brings in: a word that is not reserved, or anything in double quotes."""

    __slots__ = ("_text",)

    def __init__(self, node: Node, text: bytes) -> None:
        super().__init__(node)
        self._text = text

    @property
    def complete(self) -> bool:
        return self._over and self._node.after_name(self._text).ends

    @property
    def _quoted(self) -> bool:
        return self._text[0] == _DOUBLE

    @property
    def _over(self) -> bool:
        if self._quoted:
            return len(self._text) > 2 and self._text[-1] == _DOUBLE
        text = self._text.decode("utf-8", "replace")
        return form_name(text, "any") == text

    def _read(self, byte: int) -> State | None:
        longer = byte in _WORD
        if self._quoted:
            longer = not self._over and byte not in _BREAKS and self._text + bytes((byte,)) != b'""'
        if longer:
            return _Name(self._node, self._text + bytes((byte,)))
        return Between.at(self._node.after_name(self._text), glued=True).step(byte) if self._over else None
