"""A small server in a thread that speaks OpenAI's interface, as badly as it is told to."""

from __future__ import annotations

import json
import random
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from nshot.errors import AnswerCancelledError, EngineError, OptionError
from nshot.generation.cancellation import Cancellation
from nshot.generation.decoding import Decoding
from nshot.generation.engines.config import EngineConfig
from nshot.generation.engines.engine import Engine, load_engine
from nshot.generation.engines.server.http_requests import Deadline
from nshot.generation.engines.server.http_retry import Retry
from nshot.generation.engines.server.openai_engine import ServerEngine
from nshot.generation.engines.server.parameters import ServerParameters
from nshot.types import Message, Prompt

Reply = tuple[int, dict[str, str], str]
Script = Callable[[dict[str, Any]], Reply]
KEY = "sk-secret-1234"


def answer(*texts: str, **extra: Any) -> Reply:
    choices = [
        {"index": at, "message": {"content": text}, "text": text, "finish_reason": "stop", **extra}
        for at, text in enumerate(texts)
    ]
    return 200, {}, json.dumps({"choices": choices, "usage": {"completion_tokens": 3}})


@dataclass
class FakeServer:
    """Replies by its script, and counts how many requests were under way at once."""

    script: Script = lambda body: answer("SELECT 1")
    requests: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    keys: list[str | None] = field(default_factory=list)
    url: str = ""
    under_way: int = 0
    most_under_way: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def engine(self, **options: Any) -> ServerEngine:
        retry = Retry(retries=3, sleep=lambda seconds: None, jitter=random.Random(0))
        return ServerEngine(self.url, "tiny", **{"retry": retry, "timeout": 5.0, **options})

    def reply(self, path: str, body: dict[str, Any], key: str | None) -> Reply:
        with self.lock:
            self.requests.append((path, body))
            self.keys.append(key)
            self.under_way += 1
            self.most_under_way = max(self.most_under_way, self.under_way)
        try:
            return self.script(body)
        finally:
            with self.lock:
                self.under_way -= 1


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeServer]:
    monkeypatch.setenv("NSHOT_API_KEY", KEY)
    fake = FakeServer()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self.do_POST()

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers.get("content-length", 0))) or b"{}")
            status, headers, text = fake.reply(self.path, body, self.headers.get("authorization"))
            data = text.encode()
            try:
                self.send_response(status)
                for name, value in {"content-length": str(len(data)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(data)
            except OSError:
                self.close_connection = True

        def log_message(self, *args: object) -> None:
            pass

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    fake.url = f"http://127.0.0.1:{http.server_port}/v1"
    yield fake
    http.shutdown()
    thread.join()
    http.server_close()


def scripted(*replies: Reply) -> Script:
    waiting = iter(replies)
    return lambda body: next(waiting)


def text_of(engine: Engine, prompt: Prompt, decoding: Decoding | None = None) -> str:
    ((completion,),) = engine.generate([prompt], decoding or Decoding())
    return completion.text


def test_a_chat_server_gets_the_turns_and_the_settings(server: FakeServer) -> None:
    engine = server.engine()
    assert isinstance(engine, Engine)
    prompt = Prompt("q", (Message("system", "s"), Message("user", "q")), stop=("\n###",))
    ((completion,),) = engine.generate([prompt], Decoding(max_new_tokens=9, stop=(";",)))
    assert (completion.text, completion.tokens, completion.finish) == ("SELECT 1", 3, "stop")
    assert server.requests == [
        (
            "/v1/chat/completions",
            {
                "model": "tiny",
                "max_tokens": 9,
                "temperature": 0.0,
                "stop": ["\n###", ";"],
                "messages": [{"role": "system", "content": "s"}, {"role": "user", "content": "q"}],
            },
        )
    ]
    assert server.keys == [f"Bearer {KEY}"]
    assert engine.chat("q") == "q"


def test_a_plain_server_gets_the_text(server: FakeServer) -> None:
    engine = server.engine(api="completions")
    assert text_of(engine, Prompt("the text")) == "SELECT 1"
    path, body = server.requests[0]
    assert path == "/v1/completions"
    assert body["prompt"] == "the text"
    assert engine.chat("q") is None


def test_a_busy_server_is_asked_again(server: FakeServer) -> None:
    waits: list[float] = []
    retry = Retry(retries=3, sleep=waits.append, jitter=random.Random(0))
    server.script = scripted((429, {"retry-after": "7"}, "busy"), (503, {}, ""), answer("SELECT 2"))
    assert text_of(server.engine(retry=retry, timeout=9.0), Prompt("q")) == "SELECT 2"
    assert waits[0] == 7
    assert 0.5 <= waits[1] <= 1.5


def test_a_server_that_stays_busy_is_an_error(server: FakeServer) -> None:
    server.script = lambda body: (429, {}, f"slow down, {KEY}")
    with pytest.raises(EngineError, match=r"429 after 4 tries: slow down") as caught:
        server.engine().generate([Prompt("q")], Decoding())
    assert KEY not in str(caught.value)
    assert len(server.requests) == 4


def test_a_wait_is_what_the_server_asks_for_or_within_the_limit() -> None:
    retry = Retry(longest=20)
    assert retry.wait(30, {}) == 20
    assert retry.wait(0, {"retry-after": "3600"}) == 3600
    assert retry.wait(0, {"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"}) == 0
    assert 0.25 <= retry.wait(0, {"retry-after": "soon"}) <= 0.75


def test_a_wrong_key_is_an_error_at_once_that_does_not_show_it(server: FakeServer) -> None:
    server.script = lambda body: (401, {}, f"Incorrect API key provided: {KEY}")
    with pytest.raises(EngineError, match="NSHOT_API_KEY") as caught:
        server.engine().generate([Prompt("q")], Decoding())
    assert KEY not in str(caught.value)
    assert len(server.requests) == 1


def test_without_a_key_none_is_sent(server: FakeServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NSHOT_API_KEY")
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    text_of(server.engine(), Prompt("q"))
    monkeypatch.setenv("OPENAI_API_KEY", "other")
    text_of(server.engine(), Prompt("q"))
    assert server.keys == [None, "Bearer other"]


@pytest.mark.parametrize(
    "text", ["<html>", "[]", '{"choices": []}', '{"choices": [{}]}', '{"choices": null}']
)
def test_an_answer_that_is_no_completion_is_an_error(server: FakeServer, text: str) -> None:
    server.script = lambda body: (200, {}, text)
    with pytest.raises(EngineError, match=r"expected a completion from 127\.0\.0\.1"):
        server.engine().generate([Prompt("q")], Decoding())


def test_a_server_that_is_too_slow_is_an_error(server: FakeServer) -> None:
    def slow(body: dict[str, Any]) -> Reply:
        time.sleep(0.5)
        return answer("late")

    server.script = slow
    retry = Retry(retries=1, sleep=lambda seconds: None)
    with pytest.raises(EngineError, match=r"did not answer within 0\.1 s \(1 try\)"):
        server.engine(timeout=0.1, retry=retry).generate([Prompt("q")], Decoding())


def test_no_server_is_an_error_with_a_cure() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    retry = Retry(retries=1, sleep=lambda seconds: None)
    engine = ServerEngine(f"http://127.0.0.1:{port}/v1", "tiny", retry=retry)
    with pytest.raises(EngineError, match="check the address"):
        engine.generate([Prompt("q")], Decoding())


def test_answers_keep_the_order_of_the_prompts_and_the_limit_of_requests(server: FakeServer) -> None:
    def slower_first(body: dict[str, Any]) -> Reply:
        at = int(body["messages"][0]["content"])
        time.sleep(0.08 if at % 3 == 0 else 0.01)
        return answer(f"SELECT {at}")

    server.script = slower_first
    found = server.engine(concurrency=3).generate([Prompt(str(at)) for at in range(12)], Decoding())
    assert [completions[0].text for completions in found] == [f"SELECT {at}" for at in range(12)]
    assert 1 < server.most_under_way <= 3


def test_one_refused_prompt_does_not_stop_the_others(server: FakeServer) -> None:
    server.script = lambda body: (
        (400, {}, "maximum context length")
        if body["messages"][0]["content"] == "long"
        else answer("SELECT 1")
    )
    found = server.engine(concurrency=1).generate([Prompt("a"), Prompt("long"), Prompt("b")], Decoding())
    assert [completions[0].finish for completions in found] == ["stop", "error", "stop"]
    assert "maximum context length" in found[1][0].error


def test_a_server_that_refuses_everything_is_an_error(server: FakeServer) -> None:
    server.script = lambda body: (400, {}, "no such parameter")
    with pytest.raises(EngineError, match=r"refuses every prompt.*no such parameter"):
        server.engine().generate([Prompt("a"), Prompt("b")], Decoding())


def test_after_a_failure_no_further_request_is_sent(server: FakeServer) -> None:
    server.script = lambda body: (401, {}, "no")
    with pytest.raises(EngineError, match="answered 401"):
        server.engine(concurrency=1).generate([Prompt(str(at)) for at in range(50)], Decoding())
    assert len(server.requests) < 5


def test_the_request_of_a_cancelled_prompt_is_closed_and_the_others_are_answered(
    server: FakeServer,
) -> None:
    arrived, released = threading.Event(), threading.Event()

    def waits(body: dict[str, Any]) -> Reply:
        if body["messages"][0]["content"] == "gone":
            arrived.set()
            assert released.wait(20.0)
        return answer("SELECT 1")

    server.script = waits
    flag = Cancellation()

    def cancel() -> None:
        assert arrived.wait(20.0)
        flag.cancel()

    canceller = threading.Thread(target=cancel)
    canceller.start()
    prompts, flags = [Prompt("a"), Prompt("gone"), Prompt("b")], [None, flag, None]
    found = server.engine(timeout=60.0).generate(prompts, Decoding(), flags)
    assert not released.is_set()  # the answer to the cancelled one was not waited for
    released.set()
    canceller.join()
    assert [completions[0].error for completions in found] == ["", "cancelled", ""]


def test_cancelling_ends_the_wait_for_the_next_try(server: FakeServer) -> None:
    flag = Cancellation()

    def busy(body: dict[str, Any]) -> Reply:
        threading.Timer(0.3, flag.cancel).start()
        return 503, {"retry-after": "4"}, "busy"

    server.script = busy
    start = time.monotonic()
    ((completion,),) = server.engine(retry=Retry()).generate([Prompt("q")], Decoding(), [flag])
    assert completion.error == "cancelled"
    assert time.monotonic() - start < 3.5
    assert len(server.requests) == 1


@dataclass
class Busy:
    """A server's answer that asks for a longer wait than there is time for."""

    status: int = 503
    headers: dict[str, str] = field(default_factory=lambda: {"retry-after": "50"})

    def close(self) -> None:
        """Nothing is open."""


def test_what_is_no_longer_wanted_is_cancelled_whatever_the_server_says() -> None:
    flag = Cancellation()
    with pytest.raises(EngineError, match="asks for a wait of 50 s"):
        Retry().send(Busy, Deadline(5.0), "host", flag)
    flag.cancel()
    with pytest.raises(AnswerCancelledError):
        Retry().send(Busy, Deadline(5.0), "host", flag)


def test_a_cancelled_stream_is_closed(server: FakeServer) -> None:
    server.script = lambda body: (200, {}, events("SELECT", " 1", ", 2"))
    flag = Cancellation()
    pieces = server.engine().stream(Prompt("q"), Decoding(), flag)
    assert next(pieces) == "SELECT"
    flag.cancel()
    with pytest.raises(AnswerCancelledError):
        next(pieces)


def test_candidates_are_ordered_by_their_logprobs(server: FakeServer) -> None:
    def with_logprobs(body: dict[str, Any]) -> Reply:
        assert body["logprobs"] is True
        assert (body["n"], body["seed"], body["temperature"]) == (2, 5, 0.7)
        status, headers, text = answer("unlikely", "likely")
        found = json.loads(text)
        for choice, logprob in zip(found["choices"], (-3.0, -0.5), strict=True):
            choice["logprobs"] = {"content": [{"logprob": logprob}, {"logprob": -1.0}]}
        return status, headers, json.dumps(found)

    server.script = with_logprobs
    decoding = Decoding(method="sample", n=2, seed=5, temperature=0.7)
    (found,) = server.engine().generate([Prompt("q")], decoding)
    assert [(one.text, one.logprob, one.tokens) for one in found] == [
        ("likely", -1.5, 2),
        ("unlikely", -4.0, 2),
    ]


@pytest.mark.parametrize("api", ["chat", "completions"])
def test_tokens_are_asked_for_and_reported_in_both_formats(server: FakeServer, api: Any) -> None:
    letter = "\ufffd" if api == "chat" else "ä"
    texts, values = ["SELECT", " '", letter, "'", ";", "\n"], [-0.1, -0.2, -0.3, -0.4, -0.5, -0.6]

    def with_tokens(body: dict[str, Any]) -> Reply:
        assert body["logprobs"] == (True if api == "chat" else 1)
        content = [{"token": one, "logprob": value} for one, value in zip(texts, values, strict=True)]
        content[2]["bytes"] = list("ä".encode())
        listed: Any = {"tokens": texts, "token_logprobs": values} if api != "chat" else {"content": content}
        choice = {"index": 0, "finish_reason": "stop", "logprobs": listed}
        text = "SELECT 'ä';\n"
        choice |= {"message": {"content": text}} if api == "chat" else {"text": text}
        return 200, {}, json.dumps({"choices": [choice]})

    server.script = with_tokens
    decoding = Decoding(stop=(";",), token_logprobs=True)
    ((found,),) = server.engine(api=api).generate([Prompt("q")], decoding)
    assert found.text == "SELECT 'ä'"
    assert [one.logprob for one in found.token_logprobs] == values[:4]
    written = b"".join(one.piece for one in found.token_logprobs).decode()
    assert written == "SELECT 'ä'"


def test_a_server_without_logprobs_is_asked_without(server: FakeServer) -> None:
    server.script = lambda body: (
        (400, {}, "logprobs is not supported") if "logprobs" in body else answer("a", "b")
    )
    (found,) = server.engine().generate([Prompt("q")], Decoding(method="sample", n=2))
    assert [one.text for one in found] == ["a", "b"]


def test_a_server_that_gives_one_candidate_is_asked_again_with_other_seeds(server: FakeServer) -> None:
    server.script = lambda body: answer(f"SELECT {body['seed']}")
    (found,) = server.engine().generate([Prompt("q")], Decoding(method="sample", n=3, seed=10))
    assert [one.text for one in found] == ["SELECT 10", "SELECT 11", "SELECT 12"]


def test_beam_search_is_refused(server: FakeServer) -> None:
    with pytest.raises(OptionError, match="`method` sample"):
        server.engine().generate([Prompt("q")], Decoding(method="beam"))


def test_constrained_decoding_is_refused(server: FakeServer) -> None:
    decoding = Decoding(constrain=True)
    with pytest.raises(OptionError, match="constrain"):
        server.engine().generate([Prompt("q")], decoding)
    with pytest.raises(OptionError, match="constrain"):
        list(server.engine().stream(Prompt("q"), decoding))


def events(*pieces: str) -> str:
    lines = [f"data: {json.dumps({'choices': [{'delta': {'content': piece}}]})}\n\n" for piece in pieces]
    return "".join(['data: {"choices": []}\n\n', ": comment\n\n", *lines, "data: [DONE]\n\n"])


def test_a_stream_comes_in_pieces_up_to_the_stop(server: FakeServer) -> None:
    server.script = lambda body: (200, {}, events("SEL", "ECT 1", "\n#", "## Input"))
    pieces = list(server.engine().stream(Prompt("q", stop=("\n###",)), Decoding()))
    assert pieces == ["SEL", "ECT 1"]
    assert server.requests[0][1]["stream"] is True


@pytest.mark.parametrize("line", ["data: {broken\n\n", 'data: {"error": {"message": "out of memory"}}\n\n'])
def test_a_broken_stream_is_an_error(server: FakeServer, line: str) -> None:
    server.script = lambda body: (200, {}, line)
    with pytest.raises(EngineError):
        list(server.engine().stream(Prompt("q"), Decoding()))


def test_the_only_model_of_a_server_needs_no_name(server: FakeServer) -> None:
    server.script = lambda body: (200, {}, json.dumps({"data": [{"id": "llama"}]}))
    engine = load_engine(server.url)
    assert engine.name == "llama@127.0.0.1"
    assert engine.context_length == 8192


def test_several_models_are_listed_for_a_choice(server: FakeServer) -> None:
    server.script = lambda body: (200, {}, json.dumps({"data": [{"id": "a"}, {"id": "b"}]}))
    with pytest.raises(EngineError, match=r"serves 2 models \(a, b\)"):
        load_engine(server.url)


def test_tokens_of_an_unknown_tokenizer_are_estimated(server: FakeServer) -> None:
    assert server.engine().count_tokens("SELECT name FROM singer") >= 4


def reasoning_model(body: dict[str, Any]) -> Reply:
    """Refuses what OpenAI's reasoning models refuse, one parameter at a time, in their words."""

    def refuse(message: str, param: str, code: str) -> Reply:
        return 400, {}, json.dumps({"error": {"message": message, "param": param, "code": code}})

    if "max_tokens" in body:
        text = (
            "Unsupported parameter: 'max_tokens' is not supported with this model. Use "
            "'max_completion_tokens' instead."
        )
        return refuse(text, "max_tokens", "unsupported_parameter")
    if body.get("temperature", 1) != 1:
        text = (
            "Unsupported value: 'temperature' does not support 0 with this model. Only the default (1) value "
            "is supported."
        )
        return refuse(text, "temperature", "unsupported_value")
    if "stop" in body:
        text = "Unsupported parameter: 'stop' is not supported with this model."
        return refuse(text, "stop", "unsupported_parameter")
    return answer("SELECT 1; and more")


def test_a_reasoning_model_is_asked_as_it_wants_to_be(
    server: FakeServer, caplog: pytest.LogCaptureFixture
) -> None:
    server.script = reasoning_model
    engine = server.engine()
    prompt = Prompt("q", stop=(";",))
    assert text_of(engine, prompt) == "SELECT 1"
    assert len(server.requests) == 4
    messages = [{"role": "user", "content": "q"}]
    assert server.requests[-1][1] == {"model": "tiny", "max_completion_tokens": 256, "messages": messages}
    assert text_of(engine, prompt) == "SELECT 1"
    assert len(server.requests) == 5
    assert caplog.messages == [
        "127.0.0.1 does not take the parameter max_tokens: max_completion_tokens is sent instead from now on",
        "127.0.0.1 does not take the parameter temperature: it is left out from now on",
        "127.0.0.1 does not take the parameter stop: it is left out from now on",
    ]


def test_a_stream_of_a_reasoning_model_is_asked_as_it_wants_to_be(server: FakeServer) -> None:
    server.script = lambda body: (
        refused if (refused := reasoning_model(body))[0] == 400 else (200, {}, events("SELECT 1", ";"))
    )
    assert "".join(server.engine().stream(Prompt("q", stop=(";",)), Decoding())) == "SELECT 1"


def test_extra_parameters_go_over_those_of_nshot(server: FakeServer) -> None:
    engine = load_engine(
        EngineConfig(
            model=server.url,
            server_model="tiny",
            extra_body='{"reasoning_effort": "low", "temperature": null, "max_completion_tokens": 9}',
        )
    )
    text_of(engine, Prompt("q"))
    body = server.requests[0][1]
    assert body == {
        "model": "tiny",
        "messages": [{"role": "user", "content": "q"}],
        "reasoning_effort": "low",
        "max_completion_tokens": 9,
    }


def test_an_extra_parameter_that_is_refused_is_an_error(server: FakeServer) -> None:
    server.script = lambda body: (400, {}, "Unsupported parameter: 'seed'")
    with pytest.raises(EngineError, match=r"refuses every prompt.*'seed'"):
        server.engine(extra={"seed": 1}).generate([Prompt("q")], Decoding())
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "text", ["", "low", "[1]", "{", '{"a": NaN}', "[" * 100_000, '{"stream": true}', '{"messages": []}']
)
def test_extra_parameters_that_are_no_object_or_nshots_own_are_refused(text: str) -> None:
    with pytest.raises(OptionError, match="extra_body"):
        EngineConfig(model="http://localhost:1/v1", extra_body=text)


def test_extra_parameters_are_for_servers() -> None:
    with pytest.raises(OptionError, match=r"extra_body.*is for a server"):
        EngineConfig(extra_body="{}")


BODY = {"max_tokens": 9, "temperature": 0.0, "stop": [";"], "seed": 1, "n": 2, "logprobs": True, "top_p": 1.0}


@pytest.mark.parametrize(
    ("error", "refused"),
    [
        ("Unrecognized request argument supplied: seed", {"seed"}),
        ("logprobs is not supported", {"logprobs"}),
        ("property 'n' is unsupported", {"n"}),
        (
            "litellm.UnsupportedParamsError: openai does not support parameters: {'temperature': 0}",
            {"temperature"},
        ),
        (
            '{"detail": [{"type": "extra_forbidden", "loc": ["body", "stop"], "msg": "not permitted"}]}',
            {"stop"},
        ),
        ('{"error": {"message": "Unknown parameter.", "param": "top_p"}}', {"top_p"}),
        ('{"error": {"message": "no", "param": "seed", "code": "unsupported_parameter"}}', {"seed"}),
        ("`temperature` and `top_p` are deprecated for this model", {"temperature", "top_p"}),
        ("This model doesn't support the stop parameter", {"stop"}),
        ("temperature: may only be set to 1 when thinking is enabled.", {"temperature"}),
        (
            '{"error": {"message": "temperature must be 1 for this model", "param": "temperature"}}',
            {"temperature"},
        ),
        ("Invalid value for 'temperature': this model only supports temperature=1", {"temperature"}),
        ('{"error": {"message": "\'n\' : number must be at most 1", "param": "n"}}', {"n"}),
        ("[" + json.dumps({"error": {"message": 'Unknown name "seed": Cannot find field.'}}) + "]", {"seed"}),
        ("max_tokens must be at most 128", set()),
        ("maximum context length is 8192 tokens, you asked for 9000 (256 in max_tokens)", set()),
        ('{"error": {"message": "max_tokens is too large: at most 8", "param": "max_tokens"}}', set()),
        ("this model does not support images; please stop and seed a new request", set()),
        ("no such model", set()),
        ("[" * 100_000, set()),
    ],
)
def test_the_parameter_that_an_error_refuses_is_found(error: str, refused: set[str]) -> None:
    parameters = ServerParameters("host")
    assert parameters.learn(BODY, error) == bool(refused)
    left = parameters.apply(BODY)
    assert {name for name in BODY if name not in left} == refused


def test_a_successor_that_is_refused_too_is_left_out() -> None:
    parameters = ServerParameters("host")
    assert parameters.learn({"max_tokens": 9}, "Unsupported parameter: 'max_tokens'")
    assert parameters.apply({"max_tokens": 9}) == {"max_completion_tokens": 9}
    text = "Unknown parameter 'max_completion_tokens', use 'max_tokens' instead"
    assert parameters.learn({"max_completion_tokens": 9}, text)
    assert parameters.apply({"max_tokens": 9}) == {}


def test_a_password_and_parameters_of_the_address_reach_the_server(
    server: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = server.url.replace("http://", "http://robot:hunter22@") + "?api-version=1&key=abc-123"
    text_of(ServerEngine(url, "tiny"), Prompt("q"))
    assert server.requests[0][0] == "/v1/chat/completions?api-version=1&key=abc-123"
    assert server.keys == ["Basic cm9ib3Q6aHVudGVyMjI="]
