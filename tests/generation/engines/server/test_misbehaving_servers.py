"""Whatever a server sends: an answer or an error of one line, by the deadline and in little
memory."""

from __future__ import annotations

import random
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from nshot.errors import EngineError, OptionError
from nshot.generation.decoding import Decoding
from nshot.generation.engines.config import EngineConfig
from nshot.generation.engines.server.http_retry import Retry
from nshot.generation.engines.server.openai_engine import ServerEngine
from nshot.types import Prompt

from .bad_servers import FAIL, WORK, Behaviour, answers, chunk, drips, repeats, serving

DEADLINE = 0.6
HANG = 30.0
"""Seconds after which a request counts as hanging: far beyond the deadline, for slow machines."""


def engine(url: str, timeout: float = DEADLINE) -> ServerEngine:
    retry = Retry(retries=1, first=0.01, jitter=random.Random(0))
    return ServerEngine(url, "m", timeout=timeout, retry=retry)


def ask(behaviour: Behaviour, *, stream: bool = False, timeout: float = DEADLINE) -> str | Exception:
    """The text, or the error, of one request; fails if it hangs."""
    found: list[str | Exception] = []

    def request(url: str) -> None:
        try:
            if stream:
                found.append("".join(engine(url, timeout).stream(Prompt("q"), Decoding())))
            else:
                found.append(engine(url, timeout).generate([Prompt("q")], Decoding())[0][0].text)
        except Exception as error:  # noqa: BLE001
            found.append(error)

    with serving(behaviour) as url:
        thread = threading.Thread(target=request, args=(url,), daemon=True)
        thread.start()
        thread.join(HANG)
    assert found, "the request hangs"
    return found[0]


@pytest.mark.parametrize("name", FAIL)
def test_what_cannot_be_read_is_an_error_of_one_line(name: str) -> None:
    behaviour, message = FAIL[name]
    error = ask(behaviour, timeout=DEADLINE if "within" in message else 20.0)
    assert isinstance(error, EngineError), error
    assert message in str(error)
    assert len(str(error).splitlines()) == 1


@pytest.mark.parametrize("name", WORK)
def test_what_is_only_odd_is_read(name: str) -> None:
    behaviour, text = WORK[name]
    assert ask(behaviour, timeout=20.0) == text


SAME = ["silent", "slow headers", "endless chunks", "gzip bomb", "closes", "deep error"]


@pytest.mark.parametrize("name", SAME)
def test_a_stream_has_the_same_deadline_and_limit(name: str) -> None:
    behaviour, message = FAIL[name]
    error = ask(behaviour, stream=True, timeout=DEADLINE if "within" in message else 20.0)
    assert isinstance(error, EngineError), error


def test_a_stream_that_drips_for_ever_ends_at_the_deadline() -> None:
    event = b'data: {"choices": [{"delta": {"content": "x"}}]}\n\n'
    start = b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n"
    error = ask(drips(event * 100, start=start), stream=True)
    assert isinstance(error, EngineError)
    assert "not complete within 0.6 s" in str(error)


def test_an_endless_stream_ends_at_the_limit() -> None:
    event = b'data: {"choices": [{"delta": {"content": "' + b"x" * 60_000 + b'"}}]}\n\n'
    start = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
    error = ask(repeats(start, chunk(event)), stream=True, timeout=60.0)
    assert "larger than" in str(error)


def test_a_server_that_does_not_stream_is_read_as_a_whole() -> None:
    body = b'{"choices": [{"message":\n {"content": "SELECT 1"}}]}'
    assert ask(answers(body, "content-type: application/json"), stream=True, timeout=20.0) == "SELECT 1"


def test_a_pair_of_surrogates_in_two_events_is_one_character() -> None:
    halves = [
        b'data: {"choices": [{"delta": {"content": "\\u%s"}}]}\n\n' % half for half in (b"d83d", b"de00")
    ]
    assert ask(answers(b"".join(halves)), stream=True, timeout=20.0) == "😀"
    assert ask(answers(halves[0]), stream=True, timeout=20.0) == "�"


