from __future__ import annotations

from collections.abc import Sequence

import pytest
from tests.generation.conftest import FakeBuilder, FakeDatabases, FakeRetriever, ScriptedEngine

from nshot.errors import BudgetError, DataError, EngineError, OptionError
from nshot.generation.cancellation import Cancellation, Cancellations
from nshot.generation.decoding import Decoding
from nshot.pipeline.choose import Execution
from nshot.pipeline.pipeline import Pipeline
from nshot.types import Candidate, Completion, Prompt, Question

GOOD, BROKEN = "SELECT name FROM singer", "SELECT nothing FROM singer"


def question(text: str, db_id: str = "concert") -> Question:
    return Question(text, db_id, id=f"q-{text}", sql="SELECT gold")


def test_a_question_becomes_a_prediction_with_all_that_led_to_it(databases: FakeDatabases) -> None:
    engine = ScriptedEngine([[[f"{GOOD};\n### Input"]]])
    pipeline = Pipeline(engine, databases, retriever=FakeRetriever(), builder=FakeBuilder(), shots=1)
    prediction = pipeline.ask(question("who"))
    assert prediction.sql == GOOD
    assert prediction.completion.text == f"{GOOD};\n### Input"
    assert prediction.prompt.text == "1 shots\nwho\n### Response:\n"
    assert prediction.prompt.tokens == engine.count_tokens(prediction.prompt.text)
    assert [candidate.example.id for candidate in prediction.candidates] == ["e-1"]
    assert [shown.example.id for shown in prediction.prompt.demonstrations] == ["e-1"]
    assert prediction.attempts[0].rows is not None
    assert prediction.attempts[0].rows.rows == (("Ada",), ("Bo",), ("Cy",))
    assert set(prediction.seconds) == {"retrieve", "prompt", "generate", "execute"}


def test_a_prediction_holds_sql_whatever_the_form_of_the_answer(databases: FakeDatabases) -> None:
    engine = ScriptedEngine([[["from singer select name where age > 30"]]])
    prediction = Pipeline(engine, databases, builder=FakeBuilder("from-first")).ask(question("who"))
    assert prediction.sql == "SELECT name FROM singer WHERE age > 30"
    assert prediction.completion.text == "from singer select name where age > 30"


def test_constrained_decoding_needs_the_form_that_it_writes(databases: FakeDatabases) -> None:
    with pytest.raises(OptionError, match="from-first"):
        Pipeline(ScriptedEngine([]), databases, builder=FakeBuilder(), decoding=Decoding(constrain=True))


def test_predictions_come_in_input_order_over_batches(databases: FakeDatabases) -> None:
    engine = ScriptedEngine([[[f"SELECT {at}"] for at in batch] for batch in ([0, 1], [2, 3], [4])])
    pipeline = Pipeline(engine, databases, builder=FakeBuilder())
    found = list(pipeline.predict([question(str(at)) for at in range(5)], batch=2))
    assert [prediction.question.text for prediction in found] == list("01234")
    assert [prediction.sql for prediction in found] == [f"SELECT {at}" for at in range(5)]


def test_a_batch_is_predicted_before_the_next_question_is_read(databases: FakeDatabases) -> None:
    read: list[int] = []

    def questions() -> object:
        for at in range(4):
            read.append(at)
            yield question(str(at))

    pipeline = Pipeline(ScriptedEngine([[["SELECT 1"]] * 2]), databases, builder=FakeBuilder())
    next(pipeline.predict(questions(), batch=2))  # type: ignore[arg-type]
    assert read == [0, 1]


def test_no_question_is_lost_when_one_fails(databases: FakeDatabases) -> None:
    questions = [
        question("ok"),
        question("lost", "nowhere"),
        question("  "),
        question("long " * 2000),
        question("lost", "unknown to the retriever"),
        question("fine"),
    ]
    engine = ScriptedEngine([[[GOOD], [GOOD]]])
    pipeline = Pipeline(engine, databases, retriever=FakeRetriever(), builder=FakeBuilder())
    found = list(pipeline.predict(questions))
    assert [prediction.question for prediction in found] == questions
    assert [prediction.attempts[0].outcome for prediction in found] == ["ok", *["failed"] * 4, "ok"]
    reasons = [prediction.attempts[0].error for prediction in found[1:5]]
    for reason, word in zip(reasons, ("nowhere", "empty", "tokens", "unknown to the retriever"), strict=True):
        assert word in reason
    assert [prediction.sql for prediction in found[1:5]] == [""] * 4


def test_a_failing_engine_stops_the_run(databases: FakeDatabases) -> None:
    class Broken(ScriptedEngine):
        def generate(
            self, prompts: Sequence[Prompt], decoding: Decoding, cancellations: Cancellations | None = None
        ) -> list[list[Completion]]:
            raise EngineError("out of order")

    with pytest.raises(EngineError):
        list(Pipeline(Broken([]), databases, builder=FakeBuilder()).predict([question("a")]))


def test_a_broken_retriever_option_stops_the_run(databases: FakeDatabases) -> None:
    class TooMany(FakeRetriever):
        def retrieve(
            self, questions: Sequence[Question], k: int, live: bool = False
        ) -> list[list[Candidate]]:
            raise OptionError("k must be in 1..5")

    pipeline = Pipeline(ScriptedEngine([]), databases, retriever=TooMany(), builder=FakeBuilder())
    with pytest.raises(OptionError, match="k must"):
        list(pipeline.predict([question("a")]))


def test_zero_shots_ask_no_retriever(databases: FakeDatabases) -> None:
    engine = ScriptedEngine([[[GOOD]]])
    pipeline = Pipeline(engine, databases, retriever=FakeRetriever(), builder=FakeBuilder(), shots=0)
    assert pipeline.ask(question("a")).candidates == ()


