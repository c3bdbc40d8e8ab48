"""Compute all measures of a question's examples; the judge is created once for a pool."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property, partial

import numpy as np

from nshot.arrays import BoolArray, Float64Array
from nshot.errors import OptionError
from nshot.eval.measures.ceiling import CEILINGS
from nshot.eval.measures.facts import Facts
from nshot.eval.measures.measure import Measure
from nshot.eval.measures.pool import PoolFacts, best
from nshot.eval.measures.shown import UNDEFINED, ShownExamples
from nshot.eval.measures.table import MEASURES, WITHOUT_GOLD
from nshot.types import Example, Question, Schema

Allowed = Callable[[Question], BoolArray]
"""Question -> (n,) bool: which examples of the pool it may be shown. The caller supplies the leak
rule.
"""


class RetrievalJudge:
    """Computes measures for a question and its examples; the facts of each SQL text are kept."""

    def __init__(
        self,
        pool: Sequence[Example],
        measures: Sequence[Measure],
        schemas: Mapping[str, Schema] | None = None,
        allowed: Allowed | None = None,
    ) -> None:
        """
        Args:
            pool: (n,) all examples that could have been shown.
            measures: The measures to compute.
            schemas: Schemas by db_id. Without them, `same_sql` and `paraphrase` recognise fewer
                spellings as the same SQL.
            allowed: The examples that the ideal ranking of `ndcg` and the ceilings may use; None
                for the whole pool.

        Raises:
            OptionError: A measure is not computed here, because the caller supplies its values.
        """
        supplied = [str(measure) for measure in measures if measure.name not in MEASURES]
        if supplied:
            raise OptionError(f"the judge does not compute {supplied[0]}; its values come from outside")
        self.measures = tuple(measures)
        self._pool = pool
        self._schemas = schemas or {}
        self._allowed = allowed
        self._everything: BoolArray = np.ones(len(pool), dtype=np.bool_)
        self._facts: dict[tuple[str, str], Facts] = {}
        self._ideals: dict[tuple[Question, int], Float64Array] = {}

    def values(self, question: Question, examples: Sequence[Example]) -> dict[Measure, float]:
        """The value of every measure, each over its own first k of `examples`.

        A value is NaN if the measure is undefined for the question; each measure's docstring says
        when. A question without gold SQL has only the measures that need none. If there are fewer
        than k examples, all are used.

        Args:
            question: The question with its gold SQL.
            examples: The retrieved examples, best first.
        """
        gold = self._facts_of(question.sql or "", question.db_id)
        facts = [self._facts_of(example.sql, example.db_id) for example in examples]
        return {
            measure: MEASURES[measure.name](
                ShownExamples(
                    question,
                    gold,
                    examples[: measure.k],
                    facts[: measure.k],
                    measure.k,
                    partial(self._ideal, question, gold, measure.k),
                )
            )
            if question.sql is not None or measure.name in WITHOUT_GOLD
            else UNDEFINED
            for measure in self.measures
        }

    def ceiling(self, questions: Sequence[Question]) -> dict[Measure, float]:
        """The mean over the questions of the best that the pool allows, for each measure that has
        one.

        The best is sought for each measure by itself. Questions for which it is undefined are left
        out; NaN where none is left.
        """
        measures = [measure for measure in self.measures if measure.name in CEILINGS]
        best_values: dict[Measure, list[float]] = {measure: [] for measure in measures}
        for question in questions:
            if question.sql is None:
                continue
            gold, allowed = self._facts_of(question.sql, question.db_id), self._find_allowed(question)
            for measure in measures:
                value = CEILINGS[measure.name](self._pool_facts, gold, allowed, measure.k)
                if not np.isnan(value):
                    best_values[measure].append(value)
        return {
            measure: sum(found) / len(found) if found else UNDEFINED for measure, found in best_values.items()
        }

    @cached_property
    def _pool_facts(self) -> PoolFacts:
        return PoolFacts([self._facts_of(example.sql, example.db_id) for example in self._pool])

    def _facts_of(self, sql: str, db_id: str) -> Facts:
        facts = self._facts.get((sql, db_id))
        if facts is None:
            facts = self._facts[sql, db_id] = Facts(sql, self._schemas.get(db_id))
        return facts

    def _find_allowed(self, question: Question) -> BoolArray:
        if self._allowed is None:
            return self._everything
        allowed = self._allowed(question)
        if allowed.shape != (len(self._pool),):
            raise OptionError(
                f"allowed must say yes or no to {len(self._pool)} examples, got {allowed.shape}"
            )
        return allowed

    def _ideal(self, question: Question, gold: Facts, k: int) -> Float64Array:
        key = (question, k)
        if key not in self._ideals:
            gains = self._pool_facts.tree_bags.dice(gold.tree or {})
            self._ideals[key] = best(gains, self._find_allowed(question), k)
        return self._ideals[key]
