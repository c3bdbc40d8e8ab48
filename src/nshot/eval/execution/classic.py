"""Execution accuracy as in Spider's first evaluation.

Source: `eval_exec_match` of https://github.com/taoyds/spider, b7b5b8c (Yu et al. 2018,
https://arxiv.org/abs/1809.08887). It pairs the result columns by their parsed select items. The
texts are executed unchanged.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from nshot.eval.execution.result import BOTH_EMPTY, EQUAL, Match, ResultRows, shape_differs

if TYPE_CHECKING:
    from nshot.eval.config import EvalConfig
    from nshot.eval.execution.pair import ResultPair


def gold_text(sql: str, config: EvalConfig) -> str:
    """The gold SQL, unchanged."""
    del config
    return sql


def candidates(predicted: str, gold: str, config: EvalConfig) -> Iterator[str]:
    """The prediction, unchanged; nothing for a blank one."""
    del gold, config
    if predicted.strip():
        yield predicted


def match(pair: ResultPair) -> Match:
    """Whether both results have the same columns, in the same row order, for the same select
    items."""
    gold_keys, keys = pair.select_keys(pair.gold_text), pair.select_keys(pair.predicted_text)
    if gold_keys and not keys:
        return Match(False, "unparsable", "by Spider's parser, which this mode requires")
    try:
        same = _by_item(gold_keys, pair.gold) == _by_item(keys, pair.predicted)
    except IndexError:
        return Match(False, "crash", "more select items than result columns")
    if same:
        return EQUAL if pair.gold else BOTH_EMPTY
    return _difference(pair.gold, pair.predicted)


def _by_item(keys: Sequence[Hashable], rows: ResultRows) -> dict[Hashable, list[Any]]:
    """The cells of each select item's column; a later item replaces an earlier one of its key."""
    return {key: [row[i] for row in rows] for i, key in enumerate(keys)}


def _difference(gold: ResultRows, predicted: ResultRows) -> Match:
    if not gold and not predicted:
        return Match(False, "values", "no rows, but different select items")
    if differs := shape_differs(gold, predicted):
        return differs
    if sorted(map(repr, gold)) == sorted(map(repr, predicted)):
        return Match(False, "values" if list(gold) == list(predicted) else "row order")
    return Match(False, "values")
