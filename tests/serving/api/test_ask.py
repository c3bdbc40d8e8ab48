from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.serving.conftest import Site, TalkingEngine, running

from nshot.pipeline import CALIBRATION_FILE, Calibration, ConfidenceWeights

COUNT = "SELECT count(*) FROM singer"


def test_a_question_is_answered_stage_by_stage(site: Site) -> None:
    events = site.events()
    assert [name for name, _ in events] == ["question", "retrieved", "prompt", "sql", "rows", "done"]
    found = dict(events)
    text = "How many singers?"
    assert found["question"] == {"text": text, "asked": text, "rewritten": False, "how": ""}
    (example,) = found["retrieved"]["examples"]
    assert example == {
        "id": "e-1",
        "question": "How many songs?",
        "sql": "SELECT count(*) FROM song",
        "db_id": "music",
        "score": 0.75,
        "why": "keyword #1",
        "verified": False,
    }
    assert set(found["prompt"]) == {"text", "tokens", "sha256", "tables", "dropped"}
    assert text in found["prompt"]["text"]
    assert found["sql"]["sql"] == COUNT
    assert (found["sql"]["outcome"], found["sql"]["source"], found["sql"]["logprob"]) == ("ok", "model", -0.5)
    assert found["rows"]["rows"] == [[3]]
    assert set(found["done"]["seconds"]) == {"queue", "retrieve", "prompt", "generate", "execute", "total"}
    assert site.client.get(f"/api/answers/{found['done']['id']}").json()["sql"] == found["sql"]


def test_sql_that_does_not_run_has_no_rows(folder: Path, tmp_path: Path) -> None:
    with running(folder, tmp_path, TalkingEngine({"Who?": ["SELECT nothing FROM singer"]})) as site:
        events = dict(site.events("Who?"))
        assert events["sql"]["outcome"] == "error"
        assert "nothing" in events["sql"]["error"]
        assert "rows" not in events


def test_what_the_sandbox_refuses_is_counted(folder: Path, tmp_path: Path) -> None:
    with running(folder, tmp_path, TalkingEngine({"Drop!": ["DROP TABLE singer"]})) as site:
        assert dict(site.events("Drop!"))["sql"]["outcome"] == "refused"
        assert 'nshot_refusals_total{reason="sql"} 1.0' in site.client.get("/metrics").text
        assert dict(site.events("How many singers?"))["rows"]["rows"] == [[3]]


@pytest.mark.parametrize(
    "body",
    [
        {"question": ""},
        {"question": 3},
        {"question": "q", "shots": -1},
        {"question": "q", "strategy": "none"},
        {"question": "q", "history": "x"},
        {"question": "q", "history": [{"question": "q"}]},
        {"question": "q", "db_id": 1},
    ],
)
def test_a_field_that_cannot_be_used_is_named(site: Site, body: dict[str, Any]) -> None:
    answer = site.post("/api/ask", {"db_id": "concert", **body})
    assert answer.status_code == 400
    assert answer.json()["error"]["param"] or answer.json()["error"]["code"]


def test_the_exact_question_of_a_verified_pair_needs_no_model(site: Site) -> None:
    pair = {"question": "How many singers?", "sql": "SELECT count(id) FROM singer", "db_id": "concert"}
    saved = site.post("/api/pairs", pair)
    assert saved.status_code == 201
    events = dict(site.events("how many  singers"))
    assert "prompt" not in events
    assert (events["sql"]["sql"], events["sql"]["source"]) == (pair["sql"], "verified")
    assert events["rows"]["rows"] == [[3]]
    assert events["retrieved"]["examples"][0]["verified"]
    assert site.engine.batches == []
    assert site.chat("How many singers?").json()["nshot"]["source"] == "verified"
    assert site.client.delete(f"/api/pairs/{saved.json()['pair']['id']}").status_code == 200
    assert dict(site.events("how many singers"))["sql"]["source"] == "model"


