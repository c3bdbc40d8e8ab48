from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest
from tests.serving.conftest import Site, read_events, running, wait_until

from nshot.serving.http import protocol

KEY = "canary-7f3a"
ASK = {"question": "How many singers?", "db_id": "concert"}


def code(answer: object) -> str:
    return str(answer.json()["error"]["code"])  # type: ignore[attr-defined]


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "127.0.0.1.evil.example", "", "[::2]"])
@pytest.mark.parametrize("path", ["/", "/health", "/v1/models", "/api/info", "/metrics"])
def test_a_foreign_host_name_is_refused(site: Site, host: str, path: str) -> None:
    answer = site.client.get(path, headers={"Host": host})
    assert (answer.status_code, code(answer)) == (403, "foreign_host")


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:1", "127.0.0.1:99", "[::1]:8765"])
def test_names_of_this_machine_are_ours(site: Site, host: str) -> None:
    assert site.client.get("/health", headers={"Host": host}).status_code == 200


def test_a_name_that_the_server_is_started_with_is_ours(folder: Path, tmp_path: Path) -> None:
    with running(folder, tmp_path, allow_host=("sql.example",)) as site:
        assert site.client.get("/health", headers={"Host": "sql.example:8765"}).status_code == 200
        assert site.client.get("/health", headers={"Host": "other.example"}).status_code == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost:1"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
@pytest.mark.parametrize("path", ["/api/ask", "/api/run", "/v1/chat/completions", "/api/pairs"])
def test_a_page_of_another_site_is_refused(site: Site, headers: dict[str, str], path: str) -> None:
    answer = site.post(path, ASK, headers=headers)
    assert (answer.status_code, code(answer)) == (403, "foreign_origin")
    assert "access-control-allow-origin" not in answer.headers
    assert site.engine.batches == []


def test_the_own_page_may_ask(site: Site) -> None:
    answer = site.post("/api/ask", ASK, headers={"Origin": site.url, "Sec-Fetch-Site": "same-origin"})
    assert read_events(answer.text)[-1][0] == "done"


def test_no_preflight_is_allowed(site: Site) -> None:
    headers = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    answer = site.client.options("/api/ask", headers=headers)
    assert answer.status_code == 403
    assert not [name for name in answer.headers if name.startswith("access-control")]


@pytest.fixture
def locked(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> object:
    monkeypatch.setenv("SQL_KEY", KEY)
    return running(folder, tmp_path, api_key_env="SQL_KEY")


@pytest.mark.parametrize(
    "given", ["", "Bearer", "Bearer wrong", f"Basic {KEY}", KEY, f"Bearer {KEY}x", "Bearer \xff"]
)
def test_without_the_key_nothing_is_answered(locked: object, given: str) -> None:
    with locked as site:  # type: ignore[attr-defined]
        headers = {"Authorization": given.encode("latin-1")} if given else {}
        for path in ("/v1/models", "/api/pairs", "/api/schema/concert", "/api/answers/x"):
            answer = site.client.get(path, headers=headers)
            assert (answer.status_code, code(answer)) == (401, "invalid_api_key")
        assert site.client.get("/health").status_code == 200
        info = site.client.get("/api/info", headers=headers).json()
        assert info == {"version": info["version"], "needs_key": True}


def test_with_the_key_all_is_answered_and_the_key_is_written_nowhere(locked: object, capfd: object) -> None:
    with locked as site:  # type: ignore[attr-defined]
        headers = {"Authorization": f"Bearer {KEY}", "X-Request-Id": "mine-1"}
        answer = site.post("/api/ask", ASK, headers=headers)
        assert read_events(answer.text)[-1][0] == "done"
        assert answer.headers["x-request-id"] == "mine-1"
        site.post("/api/ask", ASK, headers={"Authorization": f"Bearer {KEY}x"})
        assert KEY not in "".join(site.lines) + site.client.get("/metrics").text
    out, err = capfd.readouterr()  # type: ignore[attr-defined]
    assert KEY not in out + err


def test_a_key_may_have_any_letters(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SQL_KEY", "schlüssel\n")
    with running(folder, tmp_path, api_key_env="SQL_KEY") as site:
        headers = {b"Authorization": "Bearer schlüssel".encode()}
        assert site.client.get("/v1/models", headers=headers).status_code == 200


def test_no_cache_keeps_an_answer_and_no_other_site_embeds_one(site: Site) -> None:
    headers = site.chat().headers
    assert headers["cache-control"] == "no-store"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert headers["x-content-type-options"] == "nosniff"


def test_any_key_is_accepted_where_none_is_configured(site: Site) -> None:
    assert site.client.get("/v1/models", headers={"Authorization": "Bearer DUMMY_KEY"}).status_code == 200


def test_a_body_that_is_too_long_is_refused(folder: Path, tmp_path: Path) -> None:
    with running(folder, tmp_path, max_body=1000) as site:
        answer = site.post("/api/ask", {**ASK, "more": "x" * 2000})
        assert (answer.status_code, code(answer)) == (413, "body_too_large")
        pieces = (b" " * 300 for _ in range(5))  # chunked: no length is announced
        answer = site.client.post("/api/ask", content=pieces, headers={"content-type": "application/json"})
        assert answer.status_code == 413


def test_a_client_that_sends_all_of_a_body_that_is_too_long_is_told(folder: Path, tmp_path: Path) -> None:
    with running(folder, tmp_path, max_body=1000) as site:
        for _ in range(5):
            with socket.create_connection((site.client.base_url.host, site.client.base_url.port)) as client:
                head = "POST /api/ask HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
                client.sendall(head.encode() + b"Content-Length: 6000000\r\n\r\n" + b" " * 6_000_000)
                assert client.recv(100).startswith(b"HTTP/1.1 413")


def test_a_body_that_does_not_come_is_given_up(folder: Path, tmp_path: Path) -> None:
    with running(folder, tmp_path, body_timeout=0.2) as site:
        port = int(site.url.rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port)) as slow:
            slow.settimeout(10)
            slow.sendall(
                f"POST /api/ask HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n"
                "Content-Length: 100\r\n\r\n{".encode()
            )
            assert slow.recv(1000).startswith(b"HTTP/1.1 408")


@pytest.mark.parametrize(
    "rest", [b"Content-Length: 100\r\n\r\n{", b"Transfer-Encoding: chunked\r\n\r\nzz\r\n"]
)
def test_a_client_that_goes_away_in_the_middle_of_its_body_is_no_fault(site: Site, rest: bytes) -> None:
    port = int(site.url.rpartition(":")[2])
    head = b"POST /api/ask HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    with socket.create_connection(("127.0.0.1", port)) as client:
        client.sendall(head + rest)
    wait_until(site.records)
    (record,) = site.records()
    assert (record["status"], record["outcome"]) == (499, "cancelled")
    assert site.records("fault") == []


@pytest.mark.parametrize("begun", [b"", b"GET /health HTTP/1.1\r\nHost: loc"])
def test_headers_that_do_not_come_are_given_up(
    folder: Path, tmp_path: Path, begun: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(protocol, "HEADER_SECONDS", 0.2)
    with running(folder, tmp_path) as site:
        port = int(site.url.rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port)) as slow:
            slow.settimeout(10)
            slow.sendall(begun)
            assert slow.recv(1000) == b""
        with socket.create_connection(("127.0.0.1", port)) as again:  # a second request on a connection
            again.settimeout(10)
            again.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert again.recv(1000).startswith(b"HTTP/1.1 200")
            again.sendall(b"GET /health")
            while again.recv(1000):
                pass


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        (b"{}", "text/plain", 415),
        (b"question=1", "application/x-www-form-urlencoded", 415),
        (b"{", "application/json", 400),
        (b"[1]", "application/json", 400),
        (b"[" * 100_000, "application/json", 400),
        (b"\xff", "application/json", 400),
    ],
)
def test_a_body_that_is_no_json_object_is_refused(site: Site, content: bytes, kind: str, status: int) -> None:
    answer = site.client.post("/api/ask", content=content, headers={"content-type": kind})
    assert answer.status_code == status