def test_the_default_builder_shows_examples_only_with_a_retriever(databases: FakeDatabases) -> None:
    with_examples, _ = Pipeline(ScriptedEngine([]), databases, retriever=FakeRetriever()).prepare(
        question("who?")
    )
    without, _ = Pipeline(ScriptedEngine([]), databases).prepare(question("who?"))
    assert "How many songs?" in with_examples.text
    assert "How many songs?" not in without.text
    assert "SELECT gold" not in with_examples.text + without.text


def test_prepare_raises_what_a_run_would_record(databases: FakeDatabases) -> None:
    pipeline = Pipeline(ScriptedEngine([]), databases, builder=FakeBuilder())
    with pytest.raises(DataError):
        pipeline.prepare(question("a", "nowhere"))
    with pytest.raises(BudgetError):
        pipeline.prepare(question("a " * 5000))


def test_repaired_sql_that_runs_becomes_the_prediction(databases: FakeDatabases) -> None:
    engine = ScriptedEngine([[[BROKEN], [GOOD]], [[GOOD]]])
    pipeline = Pipeline(engine, databases, builder=FakeBuilder(), execution=Execution(repair=True))
    mended, untouched = pipeline.predict([question("a"), question("b")])
    assert [(attempt.sql, attempt.outcome) for attempt in mended.attempts] == [
        (GOOD, "ok"),
        (BROKEN, "error"),
    ]
    assert mended.sql == GOOD
    assert "nothing" in engine.asked[1][0].text
    assert len(engine.asked[1]) == 1
    assert "repair" in mended.seconds
    assert len(untouched.attempts) == 1


def test_repair_that_fails_too_keeps_the_first_sql(databases: FakeDatabases) -> None:
    engine = ScriptedEngine([[[BROKEN]], [["SELECT never FROM singer"]]])
    prediction = Pipeline(engine, databases, builder=FakeBuilder(), execution=Execution(repair=True)).ask(
        question("a")
    )
    assert [attempt.sql for attempt in prediction.attempts] == [BROKEN, "SELECT never FROM singer"]


def test_without_repair_the_engine_is_asked_once(databases: FakeDatabases) -> None:
    engine = ScriptedEngine([[[BROKEN]]])
    assert (
        Pipeline(engine, databases, builder=FakeBuilder()).ask(question("a")).attempts[0].outcome == "error"
    )
    assert len(engine.asked) == 1


def test_the_text_is_handed_on_while_it_is_written(databases: FakeDatabases) -> None:
    pieces: list[str] = []
    pipeline = Pipeline(ScriptedEngine([[[GOOD]]]), databases, builder=FakeBuilder())
    prediction = pipeline.ask(question("a"), on_text=pieces.append)
    assert "".join(pieces) == GOOD == prediction.sql
    assert len(pieces) > 1


def test_nothing_runs_where_execution_is_off(databases: FakeDatabases) -> None:
    pipeline = Pipeline(
        ScriptedEngine([[[BROKEN]]]), databases, builder=FakeBuilder(), execution=Execution(enabled=False)
    )
    assert pipeline.ask(question("a")).attempts[0].outcome == "untried"


def test_settings_that_cannot_work_are_refused_before_a_model_is_asked(databases: FakeDatabases) -> None:
    with pytest.raises(OptionError, match="shots"):
        Pipeline(ScriptedEngine([]), databases, shots=-1)
    with pytest.raises(OptionError, match="repair"):
        Pipeline(ScriptedEngine([]), databases, execution=Execution(repair=True, enabled=False))
    with pytest.raises(OptionError, match="no room"):
        Pipeline(ScriptedEngine([], context_length=100), databases, decoding=Decoding(max_new_tokens=100))


class Cancelling(ScriptedEngine):
    """Cancels while it generates, as a client that goes away does."""

    def generate(
        self, prompts: Sequence[Prompt], decoding: Decoding, cancellations: Cancellations | None = None
    ) -> list[list[Completion]]:
        assert cancellations is not None
        for flag in cancellations:
            if flag is not None:
                flag.cancel()
        return super().generate(prompts, decoding, cancellations)


def test_a_cancelled_question_is_neither_executed_nor_repaired(databases: FakeDatabases) -> None:
    engine = Cancelling([[[BROKEN], [GOOD]]])
    pipeline = Pipeline(engine, databases, builder=FakeBuilder(), execution=Execution(repair=True))
    flags = [Cancellation(), None]
    found = list(pipeline.predict([question("gone"), question("stays")], cancellations=flags))
    assert [(one.attempts[0].outcome, one.attempts[0].error) for one in found] == [
        ("failed", "cancelled"),
        ("ok", ""),
    ]
    assert len(engine.asked) == 1


def test_a_question_that_is_cancelled_before_its_turn_asks_no_engine(databases: FakeDatabases) -> None:
    flag = Cancellation()
    flag.cancel()
    engine = ScriptedEngine([])
    prediction = Pipeline(engine, databases, builder=FakeBuilder()).ask(question("gone"), cancellation=flag)
    assert (prediction.attempts[0].error, engine.asked) == ("cancelled", [])


def test_a_cancelled_stream_ends_the_answer(databases: FakeDatabases) -> None:
    flag = Cancellation()
    shown: list[str] = []

    def show(piece: str) -> None:
        shown.append(piece)
        flag.cancel()

    pipeline = Pipeline(ScriptedEngine([[[GOOD]]]), databases, builder=FakeBuilder())
    prediction = pipeline.ask(question("gone"), on_text=show, cancellation=flag)
    assert (prediction.attempts[0].error, shown) == ("cancelled", ["S"])
