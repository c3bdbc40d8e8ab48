"""Tokens of a statement as Spider's evaluators see them: words as in English prose, with whole SQL
strings.

The official programs split with nltk's `word_tokenize`
(https://www.nltk.org/api/nltk.tokenize.html); these are its rules for text without quotes. Its
sentence splitter is left out, because it matters only for a number with a trailing full stop before
a capitalised word. T1 to T7 are the rules of docs/evaluation.md.
"""

from __future__ import annotations

import re
from typing import Final

from nshot.eval.spider.errors import SpiderParseError

_BACKTICKS_AND_OPENING: Final = re.compile(r"[«“‘„]|``|`")
_FINAL_STOP: Final = re.compile(r"(?<=[^.])\.(?=[\])}>»”’ ]*+\s*+\Z)")
_BEFORE_NO_DIGIT: Final = re.compile(r"([,:])(\D)")
_RUN_OF_STOPS: Final = re.compile(r"\.{2,}")
_ALONE: Final = re.compile(r"[;@#$%&\u2012-\u2015?!*\[\](){}<>»”’]|--")
_CONTRACTIONS: Final = ("cannot", "gimme", "gonna", "gotta", "lemme", "wanna")
_CONTRACTION: Final = re.compile(r"\b(?:cannot|gimme|gonna|gotta|lemme)\b|\bwanna(?=\s|\Z)", re.IGNORECASE)
_STEMS: Final = re.compile("_string+")
_COMPARED: Final = frozenset("!<>")


def tokenise(sql: str) -> list[str]:
    """Lower-case tokens of `sql`; strings are in double quotes and keep their letter case.

    A string glued to other characters is no longer a string: it becomes an opaque word without
    quotes.

    Raises:
        SpiderParseError: The number of quotes is odd; an apostrophe within a string counts as a
            quote.

    >>> tokenise("SELECT a.Name FROM a WHERE x >= 'New York' AND y>=2")
    ['select', 'a.name', 'from', 'a', 'where', 'x', '>=', '"New York"', 'and', 'y', '>', '=2']
    """
    text = sql.replace("'", '"')  # T1: the official programs do not distinguish the kinds of quotes
    strings: dict[str, str] = {}
    if '"' in text:
        text, strings = _cut_out_strings(text)
    words = _split(text)
    if strings:
        # T6: only a word that is exactly a placeholder becomes a string again.
        words = [strings.get(word, word) for word in words]
    return _glue_comparisons(words) if "=" in words else words


def _cut_out_strings(text: str) -> tuple[str, dict[str, str]]:
    """T2 and T3: the text with a placeholder word for each string, and the strings by
    placeholder."""
    parts = text.split('"')
    if len(parts) % 2 == 0:
        raise SpiderParseError(
            f"expected an even number of quotes, got {len(parts) - 1}; write strings without quotes in them"
        )
    # The placeholder must not occur in the text: its stem is longer than any similar word there.
    stem = max(_STEMS.findall(text.lower()), key=len, default="_strin") + "g"
    strings: dict[str, str] = {}
    for place in range(1, len(parts), 2):
        word = f"{stem}{place}_"
        strings[word] = f'"{parts[place]}"'
        parts[place] = word
    return "".join(parts), strings


def _split(text: str) -> list[str]:
    """T4 and T5 in nltk's order; each rule looks only where its characters occur."""
    if not text.isascii() or "`" in text:
        text = _BACKTICKS_AND_OPENING.sub(r" \g<0> ", text)
    if "." in text:
        text = _FINAL_STOP.sub(" . ", text)  # the full stop at the end of the text
    if "," in text or ":" in text:
        text = _BEFORE_NO_DIGIT.sub(r" \1 \2", text)  # the match also consumes the character after it
        if text[-1] in ",:":
            text = f"{text[:-1]} {text[-1]}"
    if ".." in text:
        text = _RUN_OF_STOPS.sub(r" \g<0> ", text)
    text = _ALONE.sub(r" \g<0> ", text)  # these rules do not affect each other
    lowered = text.lower()
    if not text.isascii() or any(word in lowered for word in _CONTRACTIONS):
        text = _CONTRACTION.sub(lambda found: f" {found[0][:3]} {found[0][3:]} ", text)
        return text.lower().split()
    return lowered.split()


def _glue_comparisons(words: list[str]) -> list[str]:
    """T7: `!`, `<` or `>` and a following `=` become one word."""
    glued: list[str] = []
    for word in words:
        if word == "=" and glued and glued[-1] in _COMPARED:
            glued[-1] += "="
        else:
            glued.append(word)
    return glued
