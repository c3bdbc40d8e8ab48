"""Stop strings: where a completion is over."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from nshot.types import TokenLogprob


def cut(text: str, stop: Sequence[str]) -> tuple[str, bool]:
    """Text before the earliest stop string, and whether one was there.

    >>> cut("SELECT 1; SELECT 2", ("#", ";"))
    ('SELECT 1', True)
    """
    found = [at for at in (text.find(mark) for mark in stop) if at >= 0]
    return (text[: min(found)], True) if found else (text, False)


def cut_tokens(tokens: Iterable[TokenLogprob], text: str) -> tuple[TokenLogprob, ...]:
    """The tokens that a text which was cut is made of; the last one may reach beyond its end.

    >>> pieces = [b"SELECT", b" 1;", b" SELECT"]
    >>> [one.piece for one in cut_tokens([TokenLogprob(piece, -0.5) for piece in pieces], "SELECT 1")]
    [b'SELECT', b' 1;']
    """
    kept, left = [], len(text.encode(errors="replace"))
    for token in tokens:
        if left <= 0:
            break
        kept.append(token)
        left -= len(token.piece)
    return tuple(kept)


def held_back(text: str, stop: Sequence[str]) -> int:
    """Length of the longest end of `text` that may still become a stop string.

    >>> held_back("SELECT 1\\n##", ("\\n###",))
    3
    """
    longest = max((len(mark) for mark in stop), default=0) - 1
    return next(
        (
            size
            for size in range(min(longest, len(text)), 0, -1)
            if any(mark.startswith(text[-size:]) for mark in stop)
        ),
        0,
    )


def stream_until(texts: Iterable[str], stop: Sequence[str]) -> Iterator[str]:
    """Yields new pieces of a growing text; a piece waits while it may belong to a stop string.

    Args:
        texts: The whole text so far, once per step.
        stop: The earliest of these ends the stream; neither it nor anything after it is yielded.
    """
    shown = 0
    text = ""
    for text in texts:
        kept, over = cut(text, stop)
        ready = len(kept) if over else len(text) - held_back(text, stop)
        if ready > shown:
            yield text[shown:ready]
            shown = ready
        if over:
            return
    if len(text) > shown:
        yield text[shown:]
