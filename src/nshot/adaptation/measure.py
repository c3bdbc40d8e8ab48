"""Answers of the start model and the adapted one, with pairs and without, and how often they are
right.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from nshot.artifacts import StartStage
from nshot.eval import Estimate, System, wilson
from nshot.generation import Engine, ModelSettings
from nshot.index import open_store
from nshot.pipeline import CatalogDatabases, Confidence, Execution, Pipeline, bind_pipeline
from nshot.retrieval import RetrievalConfig, Retriever
from nshot.types import Question, Verdict

if TYPE_CHECKING:
    from nshot.data import Catalog
    from nshot.eval import Evaluator

START: Final = "start model"
ADAPTED: Final = "adapted"
BATCH = 16
"""Questions answered together: so many are lost when a run is stopped."""


@dataclass(frozen=True)
class Way:
    """One way of asking: which model, and how many pairs it is shown."""

    model: str
    """`START` or `ADAPTED`."""
    shots: int
    """0 without examples."""

    @property
    def system(self) -> System:
        """This way of answering, as a system of a comparison."""
        return System(self.model, "top", self.shots)

    @property
    def label(self) -> str:
        """In words, for tables.

        >>> Way("adapted", 3).label, Way("start model", 0).label
        ('adapted, 3 pairs shown', 'start model')
        """
        return f"{self.model}, {self.shots} pairs shown" if self.shots else self.model


@dataclass(frozen=True)
class AskedPrediction:
    """The SQL of one answer, and what its prompt showed."""

    sql: str
    prompt: str = ""
    shown: tuple[str, ...] = ()
    """Ids of the pairs in the prompt."""


@dataclass(frozen=True)
class WayResult:
    """The answers of one way to all questions."""

    way: Way
    answers: tuple[AskedPrediction, ...]
    verdicts: tuple[Verdict, ...]

    @property
    def right(self) -> list[bool]:
        """Whether each answer gives gold's result, question by question."""
        return [verdict.ex for verdict in self.verdicts]

    @property
    def estimate(self) -> Estimate:
        """The share of right answers with its interval (Wilson, 95 %)."""
        return wilson(sum(self.right), len(self.right))


@dataclass(frozen=True)
class AskedQuestions:
    """Questions with all that is needed to ask and to judge them."""

    questions: Sequence[Question]
    catalog: Catalog
    settings: Mapping[str, ModelSettings]
    """How each model is prompted and decoded."""
    evaluator: Evaluator
    index: Path | None = None
    """The index of the pairs; the questions themselves are never shown."""
    confidence: Confidence | None = None
    """Chooses among the candidates of either model; None takes the most probable ones."""

    def pipeline(self, engine: Engine, way: Way) -> Pipeline:
        """The pipeline of one way."""
        shots, own = way.shots, self.settings[way.model]
        retriever = self._retriever() if shots else None
        settings = replace(own, shots=own.shots if shots else 0)
        databases = CatalogDatabases(self.catalog, retriever, config=settings.prompt)
        return bind_pipeline(
            engine,
            databases,
            settings,
            own_shots=shots,
            retriever=retriever,
            execution=Execution(enabled=self.confidence is not None),  # else the evaluator runs it
            confidence=self.confidence,
        )

    def _retriever(self) -> Retriever | None:
        if self.index is None:
            return None
        without = frozenset(question.id for question in self.questions)
        return Retriever(open_store(self.index), RetrievalConfig(), catalog=self.catalog, exclude_ids=without)


def ask(asked: AskedQuestions, engine: Engine, way: Way, start: StartStage) -> WayResult:
    """The answers of a model to all questions, judged by execution."""
    pipeline = asked.pipeline(engine, way)
    step = start(way.label, len(asked.questions))
    answers = []
    for at in range(0, len(asked.questions), BATCH):
        some = asked.questions[at : at + BATCH]
        for found in pipeline.predict(some, batch=BATCH):
            shown = tuple(one.example.id for one in found.prompt.demonstrations)
            answers.append(AskedPrediction(found.sql, found.prompt.text, shown))
        step(len(some))
    verdicts = asked.evaluator.judge(asked.questions, [one.sql for one in answers])
    return WayResult(way, tuple(answers), tuple(verdicts))
