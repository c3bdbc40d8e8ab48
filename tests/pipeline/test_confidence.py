"""Signals, calibrations and abstaining, with scripted engines."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.generation.conftest import SINGER, FakeBuilder, FakeDatabases, ScriptedEngine

from nshot.errors import EngineError, FileMissingError, IdleOptionError, OptionError
from nshot.generation import Decoding, EngineConfig, ModelSettings
from nshot.generation.cancellation import Cancellations
from nshot.pipeline import PipelineConfig, bind_pipeline, describe, to_record
from nshot.pipeline.choose import Execution, choose
from nshot.pipeline.confidence import (
    CALIBRATION_FILE,
    Calibration,
    Confidence,
    ConfidenceWeights,
    Signals,
    copy_reranker,
    fits_weights,
    read_signals,
)
from nshot.pipeline.pipeline import Pipeline
from nshot.pipeline.reranking import Hints, Reranker, measure_agreement
from nshot.types import Attempt, Completion, Prompt, Question, Rows

HALF = math.exp(-0.5) / (1 - math.exp(-0.5))
"""The odds of the first candidate of `RatedEngine`."""
NAMES, SAME_NAMES = "SELECT name FROM singer", "SELECT name FROM singer ORDER BY age DESC"
AGES, BROKEN = "SELECT age FROM singer", "SELECT nothing FROM singer"
SURE = Calibration(
    both=ConfidenceWeights(0.0, 1.0, 4.0, 2.0),
    logprob=ConfidenceWeights(2.0, 1.0, unsaid=2.0),
    agreement=ConfidenceWeights(-1.0, 0.0, 3.0, 2.0),
    candidates=4,
)


def ran(cell: Any, logprob: float | None, text: str = "") -> Attempt:
    sql = text or f"SELECT {cell}"
    return Attempt(sql, Completion(sql, 1, "stop", logprob), "ok", "", Rows(("a",), ((cell,),)))


def untried(logprob: float | None) -> Attempt:
    return Attempt(AGES, Completion(AGES, 1, "stop", logprob), "untried")


def failing(logprob: float | None) -> Attempt:
    return Attempt(BROKEN, Completion(BROKEN, 1, "stop", logprob), "error", "no such column")


class RatedEngine(ScriptedEngine):
    """Its candidates have the log-probabilities -0.5, -1.5, -2.5 ..."""

    def generate(
        self, prompts: Sequence[Prompt], decoding: Decoding, cancellations: Cancellations | None = None
    ) -> list[list[Completion]]:
        found = super().generate(prompts, decoding, cancellations)
        return [[replace(one, logprob=-0.5 - at) for at, one in enumerate(row)] for row in found]


def make_pipeline_with(databases: FakeDatabases, rounds: list[list[list[str]]], **more: Any) -> Pipeline:
    calibration, rerank = more.pop("calibration", SURE), more.pop("rerank", True)
    confidence = Confidence(calibration, more.pop("abstain_below", 0.0), rerank)
    return Pipeline(
        RatedEngine(rounds),
        databases,
        builder=FakeBuilder(),
        execution=Execution(run_all=True, **more),
        confidence=confidence,
    )


def ask(pipeline: Pipeline) -> Any:
    return pipeline.ask(Question("who", "concert"))


def test_agreement_is_the_share_of_probability_with_the_same_result() -> None:
    attempts = [ran(1, math.log(0.4)), ran(2, math.log(0.4)), ran(1, math.log(0.2), "SELECT 1 -- again")]
    assert measure_agreement(attempts) == pytest.approx(0.6)


def test_a_candidate_without_a_result_agrees_with_none() -> None:
    assert measure_agreement([ran(1, -1.0), failing(-1.0)]) == pytest.approx(0.5)


def test_a_completion_that_comes_twice_counts_once() -> None:
    attempts = [ran(1, -1.0), ran(1, -1.0), ran(2, -1.0)]
    assert measure_agreement(attempts) == pytest.approx(0.5)


def test_without_log_probabilities_each_candidate_counts_the_same() -> None:
    assert measure_agreement([ran(1, None), ran(1, None), ran(2, None), ran(3, None)]) == 0.5
    assert measure_agreement([ran(1, None), ran(2, -5.0)]) == 0.5


@pytest.mark.parametrize(
    "attempts", [[ran(1, -1.0)], [ran(1, -1.0), untried(-2.0)], [failing(-1.0), ran(1, -2.0)]]
)
def test_there_is_no_agreement_without_other_results(attempts: list[Attempt]) -> None:
    assert measure_agreement(attempts) is None


def test_very_improbable_candidates_are_weighed_without_underflow() -> None:
    assert measure_agreement([ran(1, -2000.0), ran(2, -2000.0)]) == pytest.approx(0.5)


def test_a_log_probability_that_is_no_number_is_no_signal() -> None:
    assert read_signals("who", [ran(1, float("nan")), ran(1, -1.0, "SELECT 1 ")]) == Signals(None, 1.0)


def test_the_weights_are_those_of_the_signals_that_are_known() -> None:
    assert SURE.weights(Signals(-1.0, 0.5)) == SURE.both
    assert SURE.weights(Signals(-1.0, None)) == SURE.logprob
    assert SURE.weights(Signals(None, 0.5)) == SURE.agreement
    assert SURE.weights(Signals()) is None
    assert replace(SURE, both=None).weights(Signals(-1.0, 0.5)) == SURE.logprob


def test_sql_that_does_not_run_has_no_chance_and_no_answer_has_no_confidence() -> None:
    failed = Attempt("", Completion("", 0, "error"), "failed", "the server is down")
    assert SURE.rate("who", [failing(-0.1), ran(1, -2.0)]) == 0.0
    assert SURE.rate("who", [failed]) is None
    assert SURE.rate("who", []) is None


def test_a_calibration_is_read_as_it_was_written(tmp_path: Path) -> None:
    calibration = replace(SURE, agreement=None, questions=90, databases=3, adapter="0123")
    calibration.save(tmp_path / CALIBRATION_FILE)
    assert Calibration.load(tmp_path / CALIBRATION_FILE) == calibration


@pytest.mark.parametrize(
    "text",
    ["", "[]", '{"format": 2}', '{"format": 1}', '{"format": 1, "both": {"bias": "x"}}'],
)
def test_a_damaged_calibration_is_refused_with_the_cure(tmp_path: Path, text: str) -> None:
    (tmp_path / CALIBRATION_FILE).write_text(text)
    with pytest.raises(EngineError, match="fit it again with nshot calibrate"):
        Calibration.load(tmp_path / CALIBRATION_FILE)


def test_weights_must_be_finite(tmp_path: Path) -> None:
    record = {"format": 1, "both": {"bias": float("nan")}, "logprob": None, "agreement": None}
    (tmp_path / CALIBRATION_FILE).write_text(json.dumps(record))
    with pytest.raises(EngineError, match="finite"):
        Calibration.load(tmp_path / CALIBRATION_FILE)


def test_an_answer_states_its_confidence(databases: FakeDatabases) -> None:
    prediction = ask(make_pipeline_with(databases, [[[NAMES, SAME_NAMES, AGES]]]))
    agreement = (1 + math.exp(-1)) / math.exp(-2)  # the odds of names against ages
    assert prediction.confidence == pytest.approx(1 / (1 + 1 / (HALF * agreement**4)))
    assert (prediction.sql, prediction.abstained, prediction.withheld) == (NAMES, False, "")
    assert [one.outcome for one in prediction.attempts] == ["ok", "ok", "ok"]


def test_a_single_candidate_is_rated_by_its_log_probability(databases: FakeDatabases) -> None:
    prediction = ask(make_pipeline_with(databases, [[[NAMES]]]))
    assert prediction.confidence == pytest.approx(1 / (1 + math.exp(-2) / HALF))


def test_words_that_the_sql_leaves_unsaid_lower_the_confidence(databases: FakeDatabases) -> None:
    pipeline = make_pipeline_with(databases, [[[NAMES]], [[NAMES]]])
    said, unsaid = (
        pipeline.ask(Question(text, "concert")) for text in ("Who is a singer?", "Which teachers are tall?")
    )
    assert said.confidence == pytest.approx(1 / (1 + math.exp(-2) / HALF))
    assert unsaid.confidence == pytest.approx(1 / (1 + math.exp(-2) * 9 / HALF))


def test_an_unsure_answer_is_withheld(databases: FakeDatabases) -> None:
    prediction = ask(make_pipeline_with(databases, [[[NAMES, AGES]]], abstain_below=0.9999))
    assert (prediction.sql, prediction.abstained, prediction.withheld) == ("", True, NAMES)
    assert prediction.rows is None
    assert prediction.attempts[0].rows is not None


def test_a_sure_answer_is_not_withheld(databases: FakeDatabases) -> None:
    prediction = ask(make_pipeline_with(databases, [[[NAMES, SAME_NAMES]]], abstain_below=0.5))
    assert (prediction.sql, prediction.abstained) == (NAMES, False)


def test_an_answer_that_cannot_be_rated_is_withheld_if_there_is_a_threshold(databases: FakeDatabases) -> None:
    unrated = replace(SURE, both=None, logprob=None)
    for threshold, withheld in ((0.0, False), (0.1, True)):
        prediction = ask(
            make_pipeline_with(databases, [[[NAMES]]], calibration=unrated, abstain_below=threshold)
        )
        assert (prediction.confidence, prediction.abstained) == (None, withheld)


def test_a_question_that_failed_is_no_abstention(databases: FakeDatabases) -> None:
    pipeline = make_pipeline_with(databases, [], abstain_below=0.5)
    prediction = pipeline.ask(Question("who", "nowhere"))
    assert (prediction.attempts[0].outcome, prediction.abstained, prediction.confidence) == (
        "failed",
        False,
        None,
    )


def test_a_repaired_answer_has_the_confidence_of_its_own_round(databases: FakeDatabases) -> None:
    pipeline = make_pipeline_with(databases, [[[BROKEN]], [[NAMES]]], repair=True, abstain_below=0.5)
    prediction = ask(pipeline)
    assert (prediction.sql, prediction.abstained) == (NAMES, False)
    assert prediction.confidence == pytest.approx(1 / (1 + math.exp(-2) / HALF))


def test_the_record_of_a_withheld_answer_keeps_what_it_would_have_been(databases: FakeDatabases) -> None:
    record = to_record(0, ask(make_pipeline_with(databases, [[[NAMES, AGES]]], abstain_below=0.9999)), "m")
    assert (record["sql"], record["withheld"]) == ("", NAMES)
    assert record["agreement"] == pytest.approx(1 / (1 + math.exp(-1)))
    assert 0 < record["confidence"] < 0.9999


def test_the_record_without_a_calibration_states_no_confidence(databases: FakeDatabases) -> None:
    pipeline = Pipeline(RatedEngine([[[NAMES]]]), databases, builder=FakeBuilder())
    assert not {"confidence", "withheld", "agreement"} & set(to_record(0, ask(pipeline), "m"))


def test_all_candidates_are_run_and_equal_sql_once(concert: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import nshot.databases

    run: list[str] = []
    execute = nshot.databases.execute

    def counted(database: Any, sql: str, **more: Any) -> Rows:
        run.append(sql)
        return execute(database, sql, **more)

    monkeypatch.setattr("nshot.databases.execute", counted)
    completions = [Completion(text) for text in (NAMES, "select  name  from singer;", AGES, BROKEN)]
    for way, first in (("first", NAMES), ("guided", NAMES)):
        run.clear()
        execution = Execution(way=way, run_all=True)  # type: ignore[arg-type]
        attempts = choose(completions, concert, schema=SINGER, execution=execution)
        assert attempts[0].sql == first
        assert [one.outcome for one in attempts] == ["ok", "ok", "ok", "error"]
        assert run == [NAMES, AGES, BROKEN]


def test_a_bound_pipeline_with_a_confidence_runs_all_candidates(databases: FakeDatabases) -> None:
    settings = ModelSettings(shots=0)
    for execution, runs in ((None, True), (Execution(enabled=False), False)):
        pipeline = bind_pipeline(
            RatedEngine([]), databases, settings, execution=execution, confidence=Confidence(SURE)
        )
        assert pipeline.execution.run_all == runs


@pytest.fixture
def model(tmp_path: Path) -> str:
    """A model's folder with settings (a beam of 3) and a calibration fitted on 4 candidates."""
    folder = tmp_path / "model"
    folder.mkdir()
    ModelSettings(decoding=Decoding(method="beam", beams=3)).save(folder)
    SURE.save(folder / CALIBRATION_FILE)
    return str(folder)


