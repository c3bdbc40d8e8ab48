from __future__ import annotations

import json
import socket
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.serving.conftest import SOON, Site, TalkingEngine, read_events, running, wait_until

from nshot.databases.processes import sandbox
from nshot.errors import EngineError, OptionError
from nshot.generation import Cancellations, Decoding
from nshot.serving import ServeConfig, Service
from nshot.serving.http import connection
from nshot.serving.http.server import listen
from nshot.serving.questions.engine_thread import Answers
from nshot.types import Completion, Prompt

ENDLESS = "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT count(*) FROM c"


@contextmanager
def begin(site: Site, path: str, body: Mapping[str, Any]) -> Iterator[None]:
    """A request whose client goes away at the end, without an answer."""
    host, port = site.url.removeprefix("http://").split(":")
    content = json.dumps(body).encode()
    head = f"POST {path} HTTP/1.1\r\nHost: {host}:{port}\r\nContent-Type: application/json\r\n"
    with socket.create_connection((host, int(port))) as client:
        client.sendall(f"{head}Content-Length: {len(content)}\r\n\r\n".encode() + content)
        yield


def test_health_answers_while_the_model_is_loaded(folder: Path, tmp_path: Path) -> None:
    loaded = threading.Event()

    def load(_: Service) -> Answers:
        loaded.wait(20)
        raise EngineError("no such model")

    with running(folder, tmp_path, load=load) as site:
        try:
            health = site.client.get("/health")
            assert (health.status_code, health.json()) == (503, {"status": "loading"})
            answer = site.chat()
            assert (answer.status_code, answer.json()["error"]["code"]) == (503, "model_loading")
            assert answer.headers["retry-after"]
            assert site.client.get("/v1/models").status_code == 200
        finally:
            loaded.set()
        wait_until(lambda: site.service.engine.error is not None)
        assert site.service.state == "failed"


def test_questions_that_wait_are_answered_together(folder: Path, tmp_path: Path) -> None:
    with running(folder, tmp_path) as site, ThreadPoolExecutor(12) as pool:
        site.engine.released.clear()
        first = pool.submit(site.chat)
        wait_until(lambda: site.engine.batches)
        others = [
            pool.submit(site.chat, model=f"nshot/{db}", nshot={"shots": shots})
            for db in ("concert", "shop")
            for shots in (0, 1)
            for _ in range(2)
        ]
        wait_until(lambda: len(site.service.engine._waiting) == 8)
        site.engine.released.set()
        assert [one.result().status_code for one in [first, *others]] == [200] * 9
        assert site.engine.batches == [1, 4, 4]  # one batch an option, over both databases


def test_an_answer_does_not_wait_for_the_slowest_of_its_batch(folder: Path, tmp_path: Path) -> None:
    slow_may_end = threading.Event()

    class OneByOne(TalkingEngine):
        def generate_each(
            self,
            prompts: Sequence[Prompt],
            decoding: Decoding,
            cancellations: Cancellations | None,
            on_done: Callable[[int, list[Completion]], object],
        ) -> None:
            self.batches.append(len(prompts))
            assert self.released.wait(SOON)
            found = [self._candidates(prompt.text, decoding.n) for prompt in prompts]
            slow = ["slow" in prompt.text for prompt in prompts]
            for at in sorted(range(len(prompts)), key=lambda at: slow[at]):
                assert not slow[at] or slow_may_end.wait(SOON)
                on_done(at, found[at])

    with running(folder, tmp_path, OneByOne()) as site, ThreadPoolExecutor(3) as pool:
        site.engine.released.clear()
        first = pool.submit(site.chat)
        wait_until(lambda: site.engine.batches)
        slow, quick = (pool.submit(site.chat, f"Who is {how}?") for how in ("slow", "quick"))
        wait_until(lambda: len(site.service.engine._waiting) == 2)
        site.engine.released.set()
        assert first.result().status_code == 200
        assert quick.result().json()["nshot"]["result"]["rows"] == [[3]]
        assert site.engine.batches == [1, 2]
        assert not slow.done()
        slow_may_end.set()
        assert slow.result().json()["nshot"]["result"]["rows"] == [[3]]


def test_a_full_queue_refuses(folder: Path, tmp_path: Path) -> None:
    with running(folder, tmp_path, max_waiting=2) as site, ThreadPoolExecutor(3) as pool:
        site.engine.released.clear()
        first = pool.submit(site.chat)
        wait_until(lambda: site.engine.batches)
        waiting = [pool.submit(site.chat) for _ in range(2)]
        wait_until(lambda: len(site.service.engine._waiting) == 2)
        for stream in (False, True):
            refused = site.chat(stream=stream)
            assert (refused.status_code, refused.json()["error"]["code"]) == (429, "queue_full")
            assert int(refused.headers["retry-after"]) > 0
        assert "nshot_queue_depth 2.0" in site.client.get("/metrics").text
        site.engine.released.set()
        assert [one.result().status_code for one in [first, *waiting]] == [200] * 3


