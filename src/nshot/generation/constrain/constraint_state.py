"""The constraint on one row: which tokens may come next."""

from __future__ import annotations

from collections.abc import Iterator

from nshot.generation.constrain.pieces import Pieces
from nshot.generation.constrain.state import RecogniserState
from nshot.generation.decode.prefixes import common_prefix


class ConstraintState:
    """What one row of a batch has written so far, as far as it decides about the next token.
    Immutable.

    `_state` has read the SQL; `_tail` has the bytes after a whole statement that begin a stop
    string, or is empty. `_ended` is true once a stop string is complete; any token may follow then.
    """

    __slots__ = ("_ended", "_pieces", "_state", "_stop", "_tail")

    def __init__(self, state: RecogniserState, pieces: Pieces, stop: tuple[str, ...] = ()) -> None:
        """
        Args:
            state: The recogniser's state after the text so far.
            pieces: The bytes of the tokenizer's tokens.
            stop: Strings that end a statement as the end token does.
        """
        self._state, self._pieces = state, pieces
        self._stop = tuple(mark.encode() for mark in stop)
        self._tail, self._ended = b"", False

    def after(self, token: int) -> ConstraintState | None:
        """The constraint after one more token; None if the token is refused."""
        if self._ended:
            return self
        if token in self._pieces.ends:
            return self._with(self._state, b"", ended=True) if self._state.complete else None
        # Bytes, not text: a token may end inside a character, which the next token completes.
        piece = self._pieces[token]
        if piece is None:
            return None
        # SQL first: a semicolon inside a string is text, although it would also begin the stop string.
        if not self._tail and (state := self._state.advance(piece)) is not None:
            return self._with(state, b"")
        return self._begin_stop(self._tail + piece) if self._stop else None

    def valid(self) -> Iterator[int]:
        """Yields all tokens of the vocabulary that are allowed."""
        yield from (token for token in sorted(self._pieces.ends) if self.after(token) is not None)
        yield from self._pieces.find_fitting(self._count_fitting)

    def _count_fitting(self, piece: bytes) -> int:
        """Number of leading bytes of a piece that are allowed: as SQL, then as a stop string."""
        if self._tail:
            return max(self._count_stop_bytes(self._tail + piece) - len(self._tail), 0)
        state, longest = self._state, 0
        for at, byte in enumerate(piece):
            if state.complete:
                # A stop string may begin after any whole statement, also where the SQL could go on.
                longest = max(longest, at + self._count_stop_bytes(piece[at:]))
            further = state.step(byte)
            if further is None:
                return max(at, longest)
            state = further
        return len(piece)

    def _count_stop_bytes(self, tail: bytes) -> int:
        """Number of leading bytes that belong to a stop string or come after a whole one."""
        if any(tail.startswith(mark) for mark in self._stop):
            return len(tail)
        return max((common_prefix(tail, mark) for mark in self._stop), default=0)

    def _begin_stop(self, tail: bytes) -> ConstraintState | None:
        """The constraint after bytes that end the SQL and begin a stop string; None if they do
        neither.

        After a whole statement a stop string may follow, and after that anything, all in one
        token.
        """
        # Try every cut of the bytes into the rest of a statement and the beginning of a stop string, the
        # shortest statement first. Nearly all refused tokens have no byte at which a stop string may begin.
        for at in range(len(tail)):
            if not self._may_stop(tail[at:]):
                continue
            state = self._state.advance(tail[:at]) if at else self._state
            if state is None:
                return None
            if state.complete:
                ended = any(tail[at:].startswith(mark) for mark in self._stop)
                return self._with(state, tail[at:], ended=ended)
        return None

    def _may_stop(self, tail: bytes) -> bool:
        return any(mark.startswith(tail) or tail.startswith(mark) for mark in self._stop)

    def _with(self, state: RecogniserState, tail: bytes, *, ended: bool = False) -> ConstraintState:
        # Without __init__, which would encode the stop strings again for every token.
        other = ConstraintState.__new__(ConstraintState)
        other._state, other._pieces, other._stop = state, self._pieces, self._stop
        other._tail, other._ended = tail, ended
        return other
