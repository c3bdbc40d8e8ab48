"""Execution accuracy as in Spider's test-suite evaluation.

Source: https://github.com/taoyds/test-suite-sql-eval, e97acc5 (Zhong, Yu and Klein 2020,
https://arxiv.org/abs/2010.02840). A prediction passes if its result is equivalent to gold's on
every database file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from nshot.eval.execution.distinct import without_distinct
from nshot.eval.execution.equivalence import compare_results

if TYPE_CHECKING:
    from nshot.eval.config import EvalConfig
    from nshot.eval.execution.pair import ResultPair
    from nshot.eval.execution.result import Match

_APART: Final = (("> =", ">="), ("< =", "<="), ("! =", "!="))
_YEAR: Final = re.compile(r"year\s*\(\s*curdate\s*\(\s*\)\s*\)\s*", re.IGNORECASE)


def gold_text(sql: str, config: EvalConfig) -> str:
    """The text executed for gold; empty if there is none."""
    return _fix_year(_prepare(sql, config))


def candidates(predicted: str, gold: str, config: EvalConfig) -> Iterator[str]:
    """The texts executed for a prediction; the first one that passes is enough. Nothing for a blank
    prediction.

    Args:
        predicted: The prediction, unchanged.
        gold: The gold SQL, unchanged.
        config: `keep_distinct` keeps DISTINCT, `plug_value` adds candidates with gold's values.
    """
    if not predicted.strip():
        return
    text = _prepare(predicted.replace("value", "1"), config)
    yield _fix_year(text)
    if config.plug_value:
        from nshot.eval.execution.plug import plug_values

        yield from map(_fix_year, plug_values(text, _prepare(gold, config)))


def match(pair: ResultPair) -> Match:
    """Equivalence of the two results; the row order counts if gold's text contains `order by`
    anywhere.
    """
    return compare_results(pair.gold, pair.predicted, ordered="order by" in pair.gold_text.lower())


def _prepare(sql: str, config: EvalConfig) -> str:
    for apart, operator in _APART:
        sql = sql.replace(apart, operator)
    return sql if config.keep_distinct else without_distinct(sql) or ""


def _fix_year(sql: str) -> str:
    return _YEAR.sub("2020", sql)
