"""Verified answers used again: exact questions of live users, run before they are shown, and
marked.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.generation.conftest import FakeBuilder, FakeDatabases, FakeRetriever, ScriptedEngine

from nshot.data import Catalog
from nshot.pairs import PairBook
from nshot.pipeline import Execution, to_record
from nshot.pipeline.pipeline import Pipeline
from nshot.pipeline.reuse import ExactReuse, ListedPairs
from nshot.types import Candidate, Example, Question, ReusedPair

SQL = "SELECT count(*) FROM singer"


@pytest.fixture
def book(concert: Path, tmp_path: Path) -> PairBook:
    catalog = Catalog()
    catalog.include(concert)
    book = PairBook(tmp_path / "pairs.jsonl", catalog)
    assert book.add("How many singers?", SQL, "concert", author="ada").outcome == "added"
    return book


def pipeline(
    databases: FakeDatabases, book: PairBook, *answers: str, execution: Execution | None = None
) -> tuple[Pipeline, ScriptedEngine]:
    engine = ScriptedEngine([[[answer]] for answer in answers])
    made = Pipeline(
        engine, databases, builder=FakeBuilder(), reuse=ExactReuse(book), shots=0, execution=execution
    )
    return made, engine


def test_the_question_of_a_pair_is_answered_by_its_sql_without_the_model(
    databases: FakeDatabases, book: PairBook
) -> None:
    asked, engine = pipeline(databases, book)
    prediction = asked.ask(Question("how many  singers", "concert"))
    assert engine.asked == []
    assert (prediction.sql, prediction.source) == (SQL, "verified")
    assert prediction.rows is not None
    assert prediction.rows.rows == ((3,),)
    (pair,) = book.active()
    assert prediction.reused == ReusedPair(
        pair.example, "exact", f"the question of your pair {pair.id}, verified by ada on {pair.time[:10]}"
    )
    assert [one.example.id for one in prediction.candidates] == [pair.id]
    assert to_record(0, prediction, "fake")["verified_pair"] == pair.id


@pytest.mark.parametrize(
    "question",
    [
        Question("How many singers are there?", "concert"),
        Question("How many singers?", "concert", evidence="singers are artists"),
    ],
)
def test_other_questions_are_the_models(databases: FakeDatabases, book: PairBook, question: Question) -> None:
    asked, engine = pipeline(databases, book, "SELECT name FROM singer")
    prediction = asked.ask(question)
    assert (prediction.source, prediction.reused) == ("model", None)
    assert len(engine.asked) == 1
    assert ExactReuse(book).find(Question("How many singers?", "other")) is None
    assert "verified_pair" not in to_record(0, prediction, "fake")


def test_a_measured_question_is_never_answered_by_a_pair(databases: FakeDatabases, book: PairBook) -> None:
    asked, engine = pipeline(databases, book, "SELECT name FROM singer")
    (prediction,) = asked.predict([Question("How many singers?", "concert")])
    assert prediction.source == "model"
    assert len(engine.asked) == 1


def test_in_a_batch_only_what_no_pair_answers_goes_to_the_model(
    databases: FakeDatabases, book: PairBook
) -> None:
    asked, engine = pipeline(databases, book, "SELECT name FROM singer")
    texts = ("How many singers?", "Who?")
    found = list(asked.predict([Question(text, "concert") for text in texts], live=True))
    assert [one.source for one in found] == ["verified", "model"]
    assert [[prompt.text.splitlines()[-2] for prompt in batch] for batch in engine.asked] == [["Who?"]]


def test_a_retracted_pair_answers_nothing(databases: FakeDatabases, book: PairBook) -> None:
    asked, _ = pipeline(databases, book, "SELECT name FROM singer")
    book.retract(book.active()[0].id)
    assert asked.ask(Question("How many singers?", "concert")).source == "model"


def test_sql_that_does_not_run_any_more_is_left_to_the_model(databases: FakeDatabases) -> None:
    class Stale:
        def find(self, question: Question) -> ReusedPair:
            return ReusedPair(Example("p", question.text, "SELECT gone FROM singer", "concert"), "exact", "")

    engine = ScriptedEngine([[["SELECT name FROM singer"]]])
    asked = Pipeline(engine, databases, builder=FakeBuilder(), reuse=Stale(), shots=0)
    assert asked.ask(Question("Who?", "concert")).sql == "SELECT name FROM singer"


def test_without_execution_the_sql_of_a_pair_is_not_run(databases: FakeDatabases, book: PairBook) -> None:
    asked, _ = pipeline(databases, book, execution=Execution(enabled=False))
    prediction = asked.ask(Question("How many singers?", "concert"))
    assert (prediction.source, prediction.attempts[0].outcome) == ("verified", "untried")


@pytest.mark.parametrize(
    ("shots", "own_shots", "shown"),
    [
        (0, 2, "o1"),
        (1, 1, "f1"),
        (3, 1, "f1 o1 f2"),
        (1, 3, "f1 o1"),
        (2, 0, "f1 o1"),
    ],
)
def test_own_examples_count_for_themselves_and_others_fill_up(
    databases: FakeDatabases, shots: int, own_shots: int, shown: str
) -> None:
    ranked = [
        Candidate(Example(one, one, "SELECT 1", "concert" if one[0] == "o" else "other"), 1.0)
        for one in ("f1", "o1", "f2", "o2")
    ]

    class Ranked(FakeRetriever):
        def retrieve(self, questions, k, live=False):  # type: ignore[no-untyped-def]
            return [ranked[:k] for _ in questions]

    engine = ScriptedEngine([[["SELECT 1"]]])
    asked = Pipeline(
        engine, databases, retriever=Ranked(), builder=FakeBuilder(), shots=shots, own_shots=own_shots
    )
    found = asked.ask(Question("who", "concert"))
    assert [one.example.id for one in found.candidates] == shown.split()


def listed(book: PairBook | None, *sqls: str) -> ListedPairs:
    examples = [Example(f"e-{at}", "How many singers?", sql, "concert") for at, sql in enumerate(sqls)]
    return ListedPairs(lambda: examples, lambda db_id: None, book)


def test_pairs_of_a_list_answer_too() -> None:
    pairs = listed(None, SQL, "select COUNT(*) from singer")
    found = pairs.find("how many  singers ?", "concert")
    assert found is not None
    assert found.sql == "select COUNT(*) from singer"
    assert pairs.find("how many singers", "other") is None
    assert listed(None, SQL, "SELECT 1").find("how many singers", "concert") is None  # they contradict
    assert [pair.id for pair in pairs.active()] == ["e-0", "e-1"]


def test_what_the_journal_withdrew_is_not_used_from_a_list(book: PairBook) -> None:
    pairs = listed(book, SQL, "SELECT name FROM singer")
    assert len(pairs.active()) == 2
    (pair,) = book.active()
    book.reject(pair.question, pair.sql, "concert")
    assert [one.id for one in pairs.active()] == ["e-1"]
    found = pairs.find("How many singers?", "concert")
    assert found is not None
    assert found.sql == "SELECT name FROM singer"
