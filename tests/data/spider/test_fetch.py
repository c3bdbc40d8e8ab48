from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from nshot.data.spider.fetch import fetch
from nshot.errors import DataError

DATA = bytes(range(256)) * 4_000


class Site:
    """A file behind HTTP, and how its server behaves; `asked` lists the Range headers that came."""

    def __init__(self) -> None:
        self.data = DATA
        self.etag: str | None = '"v1"'
        self.ranges = True
        self.breaks: list[int] = []
        """Bytes after which the next answers break off."""
        self.statuses: list[int] = []
        """Statuses of the next answers, before it behaves."""
        self.kind = "application/zip"
        self.asked: list[str | None] = []
        self.url = ""


@pytest.fixture
def site() -> Iterator[Site]:
    """A server in a thread of its own."""
    site = Site()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            asked = self.headers.get("Range")
            site.asked.append(asked)
            if site.statuses:
                self.send_response(site.statuses.pop(0))
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            same = self.headers.get("If-Range") in (None, site.etag)
            start = int(re.findall(r"\d+", asked)[0]) if asked and site.ranges and same else 0
            if start >= len(site.data):
                self.send_response(416)
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            body = site.data[start:]
            self.send_response(206 if start else 200)
            self.send_header("Content-Type", site.kind)
            self.send_header("Content-Length", str(len(body)))
            if start:
                self.send_header("Content-Range", f"bytes {start}-{len(site.data) - 1}/{len(site.data)}")
            if site.etag:
                self.send_header("ETag", site.etag)
            self.end_headers()
            if site.breaks:
                self.wfile.write(body[: site.breaks.pop(0)])
                self.close_connection = True
            else:
                self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    class Server(ThreadingHTTPServer):
        def handle_error(self, request: object, client_address: object) -> None:
            """A client that hangs up is no error here."""

    server = Server(("127.0.0.1", 0), Handler)
    site.url = f"http://127.0.0.1:{server.server_port}/spider.zip"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def get(site: Site, folder: Path, retries: int = 3) -> Path:
    return fetch(site.url, folder / "a.zip", retries=retries, wait=lambda seconds: None)


def test_a_file_is_fetched_once(site: Site, tmp_path: Path) -> None:
    told: list[tuple[int, int | None]] = []
    file = fetch(site.url, tmp_path / "a.zip", progress=lambda done, total: told.append((done, total)))
    assert file.read_bytes() == DATA
    assert told[-1] == (len(DATA), len(DATA))
    assert get(site, tmp_path) == file
    assert site.asked == [None]
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.zip"]


def test_a_line_that_breaks_twice_is_resumed_where_it_broke(site: Site, tmp_path: Path) -> None:
    site.breaks = [300_000, 200_000]
    assert get(site, tmp_path).read_bytes() == DATA
    assert site.asked[0] is None
    starts = [int(asked.strip("bytes=-")) for asked in site.asked[1:] if asked]
    assert len(starts) == 2
    assert 0 < starts[0] <= 300_000 < starts[1] <= 500_000


def test_a_later_call_resumes(site: Site, tmp_path: Path) -> None:
    site.breaks = [300_000]
    with pytest.raises(DataError, match="run the command again to resume"):
        get(site, tmp_path, retries=0)
    assert (tmp_path / "a.zip.part").is_file()
    assert not (tmp_path / "a.zip").exists()
    assert get(site, tmp_path).read_bytes() == DATA
    assert site.asked[1] is not None


def test_a_file_that_changed_meanwhile_is_fetched_from_its_start(site: Site, tmp_path: Path) -> None:
    site.breaks = [300_000]
    with pytest.raises(DataError):
        get(site, tmp_path, retries=0)
    site.data, site.etag = DATA[::-1], '"v2"'
    assert get(site, tmp_path).read_bytes() == DATA[::-1]