def test_a_calibration_asks_a_beam_for_its_candidates(model: str) -> None:
    assert PipelineConfig.of(model=model).check().decoding.n == 3
    assert PipelineConfig.of(model=model, candidates=2).check().decoding.n == 2
    assert PipelineConfig.of(model=model, beams=8).check().decoding.n == 4
    assert PipelineConfig.of(model=model, method="greedy").check().decoding.n == 1
    assert PipelineConfig.of(model=model, confidence=False).check().decoding.n == 1


def test_abstaining_needs_a_calibration(tmp_path: Path, model: str) -> None:
    with pytest.raises(IdleOptionError, match="nshot calibrate"):
        PipelineConfig.of(model=str(tmp_path), abstain_below=0.5).check()
    calibration = Path(model) / CALIBRATION_FILE
    PipelineConfig.of(model=str(tmp_path), abstain_below=0.5, calibration=calibration).check()
    PipelineConfig.of(model=str(tmp_path), abstain_below=0.5, calibration=calibration.parent).check()
    with pytest.raises(FileMissingError, match="write it with nshot calibrate"):
        PipelineConfig.of(model=model, calibration=tmp_path / "none.json").check()


@pytest.mark.parametrize("below", [-0.1, 1.1, float("nan")])
def test_a_threshold_that_is_no_probability_is_refused(below: float) -> None:
    with pytest.raises(OptionError, match=r"`abstain_below` must be from 0 to 1"):
        PipelineConfig.of(abstain_below=below)


