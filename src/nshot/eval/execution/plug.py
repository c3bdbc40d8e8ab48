"""Replace a prediction's values with gold's, as in the official test-suite evaluation."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice, product
from typing import Final

from nshot.eval.execution.distinct import first_statement

LIMIT: Final = 10_000
"""Candidates that are tried at most; the official program has no limit and may not terminate."""

_MARK: Final = "\ue000"
_ALIAS: Final = re.compile(r"(T\d+\.)\s")
_DECIMAL: Final = re.compile(r"[-+]?\d*\.\d+")
_INTEGER: Final = re.compile(r"[^tT]\d+")


def plug_values(predicted: str, gold: str) -> Iterator[str]:
    """Predictions with gold's distinct values in every place of a value, in every combination.

    At most LIMIT; none if the prediction has values and gold has none.

    >>> list(plug_values("SELECT a FROM t WHERE b = 'x'", "SELECT a FROM t WHERE b = 'y' LIMIT 3"))
    ["select a from t where b = 'y'", 'select a from t where b = 3']
    """
    words, _ = _analyse(predicted)
    values = list(dict.fromkeys(_analyse(gold)[1]))
    for filling in islice(product(values, repeat=words.count(_MARK)), LIMIT):
        rest = iter(filling)
        yield " ".join(next(rest) if word == _MARK else word for word in words)


def _analyse(sql: str) -> tuple[list[str], list[str]]:
    """The lower-cased words of a text with a placeholder for each value, and the values."""
    pieces = first_statement(sql.strip().replace(";", "").replace("\t", ""))
    tokens = [piece for piece in pieces if piece.kind not in ("blank", "break")]
    text = _ALIAS.sub(r"\1", " ".join(token.text for token in tokens))
    values = [token.text for token in tokens if token.kind == "quoted" and token.text[0] in "'\""]
    for value in values:
        text = text.replace(value, _MARK)
    words = text.split()
    for pattern in (_DECIMAL, _INTEGER):
        found = {match.strip() for match in pattern.findall(" ".join(words))}
        values += [word for word in words if word in found]
        words = [_MARK if word in found else word for word in words]
    return [word if word == _MARK else word.lower() for word in words], values
