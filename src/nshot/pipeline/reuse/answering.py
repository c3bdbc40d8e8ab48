"""Verified pairs that answer questions in a pipeline: before the model is asked, and after."""

from __future__ import annotations

from dataclasses import dataclass, replace
from time import perf_counter

from nshot.pipeline.choose import Execution, choose, is_same_sql
from nshot.pipeline.confidence import Confidence
from nshot.pipeline.databases.sources import Databases
from nshot.pipeline.parts import OF_ONE_QUESTION
from nshot.pipeline.reuse.near import NEAR_ENOUGH, NearRule
from nshot.pipeline.reuse.way import ReuseWay
from nshot.pipeline.work import Work
from nshot.types import Attempt, Candidate, Completion, ReusedPair


@dataclass(frozen=True)
class PairAnswers:
    """Answers live questions by pairs; whatever a pair gives is run first."""

    databases: Databases
    execution: Execution
    way: ReuseWay | None = None
    """Finds the pair that answers a question; None asks the model everything."""
    near: NearRule | None = None
    """Decides on pairs that ask nearly the same; None leaves them to the model."""
    confidence: Confidence | None = None
    """Says what probability is too low for an answer."""

    def answer(self, work: Work) -> None:
        """Answers a question by a verified pair, if there is one and its SQL runs."""
        start = perf_counter()
        found = None if self.way is None or not work.live else self.way.find(work.question)
        if found is None:
            return
        attempt = self._run(work, found.example.sql)
        if attempt is not None:
            work.reused, work.attempts = found, (attempt,)
            work.schema = self.databases.schema(work.question.db_id)
            work.candidates = (Candidate(found.example, 1.0, found.note),)
            work.seconds["reuse"] = perf_counter() - start

    def prefer_near(self, work: Work) -> None:
        """Puts the SQL of a near pair before the model's, if it is right more probably and runs."""
        if self.near is None or not work.live:
            return
        found = self.near.find_best(work.question, work.candidates, work.attempts, work.schema)
        first = work.attempts[0]
        if found is None or is_same_sql(found[0].example.sql, first.sql, work.schema):
            return
        candidate, probability = found
        runs = first.outcome in ("ok", "untried")
        if runs and probability <= (NEAR_ENOUGH if work.confidence is None else work.confidence):
            return
        attempt = self._run(work, candidate.example.sql)
        if attempt is not None:
            note = f"from your pair {candidate.example.id}, which asks nearly the same"
            work.reused = ReusedPair(candidate.example, "near", f"{note}: {candidate.example.question}")
            work.attempts = (attempt, *work.attempts)
            work.confidence = probability
            work.abstained = self.confidence is not None and self.confidence.abstains(probability)

    def _run(self, work: Work, sql: str) -> Attempt | None:
        """A pair's SQL, run; None if it does not run."""
        try:
            attempts = choose(
                [Completion(sql, finish="stop")],
                self.databases.path(work.question.db_id) if self.execution.enabled else None,
                schema=self.databases.schema(work.question.db_id),
                execution=replace(self.execution, way="first"),
                cancellation=work.cancellation,
            )
        except OF_ONE_QUESTION:
            return None
        return attempts[0] if attempts[0].outcome in ("ok", "untried") else None
