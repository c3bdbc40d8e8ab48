"""A pair that asks nearly the same: it answers a paraphrase, and nothing that asks something
else.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import pytest
from tests.generation.conftest import FakeBuilder, FakeDatabases, ScriptedEngine

from nshot.pipeline import Calibration, Confidence, ConfidenceWeights, Execution, to_record
from nshot.pipeline.pipeline import Pipeline
from nshot.pipeline.reuse import LEAST, SHIPPED, read_near
from nshot.types import Attempt, Candidate, Column, Completion, Example, Question, Schema, Table

SCHEMA = Schema(
    "concert",
    (
        Table("singer", (Column("name", "text"), Column("age", "int"), Column("country", "text"))),
        Table("stadium", (Column("name", "text"), Column("capacity", "int"))),
    ),
)
OLDEST = "SELECT name FROM singer ORDER BY age DESC LIMIT 1"


def near(question: str, known: str, sql: str, similarity: float = 0.93) -> float:
    """The probability of a pair that is that similar; 0 if it is ruled out."""
    found = Candidate(Example("p", known, sql, "concert"), 1 + similarity, similarity=similarity)
    hints = read_near(question, found, [], SCHEMA)
    return 0.0 if hints is None else SHIPPED.probability(hints)


@pytest.mark.parametrize(
    ("question", "known", "sql"),
    [
        ("What is the name of the oldest singer?", "Give the name of the singer who is oldest.", OLDEST),
        ("Count the singers from France.", "How many singers come from France?",
         "SELECT count(*) FROM singer WHERE country = 'France'"),
        ("What is the average age of singers?", "Tell me the mean age of the singers.",
         "SELECT avg(age) FROM singer"),
    ],
)  # fmt: skip
def test_a_paraphrase_is_answered(question: str, known: str, sql: str) -> None:
    assert near(question, known, sql) > 0.8


@pytest.mark.parametrize(
    ("question", "known", "sql"),
    [
        ("Who is the youngest singer?", "Who is the oldest singer?", OLDEST),
        ("Which singers are older than 30?", "Which singers are younger than 30?",
         "SELECT name FROM singer WHERE age < 30"),
        ("Which singers are not from France?", "Which singers are from France?",
         "SELECT name FROM singer WHERE country = 'France'"),
        ("How many singers are from Spain?", "How many singers are from France?",
         "SELECT count(*) FROM singer WHERE country = 'France'"),
        ("Name the 5 oldest singers.", "Name the 3 oldest singers.",
         "SELECT name FROM singer ORDER BY age DESC LIMIT 3"),
        ("How many stadiums are there?", "How many singers are there?", "SELECT count(*) FROM singer"),
        ("What is the total age of all singers?", "What is the average age of all singers?",
         "SELECT avg(age) FROM singer"),
        ("List singers by name, descending.", "List singers by name, ascending.",
         "SELECT name FROM singer ORDER BY name"),
    ],
)  # fmt: skip
def test_another_question_is_not(question: str, known: str, sql: str) -> None:
    assert near(question, known, sql, similarity=0.97) == 0.0


def test_no_more_than_says_both_and_is_left_to_the_weights() -> None:
    known, sql = "Which singers are at most 30?", "SELECT name FROM singer WHERE age <= 30"
    assert near("Which singers are no more than 30?", known, sql) == 0.0  # "no" is a negation elsewhere


def test_the_less_similar_a_pair_the_less_probable() -> None:
    question, known, sql = "How old are singers?", "What is the age of each singer?", "SELECT age FROM singer"
    found = [near(question, known, sql, similarity) for similarity in (0.5, 0.7, 0.9, 0.98)]
    assert found == sorted(found)
    assert found[0] < LEAST < found[-1]


def test_what_the_model_wrote_too_is_more_probable() -> None:
    pair = Candidate(Example("p", "How old are singers?", "SELECT age FROM singer", "concert"), 1.8, "", 0.8)

    def written(*sqls: str) -> float:
        attempts = [Attempt(sql, Completion(sql, logprob=-1.0 - 4 * at), "ok") for at, sql in enumerate(sqls)]
        hints = read_near("What ages do singers have?", pair, attempts, SCHEMA)
        assert hints is not None
        return hints.written

    assert written("SELECT name FROM singer", "select AGE from singer") == -4.0
    assert written("SELECT name FROM singer", "SELECT 1", "SELECT 2") == -8.0
    assert written("SELECT age FROM singer", "SELECT 1") == 0.0


def test_examples_of_other_strategies_have_no_similarity() -> None:
    found = Candidate(Example("p", "How many singers?", "SELECT count(*) FROM singer", "concert"), 0.98)
    assert read_near("How many singers?", found, [], SCHEMA) is None


class OneExample:
    """Retrieves one pair."""

    def __init__(self, sql: str, similarity: float = 0.95, db_id: str = "concert") -> None:
        example = Example("p-1", "How many singers do we have?", sql, db_id)
        self.found = Candidate(example, 1 + similarity, similarity=similarity)

    def retrieve(self, questions: Sequence[Question], k: int, live: bool = False) -> list[list[Candidate]]:
        return [[self.found] for _ in questions]


def pipeline(
    databases: FakeDatabases, retriever: OneExample, answer: str, confidence: float | None = None
) -> Pipeline:
    rated = None
    if confidence is not None:
        bias = math.log(confidence / (1 - confidence))
        rated = Confidence(Calibration(agreement=ConfidenceWeights(bias), logprob=ConfidenceWeights(bias)))
    engine = ScriptedEngine([[[answer, answer]]])
    execution = Execution(run_all=True)
    return Pipeline(
        engine, databases, retriever=retriever, builder=FakeBuilder(), shots=0, own_shots=1, near=SHIPPED,
        confidence=rated, execution=execution,
    )  # fmt: skip


QUESTION = Question("Count the singers.", "concert")


def test_the_pair_comes_before_the_models_answer(databases: FakeDatabases) -> None:
    found = pipeline(databases, OneExample("SELECT count(*) FROM singer"), "SELECT name FROM singer", 0.6)
    prediction = found.ask(QUESTION)
    assert (prediction.sql, prediction.source) == ("SELECT count(*) FROM singer", "near")
    assert prediction.rows is not None
    assert prediction.rows.rows == ((3,),)
    assert prediction.attempts[1].sql == "SELECT name FROM singer"
    assert prediction.confidence is not None
    assert prediction.confidence > 0.8
    assert prediction.reused is not None
    assert prediction.reused.note == (
        "from your pair p-1, which asks nearly the same: How many singers do we have?"
    )
    record = to_record(0, prediction, "fake")
    assert (record["verified_pair"], record["source"]) == ("p-1", "near")


@pytest.mark.parametrize(
    ("retriever", "question", "confidence"),
    [
        (OneExample("SELECT count(*) FROM singer"), QUESTION, 0.9999),  # the model is surer
        (OneExample("SELECT count(*) FROM nowhere"), QUESTION, 0.6),  # it does not run
        (OneExample("SELECT count(*) FROM singer", db_id="other"), QUESTION, 0.6),
        (OneExample("SELECT count(*) FROM singer", 0.3), QUESTION, 0.01),  # too far away
        (OneExample("SELECT count(*) FROM singer"), Question(QUESTION.text, "concert", evidence="x"), 0.6),
    ],
)
def test_the_model_keeps_its_answer(
    databases: FakeDatabases, retriever: OneExample, question: Question, confidence: float
) -> None:
    prediction = pipeline(databases, retriever, "SELECT name FROM singer", confidence).ask(question)
    assert (prediction.sql, prediction.source) == ("SELECT name FROM singer", "model")


def test_a_measured_question_is_the_models(databases: FakeDatabases) -> None:
    found = pipeline(databases, OneExample("SELECT count(*) FROM singer"), "SELECT name FROM singer", 0.6)
    (prediction,) = found.predict([QUESTION])
    assert prediction.source == "model"


def test_an_answer_that_does_not_run_gives_way_to_any_near_pair(databases: FakeDatabases) -> None:
    found = pipeline(databases, OneExample("SELECT count(*) FROM singer"), "SELECT x FROM nowhere")
    assert found.ask(QUESTION).source == "near"


def test_an_answer_without_a_confidence_gives_way_to_a_sure_pair_only(databases: FakeDatabases) -> None:
    for similarity, source in ((0.99, "near"), (0.6, "model")):
        retriever = OneExample("SELECT count(*) FROM singer", similarity)
        assert pipeline(databases, retriever, "SELECT name FROM singer").ask(QUESTION).source == source


def test_the_same_sql_is_the_models_own(databases: FakeDatabases) -> None:
    found = pipeline(databases, OneExample("SELECT count(*) FROM singer"), "select COUNT(*) from singer", 0.6)
    assert found.ask(QUESTION).source == "model"