def test_an_error_that_is_deeply_nested_is_shown_by_its_beginning() -> None:
    error = ask(answers(b"[" * 200_000, status="500 Error"), timeout=20.0)
    assert "answered 500 after 2 tries: [[[" in str(error)
    assert len(str(error)) < 500


@pytest.mark.parametrize(
    "url",
    [
        "http://[::1/v1",
        "http://[zz::1]/v1",
        f"http://{'a' * 64}.example/v1",
        f"http://{'a.' * 200}example/v1",
        "http://host:99999/v1",
        "http://host:port/v1",
        "http:///v1",
        "http://a..b/v1",
        "http://999.1.1.1/v1",
    ],
)
def test_an_address_that_cannot_be_is_refused_before_anything_is_asked(url: str) -> None:
    with pytest.raises(OptionError, match=r"address|host"):
        EngineConfig(model=url)


@pytest.mark.parametrize(
    "url", ["http://[::1]:1/v1", "http://nosuchhost.invalid/v1", "http://127.0.0.1:1/v1"]
)
def test_a_server_that_is_not_there_is_an_error(url: str) -> None:
    with pytest.raises(EngineError, match=r"did not answer after 2 tries.*check the address|within"):
        engine(url, timeout=20.0).generate([Prompt("q")], Decoding())


def test_waits_are_told(caplog: pytest.LogCaptureFixture) -> None:
    busy = [b"busy", b"busy"]

    def behave(connection: object) -> None:
        if busy:
            answers(busy.pop(), "retry-after: 0.01", status="429 Busy")(connection)  # type: ignore[arg-type]
        else:
            WORK["good"][0](connection)  # type: ignore[arg-type]

    with serving(behave) as url:
        retry = Retry(retries=2, jitter=random.Random(0))
        found = ServerEngine(url, "m", timeout=20.0, retry=retry).generate([Prompt("q")], Decoding())
    assert found[0][0].text == "SELECT 1"
    assert caplog.messages == [
        "127.0.0.1 answered 429; trying again in 0.0 s (try 2 of 3)",
        "127.0.0.1 answered 429; trying again in 0.0 s (try 3 of 3)",
    ]


def test_a_slow_server_is_said_to_be_waited_for(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nshot.generation.engines.server.http_client.PATIENCE", 0.05)
    error = ask(FAIL["silent"][0])
    assert isinstance(error, EngineError)
    assert caplog.messages == ["waiting for 127.0.0.1, at most 0.6 s for a request"]


MEMORY = """
import re, sys
from pathlib import Path
from nshot.errors import EngineError
from nshot.generation.decoding import Decoding
from nshot.generation.engines.server.openai_engine import ServerEngine
from nshot.types import Prompt
try:
    ServerEngine(sys.argv[1], "m", timeout=60.0).generate([Prompt("q")], Decoding())
except EngineError as error:
    print(error)
print(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1])
"""


@pytest.mark.skipif(not Path("/proc/self/status").is_file(), reason="reads the peak of memory from /proc")
@pytest.mark.parametrize(
    "behaviour",
    [
        FAIL["huge body"][0],
        FAIL["gzip bomb"][0],
        FAIL["bomb in a bomb"][0],
        answers(b"[" + b"[]," * 2_700_000 + b"[]]"),
    ],
    ids=["huge body", "gzip bomb", "bomb in a bomb", "many small values"],
)
def test_memory_stays_small(behaviour: Behaviour, repo: Path) -> None:
    with serving(behaviour) as url:
        done = subprocess.run(
            [sys.executable, "-c", MEMORY, url],
            capture_output=True,
            text=True,
            check=True,
            timeout=300,
            env={"PYTHONPATH": str(repo / "src"), "OMP_NUM_THREADS": "1"},
        )
    message, kilobytes = done.stdout.splitlines()
    assert "larger than" in message or "expected a completion" in message
    assert int(kilobytes) < 300_000
