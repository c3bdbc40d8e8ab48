"""Rules that vary a clause: sum and average, highest and lowest, ascending and descending, more and
less.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from nshot.sql import Token, scan


class Variant(NamedTuple):
    """A question and its SQL after one change."""

    question: str
    sql: str
    change: str
    """What was changed, such as `avg to sum`."""


_EXTREMES: Final = {
    "highest": "lowest",
    "largest": "smallest",
    "biggest": "smallest",
    "greatest": "smallest",
    "longest": "shortest",
    "heaviest": "lightest",
    "tallest": "shortest",
    "oldest": "youngest",
    "latest": "earliest",
    "newest": "oldest",
    "maximum": "minimum",
    "best": "worst",
    "lowest": "highest",
    "smallest": "largest",
    "shortest": "longest",
    "lightest": "heaviest",
    "youngest": "oldest",
    "earliest": "latest",
    "minimum": "maximum",
    "fewest": "most",
    "least": "most",
    "worst": "best",
    "cheapest": "most expensive",
    "most expensive": "cheapest",
}
"""Words of one end of an order, and those of the other. `most` is apart: its opposite depends on
what follows."""
_SIDES: Final = {
    "more than": "less than",
    "greater than": "less than",
    "larger than": "smaller than",
    "higher than": "lower than",
    "longer than": "shorter than",
    "older than": "younger than",
    "above": "below",
    "over": "under",
    "after": "before",
    "at least": "at most",
    "less than": "more than",
    "fewer than": "more than",
    "smaller than": "larger than",
    "lower than": "higher than",
    "shorter than": "longer than",
    "younger than": "older than",
    "below": "above",
    "under": "over",
    "before": "after",
    "at most": "at least",
}
_OPERATORS: Final = {">": "<", "<": ">", ">=": "<=", "<=": ">="}
_DIRECTIONS: Final = {"ascending": "descending", "descending": "ascending"}
_MOST: Final = re.compile(r"\bmost (\w+)", re.IGNORECASE)


def vary_aggregate(question: str, sql: str) -> Iterator[Variant]:
    """The sum in place of the average, and the other way round.

    >>> next(vary_aggregate("What is the average price?", "SELECT avg(price) FROM product"))[:2]
    ('What is the total price?', 'SELECT sum(price) FROM product')
    """
    words = {"avg": {"average": "total", "mean": "total"}, "sum": {"total": "average"}}
    token = _only([one for one in scan(sql) if one.kind == "function" and one.text in words])
    if token is None:
        return
    new = "sum" if token.text == "avg" else "avg"
    asked = _exchange_word(question, words[token.text])
    if asked is not None and not _names(sql, words[token.text]):
        yield Variant(asked, _put(sql, token, new), f"{token.text} to {new}")


def vary_extreme(question: str, sql: str) -> Iterator[Variant]:
    """The lowest in place of the highest, by min and max or by the order of the rows."""
    tokens = scan(sql)
    extremes = [one for one in tokens if one.kind == "function" and one.text in ("min", "max")]
    orders = [one for one in tokens if (one.kind, one.text) == ("keyword", "order")]
    asked = _exchange_word(question, _EXTREMES) or _exchange_most(question)
    if asked is None or bool(extremes) == bool(orders):
        return
    if token := _only(extremes):
        new = "min" if token.text == "max" else "max"
        yield Variant(asked, _put(sql, token, new), f"{token.text} to {new}")
    elif len(orders) == 1 and any(one.text == "limit" for one in tokens):
        yield from _turn(asked, sql, tokens)


def vary_direction(question: str, sql: str) -> Iterator[Variant]:
    """Descending in place of ascending order."""
    tokens = scan(sql)
    asked = _exchange_word(question, _DIRECTIONS)
    if asked is not None and sum(one.text == "order" for one in tokens) == 1:
        yield from _turn(asked, sql, tokens)


def vary_side(question: str, sql: str) -> Iterator[Variant]:
    """Less in place of more, before in place of after."""
    token = _only([one for one in scan(sql) if one.kind == "op" and one.text in _OPERATORS])
    asked = None if token is None else _exchange_word(question, _SIDES)
    if token is not None and asked is not None:
        new = _OPERATORS[token.text]
        yield Variant(asked, _put(sql, token, new), f"{token.text} to {new}")


CLAUSE_RULES: Final[tuple[Callable[[str, str], Iterator[Variant]], ...]] = (
    vary_aggregate,
    vary_extreme,
    vary_direction,
    vary_side,
)


def _names(sql: str, words: Mapping[str, str]) -> bool:
    """Whether a name of the SQL, such as `total_value`, holds one of the words."""
    names = [one.text.lower() for one in scan(sql) if one.kind in ("name", "quoted", "dquoted")]
    return any(word in name for word in words for name in names)


def _turn(question: str, sql: str, tokens: Sequence[Token]) -> Iterator[Variant]:
    """The order of one column turned round; nothing for several columns."""
    at = next(place for place, one in enumerate(tokens) if one.text == "order")
    depth, key = 0, []
    for one in tokens[at + 2 :]:
        depth += (one.text == "(") - (one.text == ")")
        if depth < 0 or (one.text in ("limit", ",", ";") and not depth):
            break
        key.append(one)
    if not key or _follows_comma(tokens, key[-1]):
        return
    last = key[-1]
    if last.text == "desc":
        yield Variant(question, _put(sql, last, "ASC"), "desc to asc")
    elif last.text == "asc":
        yield Variant(question, _put(sql, last, "DESC"), "asc to desc")
    else:
        end = last.start + len(last.text)
        yield Variant(question, f"{sql[:end]} DESC{sql[end:]}", "asc to desc")


def _follows_comma(tokens: Sequence[Token], last: Token) -> bool:
    at = tokens.index(last) + 1
    return at < len(tokens) and tokens[at].text == ","


def _only(tokens: Sequence[Token]) -> Token | None:
    return tokens[0] if len(tokens) == 1 else None


def _put(sql: str, token: Token, text: str) -> str:
    return sql[: token.start] + text + sql[token.start + len(token.text) :]


def _exchange_word(question: str, words: Mapping[str, str]) -> str | None:
    """The question with the one word of the table that it has exchanged; None if it has none or
    several.
    """
    longest_first = sorted(words, key=len, reverse=True)
    pattern = re.compile(rf"\b(?:{'|'.join(map(re.escape, longest_first))})\b", re.IGNORECASE)
    found = list(pattern.finditer(question))
    if len(found) != 1:
        return None
    (match,) = found
    if match[0].lower() != "most expensive" and _MOST.search(question):
        return None
    return question[: match.start()] + _like(match[0], words[match[0].lower()]) + question[match.end() :]


def _exchange_most(question: str) -> str | None:
    """The question with the opposite of its one `most`: `fewest songs`, `least popular`."""
    found = list(_MOST.finditer(question))
    if len(found) != 1:
        return None
    (match,) = found
    plural = match[1].lower().endswith("s") and not match[1].lower().endswith(("ss", "ous"))
    new = _like(match[0], "fewest" if plural else "least")
    return f"{question[: match.start()]}{new} {match[1]}{question[match.end() :]}"


def _like(old: str, new: str) -> str:
    """The new word with a capital where the old one has it."""
    return new[0].upper() + new[1:] if old[0].isupper() else new
