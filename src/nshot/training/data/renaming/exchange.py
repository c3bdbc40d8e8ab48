"""Exchanges words of an identifier for others, in its own spelling."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from nshot.retrieval import NAME_PART
from nshot.stemming import strip_plural

LONGEST: Final = 3
"""Maximum number of words of a name that is exchanged."""
Words = tuple[str, ...]


def exchange_words(identifier: str, chosen: dict[Words, Words]) -> str:
    """The identifier with exchanged words, in its own spelling.

    >>> exchange_words("Singer_ID", {("singer",): ("concert", "hall")})
    'Concert_Hall_ID'
    >>> exchange_words("singersAge", {("singer",): ("hall",)})
    'hallsAge'
    """
    parts = list(NAME_PART.finditer(identifier))
    stems = [strip_plural(part.group().lower()) for part in parts]
    joint = " " if " " in identifier else "_" if "_" in identifier or identifier.islower() else ""
    out, at, i = [], 0, 0
    while i < len(parts):
        key = longest_key(chosen, stems, i)
        if key:
            first, last = parts[i].group(), parts[i + len(key) - 1]
            words = in_number(chosen[key], last.group(), stems[i + len(key) - 1]).split(" ")
            out += [identifier[at : parts[i].start()], joint.join(_spell(words, first, joint))]
            at = last.end()
        i += len(key) or 1
    return "".join([*out, identifier[at:]])


def _spell(words: Sequence[str], like: str, joint: str) -> list[str]:
    if len(like) > 1 and like.isupper():
        return [word.upper() for word in words]
    if like[0].isupper():
        return [word.capitalize() for word in words]
    return [words[0], *(words[1:] if joint else (word.capitalize() for word in words[1:]))]


def longest_key(chosen: dict[Words, Words], stems: Sequence[str], i: int) -> Words:
    """The longest key that begins at place i of the stems; () for none."""
    for length in range(min(LONGEST, len(stems) - i), 0, -1):
        if (key := tuple(stems[i : i + length])) in chosen:
            return key
    return ()


def in_number(words: Words, last: str, stemmed: str) -> str:
    """The words as text, in the plural if the last of the old words was.

    >>> in_number(("city",), "Singers", "singer"), in_number(("city",), "singer", "singer")
    ('cities', 'city')
    """
    text = " ".join(words)
    if last.lower() == stemmed or strip_plural(words[-1]) != words[-1]:
        return text
    if text.endswith("y") and text[-2:-1] not in tuple("aeiou"):
        return text[:-1] + "ies"
    return text + ("es" if text.endswith(("s", "x", "ch", "sh")) else "s")