@pytest.mark.parametrize("db_id", ["/etc/passwd", "../concert", "concert.sqlite", "sqlite:///x", "a\x00b"])
def test_a_database_of_a_request_is_never_a_path(site: Site, db_id: str) -> None:
    for path, body in (
        ("/api/ask", {**ASK, "db_id": db_id}),
        ("/api/run", {"sql": "SELECT 1", "db_id": db_id}),
        ("/api/pairs", {"question": "q", "sql": "SELECT 1", "db_id": db_id}),
    ):
        answer = site.post(path, body)
        assert (answer.status_code, code(answer)) == (404, "database_not_found")


def test_the_file_of_a_database_cannot_be_asked_for(site: Site) -> None:
    file = site.folder / "concert" / "concert.sqlite"
    answer = site.post("/api/run", {"sql": "SELECT 1", "db_id": str(file)})
    assert answer.status_code == 404


def test_no_answer_and_no_line_of_the_log_holds_the_key_in_the_models_address(
    folder: Path, tmp_path: Path
) -> None:
    options = {"model": "http://robot:pw-canary-1@model.invalid/v1?api_key=q-canary-2"}
    with running(folder, tmp_path, options=options) as site:
        routes = ("/api/info", "/api/schema/shop", "/api/pairs", "/v1/models", "/metrics", "/health", "/none")
        said = [site.client.get(f"{route}?token=t-canary-3").text for route in routes]
        said += [site.chat().text, site.post("/api/ask", ASK).text]
        assert "http://***@model.invalid/v1?api_key=***" in said[0]
        assert "canary" not in "".join([*said, *site.lines])


def test_the_log_holds_no_question_no_sql_and_no_row(site: Site) -> None:
    site.events("Which canary-singers are there?")
    site.post("/api/run", {"sql": "SELECT name AS canary FROM singer", "db_id": "concert"})
    site.client.get("/api/pairs?q=canary")
    text = "".join(site.lines) + site.client.get("/metrics").text
    assert "canary" not in text
    assert "Ada" not in text
    ask, run, listed = site.records()
    assert ask["route"] == "/api/ask"
    assert (ask["outcome"], ask["examples"], ask["db_id"]) == ("ok", ["e-1"], "concert")
    assert len(ask["prompt_sha256"]) == 64
    assert ask["request_id"]
    assert (run["status"], listed["route"]) == (200, "/api/pairs")
    json.dumps(ask)