def test_running_all_of_one_candidate_is_no_wish(tmp_path: Path) -> None:
    with pytest.raises(IdleOptionError, match="several `candidates`"):
        PipelineConfig.of(model=str(tmp_path), run_all=True).check()


def test_a_calibration_of_other_weights_states_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    adapter = tmp_path / "adapter"
    adapter.mkdir()
    (adapter / "adapter_model.safetensors").write_bytes(b"new weights")
    replace(SURE, adapter="of the old weights").save(adapter / CALIBRATION_FILE)
    assert PipelineConfig.of(adapter=adapter).make_confidence() is None
    assert "other weights" in caplog.text
    with pytest.raises(OptionError, match="other weights"):
        PipelineConfig.of(adapter=adapter, abstain_below=0.5).make_confidence()


def test_a_run_is_described_by_its_calibration(model: str) -> None:
    config = PipelineConfig.of(model=model, shots=0)
    before = describe(config, config.check())["calibration_sha256"]
    replace(SURE, both=ConfidenceWeights(1.0)).save(Path(model) / CALIBRATION_FILE)
    assert before != describe(config, config.check())["calibration_sha256"]
    none = PipelineConfig.of(model=model, shots=0, confidence=False)
    assert describe(none, none.check())["calibration_sha256"] is None


def test_the_shipped_calibration_is_of_the_shipped_weights() -> None:
    config = PipelineConfig.of(model="embedded")
    calibration = config.confidence.load(config.engine)
    assert calibration is not None
    assert fits_weights(calibration, config.engine)
    assert config.check().decoding.n == calibration.candidates


