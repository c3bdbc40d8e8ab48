"""States of the recogniser: the text so far, as far as it decides what may follow."""

from __future__ import annotations

from typing import Final, Protocol

from nshot.generation.constrain.items import Literal

_MOST_KNOWN: Final = 4096
"""Results that one state keeps."""


class NextLexemes(Protocol):
    """What may come next at the border of two lexemes, as states need it; the recogniser's `Node`
    is one.
    """

    @property
    def ends(self) -> bool:
        """Whether the text may end here."""
        ...

    @property
    def names(self) -> bool:
        """Whether a free name may come next."""
        ...

    @property
    def literals(self) -> frozenset[Literal]:
        """Kinds of free lexemes that may come next."""
        ...

    def find_beginning(self, byte: int) -> list[bytes]:
        """Fixed lexemes that may come next and begin with this byte."""
        ...

    def after(self, lexeme: bytes | Literal) -> NextLexemes:
        """What may come after a lexeme that may come next."""
        ...

    def after_name(self, name: bytes) -> NextLexemes:
        """What may come after a free name."""
        ...

    def border(self, *, glued: bool = False, blank: bool = False) -> RecogniserState:
        """The state at this border; the arguments are those of `Border`."""
        ...


class RecogniserState:
    """What may follow the text read so far. Immutable, so that many continuations share one
    object."""

    __slots__ = ("_known", "_node")

    def __init__(self, node: NextLexemes) -> None:
        self._node = node
        self._known: dict[int | bytes, RecogniserState | None] = {}
        """Results of `step` (int keys) and `advance` (bytes keys) so far; None for refused."""

    @property
    def complete(self) -> bool:
        """Whether the text is a whole statement."""
        raise NotImplementedError

    def advance(self, piece: bytes) -> RecogniserState | None:
        """The state after further text (UTF-8, cut anywhere); None if no statement continues like
        this.
        """
        try:
            return self._known[piece]
        except KeyError:
            pass
        state: RecogniserState | None = self
        for byte in piece:
            state = state and state.step(byte)
        # Bounded: a search of the whole vocabulary passes here with tens of thousands of pieces.
        if len(self._known) < _MOST_KNOWN:
            self._known[piece] = state
        return state

    # States are shared by all texts that lead to them, so a step is computed once for a schema: afterwards a
    # token costs one look-up (`advance`), or one for each byte.
    def step(self, byte: int) -> RecogniserState | None:
        """The state after one more byte; None if no statement continues like this."""
        try:
            return self._known[byte]
        except KeyError:
            found = self._known[byte] = self._read(byte)
            return found

    def _read(self, byte: int) -> RecogniserState | None:
        raise NotImplementedError
