from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.serving.conftest import Site, TalkingEngine, read_events, running

from nshot.types import Completion

COUNT = "SELECT count(*) FROM singer"


def test_each_database_is_a_model(site: Site) -> None:
    listed = site.client.get("/v1/models").json()
    assert [one["id"] for one in listed["data"]] == ["nshot", "nshot/concert", "nshot/shop"]
    assert site.client.get("/v1/models/nshot/shop").json()["id"] == "nshot/shop"
    assert site.client.get("/v1/models/gpt").status_code == 404


def test_the_content_of_an_answer_is_its_sql(site: Site) -> None:
    answer = site.chat().json()
    (choice,) = answer["choices"]
    assert (answer["object"], answer["model"]) == ("chat.completion", "nshot/concert")
    assert choice["message"] == {"role": "assistant", "content": COUNT, "refusal": None}
    assert (choice["finish_reason"], choice["logprobs"]) == ("stop", None)
    usage = answer["usage"]
    assert usage["completion_tokens"] == 6
    assert usage["total_tokens"] == usage["prompt_tokens"] + 6


def test_an_answer_says_where_it_comes_from(site: Site) -> None:
    own = site.chat().json()["nshot"]
    assert (own["db_id"], own["outcome"], own["source"]) == ("concert", "ok", "model")
    assert [one["id"] for one in own["examples"]] == ["e-1"]
    assert own["result"] == {"columns": ["count(*)"], "rows": [[3]], "truncated": False}
    assert own["prompt"]["tables"] == ["singer", "song"]
    assert set(own["seconds"]) >= {"queue", "retrieve", "prompt", "generate", "execute", "total"}


def chunks(site: Site, **body: Any) -> list[Any]:
    answer = site.chat(stream=True, **body)
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert answer.headers["x-accel-buffering"] == "no"
    found = [data for _, data in read_events(answer.text)]
    assert found.pop() == "[DONE]"
    return found


def test_a_stream_holds_the_same_in_chunks(site: Site) -> None:
    first, sql, last = chunks(site)
    assert first["choices"][0]["delta"] == {"role": "assistant", "content": ""}
    assert sql["choices"][0]["delta"] == {"content": COUNT}
    assert (last["choices"][0]["delta"], last["choices"][0]["finish_reason"]) == ({}, "stop")
    assert last["nshot"]["outcome"] == "ok"
    assert len({one["id"] for one in (first, sql, last)}) == 1
    assert "usage" not in first


def test_the_last_chunk_holds_the_usage_if_it_is_asked_for(site: Site) -> None:
    *others, last = chunks(site, stream_options={"include_usage": True})
    assert (last["choices"], last["usage"]["completion_tokens"]) == ([], 6)
    assert all(one["usage"] is None for one in others)


def test_several_choices_are_the_candidates_best_first(folder: Path, tmp_path: Path) -> None:
    engine = TalkingEngine({"Who?": ["SELECT name FROM singer", "SELECT age FROM singer"]})
    with running(folder, tmp_path, engine) as site:
        answer = site.chat("Who?", n=2, logprobs=True).json()
        texts = [choice["message"]["content"] for choice in answer["choices"]]
        assert texts == ["SELECT name FROM singer", "SELECT age FROM singer"]
        assert [choice["index"] for choice in answer["choices"]] == [0, 1]
        streamed = chunks(site, n=2)
        assert [one["choices"][0]["index"] for one in streamed] == [0, 1, 0, 1, 0, 1]


def test_each_token_of_each_choice_has_its_logprob(folder: Path, tmp_path: Path) -> None:
    engine = TalkingEngine({"Who?": ["SELECT name FROM singer", "SELECT 'ä'"]})
    with running(folder, tmp_path, engine) as site:
        answer = site.chat("Who?", n=2, logprobs=True).json()
        found = [choice["logprobs"]["content"] for choice in answer["choices"]]
        assert [[(one["token"], one["logprob"]) for one in tokens] for tokens in found] == [
            [("SELECT ", -0.5), ("name ", 0.0), ("FROM ", 0.0), ("singer", 0.0)],
            [("SELECT ", -1.5), ("'ä'", 0.0)],
        ]
        assert found[1][1]["bytes"] == [39, 195, 164, 39]
        assert {one["top_logprobs"] == [] for tokens in found for one in tokens} == {True}
        streamed = chunks(site, messages=[{"role": "user", "content": "Who?"}], n=2, logprobs=True)
        by_chunk = [one["choices"][0]["logprobs"] for one in streamed]
        assert by_chunk == [None, None, *[{"content": one, "refusal": None} for one in found], None, None]
        plain = site.chat("Who?", n=2).json()
        assert [choice["logprobs"] for choice in plain["choices"]] == [None, None]
        kept = site.client.get(f"/api/answers/{answer['id']}").json()
        assert len(kept["sql"]["token_logprobs"]) == 4


def test_an_engine_without_tokens_reports_no_logprobs(folder: Path, tmp_path: Path) -> None:
    class Silent(TalkingEngine):
        def generate(self, *args: Any, **named: Any) -> list[list[Completion]]:
            found = super().generate(*args, **named)
            return [[replace(one, logprob=None, token_logprobs=()) for one in some] for some in found]

    with running(folder, tmp_path, Silent()) as site:
        assert site.chat(logprobs=True).json()["choices"][0]["logprobs"] is None