def test_a_verified_pair_answers_the_same_question_with_another_value(site: Site) -> None:
    pair = {
        "question": "How old is the singer Ada?",
        "sql": "SELECT age FROM singer WHERE name = 'Ada'",
        "db_id": "concert",
    }
    assert site.post("/api/pairs", pair).status_code == 201
    events = dict(site.events("How old is the singer Bo?"))
    assert (events["sql"]["source"], events["rows"]["rows"]) == ("verified", [[40]])
    assert "Ada to Bo" in events["sql"]["note"]
    assert site.engine.batches == []


def test_verified_pairs_answer_nothing_if_the_server_is_told_so(folder: Path, tmp_path: Path) -> None:
    with running(folder, tmp_path, options={"reuse": False}) as site:
        pair = {"question": "Who?", "sql": "SELECT name FROM singer", "db_id": "concert"}
        assert site.post("/api/pairs", pair).status_code == 201
        assert dict(site.events("Who?"))["sql"]["source"] == "model"


def test_a_follow_up_is_put_so_that_it_stands_alone(site: Site) -> None:
    history = [{"question": "Which singers are 30?", "sql": "SELECT name FROM singer WHERE age = 30"}]
    events = dict(site.events("how many?", history=history))
    text = "How many singers that are 30 are there?"
    assert events["question"] == {
        "text": text,
        "asked": "how many?",
        "rewritten": True,
        "how": "it has no subject: counted",
    }
    assert text in events["prompt"]["text"]
    kept = site.client.get(f"/api/answers/{events['done']['id']}").json()
    assert (kept["question"], kept["asked"]) == (text, "how many?")


def test_a_question_said_to_stand_alone_is_asked_as_it_is(site: Site) -> None:
    history = [{"question": "Which singers are 30?", "sql": "SELECT name FROM singer"}]
    events = dict(site.events("how many?", history=history, stand_alone=True))
    assert (events["question"]["text"], events["question"]["rewritten"]) == ("how many?", False)


@pytest.fixture
def rated(tmp_path: Path) -> dict[str, Any]:
    """Options of a server whose answers have a confidence of about 79 % if they agree, else 56
    %."""
    path = tmp_path / CALIBRATION_FILE
    Calibration(both=ConfidenceWeights(-0.5, 1.0, 0.3), candidates=2).save(path)
    return {"calibration": path, "candidates": 2, "abstain_below": 0.6}


UNSURE = ["SELECT max(age) FROM singer", "SELECT min(age) FROM singer"]


def test_an_answer_states_its_confidence(folder: Path, tmp_path: Path, rated: dict[str, Any]) -> None:
    engine = TalkingEngine({"singers": [COUNT, "SELECT count(id) FROM singer"]})
    with running(folder, tmp_path, engine, options=rated) as site:
        events = dict(site.events("How many singers?"))
        assert 0.75 < events["sql"]["confidence"] < 0.85
        assert (events["sql"]["sql"], events["sql"]["outcome"]) == (COUNT, "ok")
        assert [one["outcome"] for one in events["sql"]["alternatives"]] == ["ok"]
        assert site.chat().json()["nshot"]["confidence"] == events["sql"]["confidence"]


def test_an_unsure_answer_is_withheld(folder: Path, tmp_path: Path, rated: dict[str, Any]) -> None:
    with running(folder, tmp_path, TalkingEngine({"singers": UNSURE}), options=rated) as site:
        events = dict(site.events("How many singers?"))
        assert (events["sql"]["sql"], events["sql"]["outcome"]) == ("", "abstained")
        assert events["sql"]["confidence"] < 0.6
        assert "no answer" in events["sql"]["note"]
        assert [one["sql"] for one in events["sql"]["alternatives"]] == UNSURE
        assert "rows" not in events
        answer = site.chat(n=2).json()
        assert [choice["message"]["content"] for choice in answer["choices"]] == ["", ""]
        assert answer["nshot"]["outcome"] == "abstained"
        assert 'outcome="abstained"' in site.client.get("/metrics").text
