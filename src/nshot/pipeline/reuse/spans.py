"""The values that a question names, and the question without them.

Two questions that are the same but for values have one pattern: "Who was born in 1990?" and "who
was born in 1984" are both `who was born in [number]`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, Literal, NamedTuple

from nshot.pairs import same_question_key
from nshot.types import CellMatch

Kind = Literal["cell", "date", "number", "quoted"]

NUMBER_WORDS: Final = {
    word: str(number)
    for number, word in enumerate(
        "one two three four five six seven eight nine ten eleven twelve".split(), start=1
    )
}
_DATE: Final = re.compile(r"(?<![\w-])\d{4}-\d{2}-\d{2}(?![\w-])")
_NUMBER: Final = re.compile(r"(?<![\w.,-])-?\d+(?:\.\d+)?(?![\w]|[.,]\d)")
_WORD: Final = re.compile(r"\b(?:" + "|".join(NUMBER_WORDS) + r")\b", re.IGNORECASE)
_QUOTED: Final = re.compile(r"\"([^\"\n]+)\"|“([^”\n]+)”|(?<!\w)'([^'\n]+)'(?!\w)")


class ValueSpan(NamedTuple):
    """A value in a question."""

    kind: Kind
    text: str
    """As SQL would have it, apart from quotes: digits for a number word, without the quotes of a
    quoted text."""
    start: int
    end: int
    cells: tuple[CellMatch, ...] = ()
    """The columns that hold it, for kind `cell`."""


class QuestionPattern(NamedTuple):
    """A question apart from its values."""

    key: str
    """Equal for two questions that are the same but for values of the same kinds."""
    spans: tuple[ValueSpan, ...]


def find_pattern(question: str, matches: Sequence[CellMatch]) -> QuestionPattern:
    """The pattern of a question.

    Args:
        question: Its text.
        matches: Cell values in it; several columns may share one span.

    >>> found = find_pattern("Name two singers born in 1990.", ())
    >>> found.key, [span.text for span in found.spans]
    ('name [number] singers born in [number]', ['2', '1990'])
    """
    spans: list[ValueSpan] = []
    for kind, found in (("quoted", _QUOTED), ("date", _DATE)):
        for match in found.finditer(question):
            inner = next((group for group in match.groups() if group is not None), match.group())
            _place(spans, ValueSpan(kind, inner, match.start(), match.end()))  # type: ignore[arg-type]
    for start, end in dict.fromkeys((match.start, match.end) for match in matches):
        cells = tuple(match for match in matches if (match.start, match.end) == (start, end))
        _place(spans, ValueSpan("cell", question[start:end], start, end, cells))
    for match in _NUMBER.finditer(question):
        _place(spans, ValueSpan("number", match.group(), match.start(), match.end()))
    for match in _WORD.finditer(question):
        word = NUMBER_WORDS[match.group().lower()]
        _place(spans, ValueSpan("number", word, match.start(), match.end()))
    spans.sort(key=lambda span: span.start)
    out, at = [], 0
    for span in spans:
        kind = "cell" if span.kind == "quoted" else span.kind
        out += [question[at : span.start], f"[{kind}]"]
        at = span.end
    return QuestionPattern(same_question_key("".join([*out, question[at:]])), tuple(spans))


def _place(spans: list[ValueSpan], new: ValueSpan) -> None:
    """Adds a span that overlaps none; a cell inside a quoted text lends it its columns."""
    for at, old in enumerate(spans):
        if new.start < old.end and old.start < new.end:
            whole = new.kind == "cell" and old.kind == "quoted" and new.text == old.text
            if whole:
                spans[at] = old._replace(cells=new.cells)
            return
    spans.append(new)
