r"""What a word is, in every script: the one place that cuts texts and brings words to one form.

Cell values, keyword search, masking and schema linking compare words of questions with words of
databases. A word is a run of letters with the marks on them (`Café` also with a combining accent,
`हिन्दी`), or of digits. Chinese, Japanese, Korean, Thai, Lao, Khmer and Burmese are written without
blanks between words, or with particles on them. There each character counts as a word of its own
here, and keyword search takes pairs of neighbours (`terms_of`), which needs no dictionary.
Characters are Unicode's grapheme clusters.

Texts of ASCII alone, most English ones, take a short way with the same result.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import pairwise
from typing import Final, NamedTuple

import regex

UNSPACED: Final = (
    r"\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}\p{Bopomofo}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}"
    r"\u3005\u3007\u30fc\uff70"
)
"""The characters of scripts in which a blank does not end a word, for a class of the module
`regex`.
"""
CHARACTER: Final = rf"(?:(?=[{UNSPACED}])\X)"
"""Pattern of one character of such a script."""
MARK: Final = r"\p{M}\u200c\u200d"
"""Marks on letters and the joiners between them, which are a part of the word, for a class."""
LETTER: Final = rf"(?:(?![{UNSPACED}])[\p{{L}}\p{{Nl}}\p{{No}}][{MARK}]*)"
"""Pattern of one letter of the other scripts with its marks."""

_ASCII_TOKEN: Final = re.compile(r"[A-Za-z0-9]+")
_TOKEN: Final = regex.compile(rf"{CHARACTER}|(?:{LETTER}|\p{{Nd}})+")
_UNSPACED: Final = regex.compile(rf"[{UNSPACED}]")
_LETTER: Final = regex.compile(r"\p{L}")

_DROPPED: Final = re.compile("[\u0307\u0640\u064b-\u0652\u0670\u200c\u200d]")
"""The dot that an i keeps from the Turkish capital; Arabic vowel signs and the stretched line;
joiners.
"""
_ALIKE: Final = str.maketrans("ıأإآٱىة", "iاااايه")
"""Letters that people write for one another: the Turkish i without a dot, and forms of Arabic
letters.
"""
_ARTICLES: Final = ("وال", "بال", "كال", "فال", "ال", "لل")
"""The Arabic article, with what is written together with it."""


class Word(NamedTuple):
    """A word of a text, at its place."""

    text: str
    """In the form in which words are compared, see `fold`."""
    start: int
    end: int
    """`text[start:end]` is the word as it is written."""


def tokens(text: str) -> Iterator[Word]:
    """The words of a text in order; a character of a script without blanks is one.

    >>> [token.text for token in tokens("Zürich 北京 2024?")]
    ['zürich', '北', '京', '2024']
    """
    pattern = _ASCII_TOKEN if text.isascii() else _TOKEN
    for found in pattern.finditer(text):
        yield Word(fold(found[0]), found.start(), found.end())


@lru_cache(maxsize=1 << 16)
def fold(word: str) -> str:
    """The form in which words are compared: letter case, forms of one letter and of digits do not
    count.

    >>> fold("İSTANBUL"), fold("Cafe\u0301") == fold("CAFÉ"), fold("２０２４"), fold("٢٠٢٤")
    ('istanbul', True, '2024', '2024')
    """
    if word.isascii():
        return word.lower()
    plain = unicodedata.normalize("NFKC", word).casefold()
    plain = _DROPPED.sub("", plain).translate(_ALIKE)
    digits = "".join(str(unicodedata.decimal(one)) if one.isdecimal() else one for one in plain)
    return unicodedata.normalize("NFKC", digits)


def has_letter(text: str) -> bool:
    """Whether a letter of any script is in the text."""
    return _LETTER.search(text) is not None


def is_unspaced(word: str) -> bool:
    """Whether the word is in a script that puts no blanks between words.

    >>> is_unspaced("京"), is_unspaced("kyoto")
    (True, False)
    """
    return not word.isascii() and _UNSPACED.match(word) is not None


def terms_of(found: Iterable[Word]) -> list[str]:
    """Words as keyword search counts them: pairs of neighbours where there are no blanks, else as
    they are.

    A single character with no neighbour is a term of its own.

    >>> terms_of(tokens("有多少客户？ two 店"))
    ['有多', '多少', '少客', '客户', 'two', '店']
    """
    counted: list[str] = []
    run: list[Word] = []
    for token in found:
        if run and not (is_unspaced(token.text) and token.start == run[-1].end):
            counted += _bigrams(run)
            run = []
        if is_unspaced(token.text):
            run.append(token)
        else:
            counted.append(token.text)
    return counted + _bigrams(run)


def without_article(word: str) -> str:
    """An Arabic word without its article; any other word as it is.

    >>> without_article("العملاء"), without_article("the")
    ('عملاء', 'the')
    """
    if word.isascii():
        return word
    for article in _ARTICLES:
        if word.startswith(article) and len(word) - len(article) > 2:
            return word[len(article) :]
    return word


def _bigrams(run: list[Word]) -> list[str]:
    if len(run) == 1:
        return [run[0].text]
    return [a.text + b.text for a, b in pairwise(run)]