@pytest.mark.parametrize("path", ["/v1/chat/completions", "/api/ask"])
@pytest.mark.parametrize("stream", [False, True])
def test_the_model_stops_when_the_client_goes_away(
    folder: Path, tmp_path: Path, path: str, stream: bool
) -> None:
    with running(folder, tmp_path) as site:
        site.engine.released.clear()
        body = {
            "question": "Who?",
            "db_id": "concert",
            "model": "nshot/concert",
            "messages": [{"role": "user", "content": "Who?"}],
            "stream": stream,
        }

        with begin(site, path, body):
            assert site.engine.began.wait(SOON)
        wait_until(lambda: site.engine.cancelled == [1])
        wait_until(site.records)
        assert site.records()[0]["outcome"] == "cancelled"
        site.engine.released.set()
        assert site.chat().status_code == 200  # the server goes on


@pytest.mark.parametrize("path", ["/v1/chat/completions", "/api/ask", "/api/run"])
def test_sql_is_stopped_when_the_client_goes_away(folder: Path, tmp_path: Path, path: str) -> None:
    def is_running() -> bool:
        return sandbox._pool.slots._value < sandbox._BUSY

    engine = TalkingEngine({"How long?": [ENDLESS]})
    with running(folder, tmp_path, engine, options={"timeout": 600.0}) as site:
        body = {
            "sql": ENDLESS,
            "question": "How long?",
            "db_id": "concert",
            "model": "nshot/concert",
            "messages": [{"role": "user", "content": "How long?"}],
        }
        with begin(site, path, body):
            wait_until(is_running)
        wait_until(lambda: not is_running())
        wait_until(site.records)
        assert site.records()[0]["outcome"] == "cancelled"


def test_a_question_that_is_cancelled_while_it_waits_never_reaches_the_model(
    folder: Path, tmp_path: Path
) -> None:
    with running(folder, tmp_path) as site, ThreadPoolExecutor(1) as pool:
        site.engine.released.clear()
        first = pool.submit(site.chat)
        wait_until(lambda: site.engine.batches)
        with begin(site, "/api/ask", {"question": "Who?", "db_id": "concert"}):
            wait_until(lambda: site.service.engine._waiting)
        wait_until(lambda: site.records())
        site.engine.released.set()
        assert first.result().status_code == 200
        assert site.chat("Which?").status_code == 200
        assert site.engine.batches == [1, 1]


def test_questions_that_nobody_waits_for_do_not_fill_the_queue(folder: Path, tmp_path: Path) -> None:
    with running(folder, tmp_path, max_waiting=1) as site, ThreadPoolExecutor(2) as pool:
        site.engine.released.clear()
        first = pool.submit(site.chat)
        wait_until(lambda: site.engine.batches)
        with begin(site, "/api/ask", {"question": "Who?", "db_id": "concert"}):
            wait_until(lambda: site.service.engine._waiting)
        wait_until(site.records)
        second = pool.submit(site.chat)
        wait_until(lambda: [not job.cancellation.cancelled for job in site.service.engine._waiting] == [True])
        site.engine.released.set()
        assert [one.result().status_code for one in (first, second)] == [200, 200]


@pytest.mark.parametrize(
    ("setting", "code"), [("queue_timeout", "queue_timeout"), ("generate_timeout", "generate_timeout")]
)
def test_a_stage_that_takes_too_long_is_given_up(
    folder: Path, tmp_path: Path, setting: str, code: str
) -> None:
    settings: dict[str, Any] = {setting: 1.0}
    with running(folder, tmp_path, **settings) as site, ThreadPoolExecutor(1) as pool:
        site.engine.released.clear()
        first = pool.submit(site.chat)
        wait_until(lambda: site.engine.batches)
        answer = site.chat() if setting == "queue_timeout" else first.result()
        assert (answer.status_code, answer.json()["error"]["code"]) == (504, code)
        site.engine.released.set()


@pytest.mark.parametrize("path", ["/v1/chat/completions", "/api/ask"])
def test_a_stream_that_waits_sends_comments(
    folder: Path, tmp_path: Path, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "KEEP_ALIVE", 0.05)
    with running(folder, tmp_path) as site:
        site.engine.released.clear()
        messages = [{"role": "user", "content": "Who?"}]
        body = {"model": "nshot/concert", "messages": messages, "question": "Who?", "db_id": "concert"}
        text = ""
        with site.client.stream("POST", path, json={**body, "stream": True}) as answer:
            for piece in answer.iter_text():
                text += piece
                if text.count(": keep-alive\n\n") > 1:
                    site.engine.released.set()
        assert "SELECT count(*) FROM singer" in text


def test_a_batch_that_fails_leaves_the_server_running(folder: Path, tmp_path: Path) -> None:
    class Broken(TalkingEngine):
        def generate(self, *args: object, **named: object) -> list[list[object]]:  # type: ignore[override]
            if not self.batches:
                self.batches.append(0)
                raise RuntimeError("row: Ada")
            return super().generate(*args, **named)  # type: ignore[arg-type,return-value]

    with running(folder, tmp_path, Broken()) as site:
        answer = site.chat()
        assert (answer.status_code, answer.json()["error"]["code"]) == (500, "internal")
        assert "Ada" not in answer.text + "".join(site.lines)
        (fault,) = site.records("fault")
        assert fault["error"] == "RuntimeError"
        assert site.chat().status_code == 200