def test_content_may_be_parts_and_unknown_fields_are_accepted(site: Site) -> None:
    content = [
        {"type": "text", "text": "How many singers?"},
        {"type": "image_url", "image_url": {"url": "x"}},
    ]
    body = {
        "model": "nshot/concert",
        "messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": content}],
        "temperature": 0.2,
        "tools": [],
        "reasoning_effort": "low",
        "made_up": {"a": 1},
    }
    answer = site.post("/v1/chat/completions", body)
    assert answer.json()["nshot"]["question"]["text"] == "How many singers?"


def test_the_own_object_of_a_request_sets_database_and_examples(site: Site) -> None:
    answer = site.chat(model="nshot", nshot={"db_id": "shop", "shots": 0, "strategy": "hybrid"}).json()
    assert answer["nshot"]["db_id"] == "shop"
    assert answer["nshot"]["examples"] == []


def test_sql_is_not_run_if_the_request_says_so(site: Site) -> None:
    own = site.chat(nshot={"execute": False}).json()["nshot"]
    assert own["outcome"] == "untried"
    assert "result" not in own


def test_an_answer_can_be_fetched_by_the_id_of_its_completion(site: Site) -> None:
    completion = site.chat().json()
    kept = site.client.get(f"/api/answers/{completion['id']}").json()
    assert (kept["question"], kept["db_id"], kept["sql"]["sql"]) == ("How many singers?", "concert", COUNT)
    assert kept["retrieved"]["examples"][0]["id"] == "e-1"
    assert kept["prompt"]["sha256"] == completion["nshot"]["prompt"]["sha256"]
    assert "rows" not in kept
    assert site.client.get("/api/answers/chatcmpl-0").status_code == 404


MESSAGES = [{"role": "user", "content": "Who?"}]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"messages": MESSAGES}, 400, "invalid_value"),
        ({"model": "gpt-4o", "messages": MESSAGES}, 404, "model_not_found"),
        ({"model": "nshot/nowhere", "messages": MESSAGES}, 404, "database_not_found"),
        ({"model": "nshot/../concert", "messages": MESSAGES}, 404, "database_not_found"),
        ({"model": "nshot", "messages": MESSAGES}, 400, "database_missing"),
        ({"model": "nshot/shop", "messages": []}, 400, "invalid_value"),
        ({"model": "nshot/shop", "messages": [{"role": "user", "content": " "}]}, 400, "invalid_value"),
        ({"model": "nshot/shop", "messages": [{"role": "user", "content": "\ud800"}]}, 400, "invalid_value"),
        ({"model": "nshot/shop", "messages": MESSAGES, "n": 99}, 400, "invalid_value"),
        ({"model": "nshot/shop", "messages": MESSAGES, "nshot": {"strategy": "best"}}, 400, "invalid_value"),
        ({"model": "nshot/shop", "messages": MESSAGES, "nshot": {"shots": "3"}}, 400, "invalid_value"),
        ({"model": "nshot/shop", "messages": MESSAGES, "nshot": []}, 400, "invalid_value"),
        (
            {"model": "nshot/shop", "messages": [{"role": "user", "content": "w " * 9000}]},
            400,
            "context_length_exceeded",
        ),
    ],
)
def test_what_cannot_be_answered_is_an_error_object(site: Site, body: Any, status: int, code: str) -> None:
    import json

    answer = site.client.post(
        "/v1/chat/completions", content=json.dumps(body), headers={"content-type": "application/json"}
    )
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (status, code)
    assert set(error) == {"message", "type", "param", "code"}
    assert "/" + str(site.folder).strip("/") not in error["message"]


def test_an_error_in_a_stream_that_has_begun_is_its_last_event(folder: Path, tmp_path: Path) -> None:
    with running(folder, tmp_path, generate_timeout=0.2) as site:
        site.engine.released.clear()
        answer = site.chat(stream=True)
        assert answer.status_code == 200
        *_, (_, last) = read_events(answer.text)
        assert last["error"]["code"] == "generate_timeout"


def test_earlier_turns_are_history(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    from nshot.serving.questions import events
    from nshot.serving.questions.followup import StandAlone, Turn

    seen: list[Any] = []

    def rewrite(question: str, db_id: str, history: Any, catalog: Any) -> StandAlone:
        seen.append((question, db_id, history))
        return StandAlone("Which singers are 30?", True, "rule")

    monkeypatch.setattr(events, "stand_alone", rewrite)
    messages = [
        {"role": "user", "content": "Which singers are there?"},
        {"role": "assistant", "content": "```sql\nSELECT name FROM singer;\n```"},
        {"role": "user", "content": "only those of 30"},
    ]
    own = site.chat(messages=messages).json()["nshot"]
    assert seen == [
        ("only those of 30", "concert", (Turn("Which singers are there?", "SELECT name FROM singer"),))
    ]
    assert own["question"] == {
        "text": "Which singers are 30?",
        "asked": "only those of 30",
        "rewritten": True,
        "how": "rule",
    }


TITLE = (
    '### Task:\nGenerate a title.\nJSON format: { "title": "..." }\n'
    "<chat_history>\nUSER: How many farms?\n</chat_history>"
)


@pytest.mark.parametrize("stream", [False, True])
def test_tasks_of_a_chat_program_do_not_reach_the_model(site: Site, stream: bool) -> None:
    answer = site.chat(TITLE, stream=stream, stream_options={"include_usage": True})
    if stream:
        assert [one["usage"] is None for _, one in read_events(answer.text)[:-1]] == [True, True, False]
        content = read_events(answer.text)[0][1]["choices"][0]["delta"]["content"]
    else:
        content = answer.json()["choices"][0]["message"]["content"]
    assert content == '{"title": "How many farms?"}'
    assert site.engine.batches == []
