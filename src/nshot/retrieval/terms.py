"""Split texts into the terms that BM25 counts."""

from __future__ import annotations

import re
from itertools import pairwise

import regex

from nshot.index import Field
from nshot.retrieval.linking import HINTS
from nshot.words import CHARACTER, LETTER, Word, fold, terms_of

_WORD = re.compile(r"\w+")
_TERM = regex.compile(rf"{CHARACTER}|(?:{LETTER}|\p{{Nd}}|_)+")
"""The same for texts beyond ASCII; a character of a script without blanks is one."""


def question_terms(text: str) -> list[str]:
    """The words of a question, in the form in which words are compared.

    >>> question_terms("How many Singers?"), question_terms("有多少供应商？")
    (['how', 'many', 'singers'], ['有多', '多少', '少供', '供应', '应商'])
    """
    if text.isascii():
        return _WORD.findall(text.lower())
    return terms_of(Word(fold(found[0]), found.start(), found.end()) for found in _TERM.finditer(text))


def split_masked(masked: str) -> list[str]:
    """Tokens, bigrams, skip-bigrams with one token between, and each token paired with the number
    of tables.

    Once names are masked, the order of the function words distinguishes "the number of" from "of
    the number". With single tokens alone, 4 percentage points fewer identical skeletons are found
    (docs/retrieval.md). The number of tables at the end (linking.py) is paired with each word,
    because it indicates a join.

    >>> split_masked("how many [table]")
    ['how', 'many', '[table]', 'how many', 'many [table]', 'how * [table]']
    >>> split_masked("how many [one-table]")
    ['how', 'many', 'how many', 'how [one-table]', 'many [one-table]']
    """
    tokens = masked.split()
    hint = tokens.pop() if tokens and tokens[-1] in HINTS else ""
    return [
        *tokens,
        *(f"{a} {b}" for a, b in pairwise(tokens)),
        *(f"{a} * {b}" for a, b in zip(tokens, tokens[2:], strict=False)),
        *(f"{token} {hint}" for token in tokens if hint),
    ]


TERMS = {"question": question_terms, "masked": split_masked}


def terms(field: Field, text: str) -> list[str]:
    """The BM25 terms of a text of the given field."""
    return TERMS[field](text)
