"""A verified pair that asks nearly the same: whether its SQL is right more probably than the
model's.

`read_near` has what the two questions, the pair's SQL and the model's answer tell, `NearRule`
weighs it. A pair that asks something else in plain words has no hints: the other end (most, least),
a negation, a value or a table that only one of both has.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from nshot.pipeline.choose import is_same_sql
from nshot.pipeline.reranking import count_names
from nshot.pipeline.unsaid import find_unsaid
from nshot.prompting import words
from nshot.sql import scan, unquote

if TYPE_CHECKING:
    from nshot.types import Attempt, Candidate, Question, Schema

LEAST_DISTANCE: Final = 0.02
"""Below, similarities are not told apart."""
LEAST_GAP: Final = -10.0
"""The same of differences of log-probabilities."""
NEAR_ENOUGH: Final = 0.9
"""The least probability of a pair that takes the place of an answer without a confidence."""
LEAST: Final = 0.5
"""The least probability of any pair that answers: below, the model's answer is kept, however
improbable."""
_SENSES: Final = {
    "most": "most highest largest biggest maximum max greatest top best longest oldest latest newest last "
    "heaviest tallest",
    "least": "least lowest smallest minimum min fewest shortest youngest earliest first worst",
    "more": "more greater above over exceeding exceed exceeds after older larger higher bigger longer later",
    "less": "less fewer below under before younger smaller lower shorter earlier",
    "not": "not no never without neither nor except excluding excludes don't doesn't didn't isn't aren't",
    "average": "average avg mean",
    "sum": "sum total altogether overall",
    "count": "many count number",
    "distinct": "different distinct unique",
    "each": "each every per",
    "up": "ascending alphabetical alphabetically increasing asc",
    "down": "descending decreasing desc",
    "or": "or either",
    "both": "both and",
    "between": "between",
    "year": "year years",
    "month": "month months",
    "day": "day days",
}
"""Words that decide what is asked, by their sense."""
_OPPOSITE: Final = (("most", "least"), ("more", "less"), ("up", "down"), ("average", "sum"))
_SENSE_OF: Final = {word: sense for sense, text in _SENSES.items() for word in text.split()}
_WORD: Final = re.compile(r"[a-z']+")


class NearHints(NamedTuple):
    """How near a pair is to the question; the first and the last speak for it, the others against
    it.
    """

    similarity: float
    """-log(1 - s) of the mean cosine s of both encoders."""
    senses: float
    """log(1 + n) of the senses that only one of the questions has: average, each, not ..."""
    new_words: float
    """log(1 + n) of the words that only the question has."""
    missing_words: float
    """log(1 + n) of the words that only the pair's question has."""
    unsaid: float
    """log(1 + n) of the words that the pair's SQL leaves unsaid beyond those of its question."""
    written: float
    """Log-probability of the pair's SQL less that of the model's best candidate, if the model wrote
    it, too; else that of its last candidate less that of the best. 0 without log-probabilities."""


def read_near(
    question: str, candidate: Candidate, attempts: Sequence[Attempt], schema: Schema | None
) -> NearHints | None:
    """The hints of one retrieved pair.

    Args:
        question: What is asked; English for the words that have senses.
        candidate: A pair of the question's own database.
        attempts: The model's candidates.
        schema: Of the database.

    Returns:
        None if it has no similarity, or asks something else in plain words.
    """
    pair, senses = candidate.example, _senses(question)
    known = _senses(pair.question)
    if candidate.similarity is None or _oppose(senses, known):
        return None
    if _count_unasked(question, pair.sql) > _count_unasked(pair.question, pair.sql):
        return None
    unsaid, own = find_unsaid(question, pair.sql), find_unsaid(pair.question, pair.sql)
    if count_names(set(unsaid) - set(own), schema):
        return None
    asked_words, known_words = set(words(question)), set(words(pair.question))
    return NearHints(
        similarity=-math.log(max(1 - candidate.similarity, LEAST_DISTANCE)),
        senses=math.log1p(len(senses ^ known)),
        new_words=math.log1p(len(asked_words - known_words)),
        missing_words=math.log1p(len(known_words - asked_words)),
        unsaid=math.log1p(max(0, len(unsaid) - len(own))),
        written=_compare(pair.sql, attempts, schema),
    )


@dataclass(frozen=True, slots=True)
class NearRule:
    """A logistic function of the hints: the probability that a pair's SQL answers the question."""

    bias: float
    weights: NearHints
    """For one unit of each hint."""

    def probability(self, hints: NearHints) -> float:
        """In (0, 1)."""
        logit = self.bias + sum(weight * value for weight, value in zip(self.weights, hints, strict=True))
        return 1 / (1 + math.exp(-logit))

    def find_best(
        self,
        question: Question,
        candidates: Sequence[Candidate],
        attempts: Sequence[Attempt],
        schema: Schema | None,
    ) -> tuple[Candidate, float] | None:
        """The nearest pair of the question's database, and how probable it is that it answers it.

        Args:
            question: What is asked. With evidence it is the model's: pairs were verified without.
            candidates: What was retrieved, best first.
            attempts: The model's candidates.
            schema: Of the database.

        Returns:
            None if it asks something else in plain words, or has a probability below `LEAST`.
        """
        own = next((one for one in candidates if one.example.db_id == question.db_id), None)
        if own is None or question.evidence:
            return None
        hints = read_near(question.text, own, attempts, schema)
        if hints is None or (probability := self.probability(hints)) < LEAST:
            return None
        return own, probability


def _senses(text: str) -> set[str]:
    return {_SENSE_OF[word] for word in _WORD.findall(text.lower()) if word in _SENSE_OF}


def _oppose(some: set[str], others: set[str]) -> bool:
    """Whether one question has an end or a negation where the other has the opposite."""
    for pair in _OPPOSITE:
        left, right = some.intersection(pair), others.intersection(pair)
        if len(left) == len(right) == 1 and left != right:
            return True
    return ("not" in some) != ("not" in others)


def _count_unasked(question: str, sql: str) -> int:
    """Different values and numbers of SQL that a question does not have as they are."""
    asked = question.lower()
    kinds = ("string", "dquoted", "number")
    values = {unquote(token).strip("%").lower() for token in scan(sql) if token.kind in kinds}
    return sum(value not in asked for value in values)


def _compare(sql: str, attempts: Sequence[Attempt], schema: Schema | None) -> float:
    """The hint `written`."""
    known = [one.completion.logprob for one in attempts]
    logprobs = [value for value in known if value is not None and math.isfinite(value)]
    if not logprobs:
        return 0.0
    same = [one for one in attempts if one.sql and is_same_sql(one.sql, sql, schema)]
    own = [one.completion.logprob for one in same if one.completion.logprob is not None]
    return max(LEAST_GAP, max(own, default=min(logprobs)) - max(logprobs))


SHIPPED: Final = NearRule(
    -3.4153,
    NearHints(
        similarity=3.4529,
        senses=-0.2203,
        new_words=-0.2112,
        missing_words=-0.5276,
        unsaid=0.0,
        written=0.3287,
    ),
)
"""Weights fitted by `benchmarks/pairs/near.py` on the databases that were held out of the embedded
model's training, half of them pairs."""