def test_a_prompt_that_the_models_server_refuses_is_an_error(folder: Path, tmp_path: Path) -> None:
    class Refusing(TalkingEngine):
        def _candidates(self, prompt: str, n: int) -> list[Completion]:
            return [Completion("", 0, "error", None, "the server refuses the prompt: too long")] * n

    with running(folder, tmp_path, Refusing()) as site:
        answer = site.chat()
        assert (answer.status_code, answer.json()["error"]["code"]) == (502, "model_failed")
        assert "too long" in answer.json()["error"]["message"]


def test_a_server_that_ends_lets_go_of_open_streams(folder: Path, tmp_path: Path) -> None:
    begun = time.monotonic()
    with running(folder, tmp_path) as site, ThreadPoolExecutor(2) as pool:
        site.engine.released.clear()
        streams = [pool.submit(site.chat, stream=True)]
        wait_until(lambda: site.engine.batches)
        streams.append(pool.submit(site.chat, "Who?", stream=True))
        wait_until(lambda: site.service.engine._waiting)
        site.service.begin_to_close(0.3)
        found = [read_events(one.result().text)[-1][1]["error"]["code"] for one in streams]
        assert found == ["shutting_down"] * 2
        late = site.chat()
        assert (late.status_code, late.json()["error"]["code"]) == (503, "shutting_down")
        assert site.client.get("/health").status_code == 503
        wait_until(lambda: site.engine.cancelled == [1])
    assert time.monotonic() - begun < 20


def test_answers_do_not_wait_for_acknowledgements() -> None:
    """asyncio sends small pieces at once (TCP_NODELAY) only where a socket names its protocol."""
    with listen("127.0.0.1", 0) as listener:
        assert listener.proto == socket.IPPROTO_TCP


def test_a_database_that_is_gone_is_an_error_without_its_path(tmp_path: Path) -> None:
    (tmp_path / "concert").mkdir()
    file = tmp_path / "concert" / "concert.sqlite"
    with closing(sqlite3.connect(file)) as made:
        made.execute("CREATE TABLE singer (name TEXT)")
    with running(tmp_path, tmp_path) as site:
        assert site.chat().status_code == 200
        file.rename(tmp_path / "elsewhere")
        for path in ("/v1/chat/completions", "/api/run", "/api/schema/concert"):
            messages = [{"role": "user", "content": "Who?"}]
            body = {"model": "nshot/concert", "messages": messages, "sql": "SELECT 1", "db_id": "concert"}
            answer = site.client.get(path) if "schema" in path else site.post(path, body)
            assert answer.json()["error"]["code"] in ("database_not_found", "data_unusable"), path
            assert str(tmp_path) not in answer.text
        assert all(str(file) in record["error"] for record in site.records()[1:])


def test_an_unexpected_error_of_an_endpoint_is_an_error_object(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("row: Ada")

    monkeypatch.setattr(site.service.catalog, "schema", fail)
    answer = site.client.get("/api/schema/concert")
    assert (answer.status_code, answer.json()["error"]["code"]) == (500, "internal")
    assert "Ada" not in answer.text + "".join(site.lines)
    wait_until(lambda: site.records("fault"))  # it is written behind the answer
    assert [one["error"] for one in site.records("fault")] == ["RuntimeError"]


def test_a_port_that_is_taken_is_named() -> None:
    with listen("127.0.0.1", 0) as taken:
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(OptionError, match=f"cannot listen on 127.0.0.1:{port}"):
            listen("127.0.0.1", port)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"host": "0.0.0.0"}, "can be reached from other machines"),
        ({"host": "sql.example"}, "can be reached from other machines"),
        ({"api_key_env": "NSHOT_NO_SUCH_KEY"}, "is empty or not set"),
        ({"port": 70_000}, "`port` must be from 0 to 65535"),
        ({"max_waiting": 0}, "`max_waiting` must be at least 1"),
        ({"queue_timeout": 0.0}, "`queue_timeout` must be above 0"),
    ],
)
def test_unsafe_and_useless_options_are_refused(settings: dict[str, object], said: str) -> None:
    with pytest.raises(OptionError, match=said):
        ServeConfig(**settings)  # type: ignore[arg-type]


def test_figures_are_there_for_prometheus(site: Site) -> None:
    site.chat()
    text = site.client.get("/metrics").text
    for line in (
        'nshot_requests_total{method="POST",route="/v1/chat/completions",status="200"} 1.0',
        'nshot_answers_total{outcome="ok"} 1.0',
        "nshot_batch_size_count 1.0",
        'nshot_stage_seconds_count{stage="generate"} 1.0',
        'nshot_tokens_total{kind="completion"} 6.0',
    ):
        assert line in text
