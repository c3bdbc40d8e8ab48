"""Where in a text a reader is, and what may follow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from nshot.generation.constrain.recogniser import Node

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