def test_a_changed_size_is_noticed_without_an_etag(site: Site, tmp_path: Path) -> None:
    site.etag, site.breaks = None, [300_000]
    with pytest.raises(DataError):
        get(site, tmp_path, retries=0)
    site.data = b"PK" + DATA
    assert get(site, tmp_path).read_bytes() == b"PK" + DATA


def test_a_file_that_shrank_below_the_part_is_fetched_anew(site: Site, tmp_path: Path) -> None:
    site.etag, site.breaks = None, [300_000]
    with pytest.raises(DataError):
        get(site, tmp_path, retries=0)
    site.data = DATA[:1_000]
    assert get(site, tmp_path).read_bytes() == DATA[:1_000]


def test_a_server_that_ignores_ranges_starts_anew(site: Site, tmp_path: Path) -> None:
    site.ranges, site.breaks = False, [300_000]
    assert get(site, tmp_path).read_bytes() == DATA


def test_a_part_of_another_address_is_not_continued(site: Site, tmp_path: Path) -> None:
    (tmp_path / "a.zip.part").write_bytes(b"something else")
    origin = {"url": "http://other/a.zip", "validator": "", "total": None}
    (tmp_path / "a.zip.part.json").write_text(json.dumps(origin))
    assert get(site, tmp_path).read_bytes() == DATA
    assert site.asked == [None]


def test_a_part_that_somebody_else_made_is_left_alone(site: Site, tmp_path: Path) -> None:
    (tmp_path / "a.zip.part").write_bytes(b"years of work")
    with pytest.raises(DataError, match="was not begun by nshot"):
        get(site, tmp_path)
    assert (tmp_path / "a.zip.part").read_bytes() == b"years of work"


def test_what_is_kept_beside_a_part_and_what_is_said_hold_no_key(site: Site, tmp_path: Path) -> None:
    site.breaks = [1_000] * 5
    url = site.url.replace("http://", "http://robot:hunter22@") + "?token=abc-123"
    with pytest.raises(DataError) as caught:
        fetch(url, tmp_path / "a.zip", retries=0, wait=lambda seconds: None)
    origin = (tmp_path / "a.zip.part.json").read_text()
    assert "spider.zip" in origin
    for text in (origin, str(caught.value)):
        assert "hunter22" not in text
        assert "abc-123" not in text


def test_a_busy_server_is_asked_again_after_growing_pauses(site: Site, tmp_path: Path) -> None:
    site.statuses = [503, 429, 500]
    waits: list[float] = []
    assert fetch(site.url, tmp_path / "a.zip", wait=waits.append).read_bytes() == DATA
    assert waits == [1, 2, 4]


def test_a_server_that_stays_busy_is_given_up(site: Site, tmp_path: Path) -> None:
    site.statuses = [503] * 9
    with pytest.raises(DataError, match=r"broke off 3 times .*503"):
        get(site, tmp_path, retries=2)


def test_a_refusal_is_not_repeated(site: Site, tmp_path: Path) -> None:
    site.statuses = [404]
    with pytest.raises(DataError, match="answered 404 Not Found; check the address"):
        get(site, tmp_path)
    assert len(site.asked) == 1


@pytest.mark.parametrize("kind", ["text/html; charset=utf-8", "application/octet-stream"])
def test_a_web_page_is_no_archive(site: Site, tmp_path: Path, kind: str) -> None:
    site.kind, site.data = kind, b"<!DOCTYPE html><title>Google Drive - Virus scan warning</title>"
    with pytest.raises(DataError, match=r"web page instead of the archive .*`url` FILE\.zip"):
        get(site, tmp_path)
    assert not (tmp_path / "a.zip").exists()


def test_more_than_allowed_is_not_fetched(site: Site, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="larger than the 1000 bytes"):
        fetch(site.url, tmp_path / "a.zip", max_bytes=1_000)


def test_an_address_that_nobody_serves_is_told(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="broke off 1 times"):
        fetch("http://127.0.0.1:1/a.zip", tmp_path / "a.zip", retries=0)
    with pytest.raises(DataError):
        fetch("gopher://x/a.zip", tmp_path / "b.zip", retries=0)
