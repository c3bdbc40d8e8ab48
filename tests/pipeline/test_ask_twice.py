"""Questions that are asked with examples of their own database and without."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from tests.generation.conftest import FakeBuilder, FakeDatabases, ScriptedEngine

from nshot.generation import Decoding
from nshot.pipeline import Calibration, Confidence, Execution, Hints, Reranker
from nshot.pipeline.pipeline import Pipeline
from nshot.pipeline.twice import sort_by_logprob, unite
from nshot.types import Attempt, Candidate, Completion, Example, Prompt, Question

QUESTION = Question("How old is Ada?", "concert")
RERANKER = Reranker(Hints(**dict.fromkeys(Hints._fields, 0.0) | {"logprob": 1.0, "unsaid": 1.0}))


@dataclass
class RatedEngine(ScriptedEngine):
    """Gives candidates the log-probabilities -1, -2 ..."""

    def generate(self, prompts: Sequence[Prompt], decoding: Decoding, cancellations: Any = None) -> Any:
        found = super().generate(prompts, decoding)
        return [[Completion(one.text, 1, "stop", -1.0 - at) for at, one in enumerate(ones)] for ones in found]


class OneExample:
    """Retrieves one example."""

    def __init__(self, db_id: str) -> None:
        self.found = Candidate(Example("p-1", "How old is Bo?", "SELECT 1", db_id), 1.9)

    def retrieve(self, questions: Sequence[Question], k: int, live: bool = False) -> list[list[Candidate]]:
        return [[self.found] for _ in questions]


def ask(databases: FakeDatabases, answers: list[list[str]], db_id: str = "concert", **options: Any) -> Any:
    engine = RatedEngine([answers])
    confidence = Confidence(Calibration(reranker=RERANKER), **options)
    made = Pipeline(
        engine, databases, retriever=OneExample(db_id), builder=FakeBuilder(), shots=1, own_shots=1,
        ask_twice=True, confidence=confidence, execution=Execution(run_all=True),
    )  # fmt: skip
    return made.ask(QUESTION), engine


def test_the_candidates_of_both_prompts_are_ranked_together(databases: FakeDatabases) -> None:
    shown = ["SELECT name FROM singer", "SELECT 1"]
    plain = ["SELECT age FROM singer WHERE name = 'Ada'", "SELECT name FROM singer"]
    prediction, engine = ask(databases, [shown, plain])
    assert [prompt.text.split("\n")[0] for prompt in engine.asked[0]] == ["1 shots", "0 shots"]
    assert prediction.sql == plain[0]
    assert prediction.prompt.text.startswith("1 shots")
    assert sorted(one.sql for one in prediction.attempts) == sorted({*shown, *plain})


@pytest.mark.parametrize(("db_id", "options"), [("other", {}), ("concert", {"rerank": False})])
def test_once_is_enough_without_own_examples_or_a_choice(
    databases: FakeDatabases, db_id: str, options: dict[str, bool]
) -> None:
    prediction, engine = ask(databases, [["SELECT name FROM singer"]], db_id, **options)
    assert len(engine.asked[0]) == 1
    assert prediction.sql == "SELECT name FROM singer"


def test_a_text_of_both_keeps_the_higher_probability() -> None:
    shown, plain = (
        [Completion("a", logprob=-3.0), Completion("b", logprob=-1.0)],
        [
            Completion("c", logprob=-2.0),
            Completion("a", logprob=-0.5),
        ],
    )
    both, rest = unite(shown, plain)
    assert [(one.text, one.logprob) for one in both] == [("a", -0.5), ("b", -1.0)]
    assert [one.text for one in rest] == ["c"]
    attempts = [Attempt(one.text, one, "ok") for one in (*both, *rest)]
    assert [one.sql for one in sort_by_logprob(attempts)] == ["a", "b", "c"]
    unknown = [*attempts[::-1], Attempt("d", Completion("d"), "ok")]
    assert [one.sql for one in sort_by_logprob(unknown)] == ["c", "b", "a", "d"]
