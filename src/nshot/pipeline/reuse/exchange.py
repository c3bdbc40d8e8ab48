"""A verified pair whose question is the same but for values: its SQL with the values exchanged."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from nshot.pairs import Pair
from nshot.pipeline.databases.sources import ValueLookup
from nshot.pipeline.reuse.spans import QuestionPattern, ValueSpan, find_pattern
from nshot.pipeline.reuse.verified import VerifiedPairs
from nshot.sql import Token, scan, unquote
from nshot.types import Question, ReusedPair

_STRINGS = ("string", "dquoted")


class ExchangedReuse:
    """Answers a question by the pair that asks the same with other values.

    A value takes the place of another one only if both are of one kind (a cell value of the same
    column, a number, a date, a text in quotes), and if the SQL has the old one as a literal of its
    own. A question with another word (another aggregate, a negation, another table) has another
    pattern, and is not answered.
    """

    def __init__(self, book: VerifiedPairs, values: Callable[[str], ValueLookup]) -> None:
        """
        Args:
            book: The verified pairs.
            values: The cell values of a database.
        """
        self._book, self._values = book, values
        self._patterns: dict[str, QuestionPattern] = {}

    def find(self, question: Question) -> ReusedPair | None:
        """The pair with the values of the question; None if there is none, or several that
        contradict.
        """
        if question.evidence:
            return None
        asked = find_pattern(question.text, self._values(question.db_id).matches(question.text))
        if not asked.spans:
            return None
        found: dict[str, tuple[Pair, list[tuple[str, str]]]] = {}
        for pair in self._book.active():
            if pair.db_id != question.db_id:
                continue
            known = self._pattern(pair)
            if known.key != asked.key:
                continue
            exchanged = exchange_values(pair.sql, known.spans, asked.spans)
            if exchanged is not None:
                found.setdefault(exchanged[0], (pair, exchanged[1]))
        if len(found) != 1:
            return None
        ((sql, (pair, changes)),) = found.items()
        told = ", ".join(f"{old} to {new}" for old, new in changes)
        note = f"from your pair {pair.id}, " + (f"value exchanged: {told}" if told else "the same values")
        example = pair.example
        return ReusedPair(type(example)(example.id, example.question, sql, example.db_id), "exchanged", note)

    def _pattern(self, pair: Pair) -> QuestionPattern:
        if pair.id not in self._patterns:
            matches = self._values(pair.db_id).matches(pair.question)
            self._patterns[pair.id] = find_pattern(pair.question, matches)
        return self._patterns[pair.id]


def exchange_values(
    sql: str, old: Sequence[ValueSpan], new: Sequence[ValueSpan]
) -> tuple[str, list[tuple[str, str]]] | None:
    """The SQL with new values in place of old ones, and what was exchanged.

    Args:
        sql: Of the old question.
        old: The values of the old question, in order.
        new: Those of the new one; as many, of the same kinds.

    Returns:
        None if it is not certain which literal stands for which value.
    """
    tokens = [token for token in scan(sql) if token.kind in (*_STRINGS, "number")]
    edits: dict[int, tuple[Token, str]] = {}
    changes = []
    for place, (before, after) in enumerate(zip(old, new, strict=True)):
        if before.text == after.text and before.cells == after.cells:
            continue
        literals = _literals(before, tokens)
        others = [span for at, span in enumerate(old) if at != place]
        shared = any(
            _literals(span, tokens) and _overlap(_literals(span, tokens), literals) for span in others
        )
        spelled = _spell(before, after)
        if not literals or shared or spelled is None:
            return None
        for token in literals:
            edits[token.start] = (token, _write(token, before, spelled))
        changes.append((before.text, after.text))
    out, at = [], 0
    for start in sorted(edits):
        token, text = edits[start]
        out += [sql[at:start], text]
        at = start + len(token.text)
    return "".join([*out, sql[at:]]), changes


def _literals(span: ValueSpan, tokens: Sequence[Token]) -> list[Token]:
    """The literals of the SQL that stand for the value."""
    texts = {span.text.casefold(), *(cell.value.casefold() for cell in span.cells)}
    if span.kind == "number":
        return [one for one in tokens if unquote(one) in texts]
    strings = [one for one in tokens if one.kind in _STRINGS]
    whole = [one for one in strings if unquote(one).casefold() in texts]
    return whole or [one for one in strings if unquote(one).strip("%").casefold() in texts]


def _overlap(some: Sequence[Token], others: Sequence[Token]) -> bool:
    return not {one.start for one in some}.isdisjoint(one.start for one in others)


def _spell(before: ValueSpan, after: ValueSpan) -> str | None:
    """The new value as the SQL is to have it; None if its column does not hold it."""
    if not before.cells:
        return after.text if not after.cells or after.kind == "quoted" else None
    columns = {(cell.table, cell.column) for cell in before.cells}
    stored = {cell.value for cell in after.cells if (cell.table, cell.column) in columns}
    if len(stored) == 1:
        return stored.pop()
    return after.text if after.kind == "quoted" and not after.cells else None


def _write(token: Token, before: ValueSpan, value: str) -> str:
    """The literal with the new value, in the quotes and between the signs of the old one."""
    if token.kind == "number":
        return value
    mark, body = token.text[0], unquote(token)
    core = body.strip("%") if body.casefold() != before.text.casefold() else body
    return mark + body.replace(core, value, 1).replace(mark, mark * 2) + mark
