"""Judge predictions by exact set match; a judge belongs to one database and is called many
times."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from nshot.eval.spider.components import compare, exact_match
from nshot.eval.spider.errors import OfficialCrashError, SpiderParseError
from nshot.eval.spider.hardness import structure_hardness
from nshot.eval.spider.normal import normal_form
from nshot.eval.spider.parse import parse_statement
from nshot.eval.spider.schema import SpiderSchema
from nshot.eval.spider.statement import EMPTY, ColumnName, SpiderStatement
from nshot.sql import hardness
from nshot.types import Component


@dataclass(frozen=True, slots=True)
class ExactMatch:
    """The exact match of one prediction with its gold SQL."""

    em: bool | None
    """None if the official program would raise an exception; count it as wrong."""
    hardness: str
    """Hardness of the gold: easy, medium, hard or extra."""
    parse_error: bool
    """Spider's parser cannot read the prediction; it was compared as an empty statement."""
    crash: str
    """Why `em` is None; empty if it is not."""
    components: tuple[Component, ...]
    """Matches by component, in the order of COMPONENTS; empty if `em` is None."""
    gold_read: bool = True
    """Spider's parser can read the gold."""

    @property
    def official_match(self) -> bool | None:
        """`em` as counted: a crash over the prediction is wrong; None only if gold cannot be
        read."""
        return False if self.em is None and self.gold_read else self.em


class _Gold(NamedTuple):
    """A gold statement, ready for comparison."""

    normal: SpiderStatement | None
    hardness: str
    crash: str


def suite_text(sql: str) -> str:
    """The prediction as the newer official program reads it, for exact match and for execution.

    >>> suite_text("SELECT value FROM t WHERE a = 'values' AND b = 'Value'")
    "SELECT 1 FROM t WHERE a = '1s' AND b = 'Value'"
    """
    return sql.replace("value", "1")


class SpiderJudge:
    """Exact set match on one database. Each gold text is parsed once, for all systems judged
    against it.
    """

    def __init__(
        self, schema: SpiderSchema, classes: Mapping[ColumnName, ColumnName], *, classic: bool = False
    ) -> None:
        """
        Args:
            schema: Tables and columns of the database.
            classes: From `foreign_key_classes`.
            classic: Judge as the older official program (taoyds/spider); otherwise as the newer one
                (taoyds/test-suite-sql-eval).
        """
        self._schema = schema
        self._classes = classes
        self._classic = classic
        self._golds: dict[str, _Gold] = {}

    def judge(self, gold_sql: str, predicted_sql: str) -> ExactMatch:
        """The verdict on a prediction; any text can be judged."""
        gold = self._golds.get(gold_sql)
        if gold is None:
            gold = self._golds[gold_sql] = self._parse_gold(gold_sql)
        predicted, parse_error = EMPTY, False
        try:
            predicted = self._parse(predicted_sql if self._classic else suite_text(predicted_sql))
        except SpiderParseError:
            parse_error = True
        if gold.normal is None:
            return ExactMatch(None, gold.hardness, parse_error, gold.crash, (), gold_read=False)
        try:
            predicted = normal_form(predicted, self._schema, self._classes)
            components = compare(gold.normal, predicted)
            em = exact_match(gold.normal, predicted, components)
        except (OfficialCrashError, RecursionError) as error:
            return ExactMatch(None, gold.hardness, parse_error, f"comparison: {_reason(error)}", ())
        return ExactMatch(em, gold.hardness, parse_error, "", components)

    def select_keys(self, sql: str) -> tuple[Hashable, ...]:
        """A key for each result column, in order, by which the older program pairs columns of
        results.

        Outer aggregates are not part of a key. Empty for a statement that cannot be read or
        normalised.
        """
        try:
            statement = normal_form(self._parse(sql), self._schema, self._classes)
        except (SpiderParseError, OfficialCrashError, RecursionError):
            return ()
        units = [item.unit for item in statement.select.items]
        return tuple(unit if unit.right is not None else unit.left for unit in units)

    def _parse(self, sql: str) -> SpiderStatement:
        return parse_statement(sql, self._schema, integer_limits=self._classic)

    def _parse_gold(self, sql: str) -> _Gold:
        level = ""
        try:
            statement = self._parse(sql)
            level = structure_hardness(statement)
            return _Gold(normal_form(statement, self._schema, self._classes), level, "")
        except (SpiderParseError, OfficialCrashError, RecursionError) as error:
            return _Gold(None, level or hardness(sql), f"gold: {_reason(error)}")


def _reason(error: Exception) -> str:
    return "nested too deeply" if isinstance(error, RecursionError) else str(error)