LAST_FIRST = replace(SURE, reranker=Reranker(Hints(**dict.fromkeys(Hints._fields, 0.0) | {"logprob": -1.0})))
"""Chooses the least probable candidate that runs."""


def test_a_ranking_chooses_and_the_confidence_is_that_of_its_choice(databases: FakeDatabases) -> None:
    rounds = [[[NAMES, AGES, BROKEN]]]
    found = ask(make_pipeline_with(databases, rounds, calibration=LAST_FIRST))
    assert found.sql == AGES
    assert [one.sql for one in found.attempts] == [AGES, NAMES, BROKEN]
    first = ask(make_pipeline_with(databases, rounds))
    assert first.sql == NAMES
    assert found.confidence < first.confidence


@pytest.mark.parametrize("given", [{"rerank": False}, {"way": "guided"}, {"way": "vote"}])
def test_a_ranking_is_not_used_where_another_choice_is_asked_for(
    databases: FakeDatabases, given: dict[str, Any]
) -> None:
    found = ask(make_pipeline_with(databases, [[[NAMES, AGES]]], calibration=LAST_FIRST, **given))
    assert found.sql == NAMES


def test_a_ranking_is_kept_in_the_file(tmp_path: Path) -> None:
    LAST_FIRST.save(tmp_path / CALIBRATION_FILE)
    assert Calibration.load(tmp_path / CALIBRATION_FILE) == LAST_FIRST
    older = json.loads((tmp_path / CALIBRATION_FILE).read_text())
    del older["reranker"]
    (tmp_path / CALIBRATION_FILE).write_text(json.dumps(older))
    assert Calibration.load(tmp_path / CALIBRATION_FILE) == SURE
    older["reranker"] = {"empty": 1.0}
    (tmp_path / CALIBRATION_FILE).write_text(json.dumps(older))
    with pytest.raises(EngineError, match="fit it again"):
        Calibration.load(tmp_path / CALIBRATION_FILE)


def test_a_tuned_model_chooses_as_the_one_before_but_states_no_confidence(tmp_path: Path) -> None:
    for name in ("start", "adapted"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "adapter_model.safetensors").write_bytes(name.encode())
    start = EngineConfig(model="embedded", adapter=tmp_path / "start")
    copy_reranker(start, tmp_path / "adapted")  # nothing to copy
    assert not (tmp_path / "adapted" / CALIBRATION_FILE).exists()
    LAST_FIRST.save(tmp_path / "start" / CALIBRATION_FILE)
    copy_reranker(start, tmp_path / "adapted")
    config = PipelineConfig.of(model="embedded", adapter=tmp_path / "adapted")
    found = config.make_confidence()
    assert found is not None
    assert found.calibration.reranker == LAST_FIRST.reranker
    assert found.calibration.rate("who", [ran(1, -1.0), ran(2, -2.0)]) is None
    unsure = PipelineConfig.of(model="embedded", adapter=tmp_path / "adapted", abstain_below=0.5)
    with pytest.raises(IdleOptionError, match="calibration"):
        unsure.check()
