"""The page in a real browser: each check of `browser/checks` is a test of its own.

Needs chromium, node and the packages of browser/package.json (`make browser`); skipped where they
are not there, unless NSHOT_TEST_BROWSER is set.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn

from .fake_server import FakeServer

FOLDER = Path(__file__).resolve().parent / "browser"
CHECKS = sorted(
    name
    for file in (FOLDER / "checks").glob("*.mjs")
    for name in re.findall(r"^export async function (\w+)", file.read_text(encoding="utf-8"), re.MULTILINE)
)


@pytest.fixture(scope="module")
def base() -> Iterator[str]:
    """Address of the fake server."""
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(FakeServer().app(), log_level="error"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    while not server.started and thread.is_alive():
        time.sleep(0.01)
    yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    server.should_exit = True
    server.force_exit = True
    thread.join(10)
    listening.close()


@pytest.fixture(scope="module")
def driver(base: str) -> Iterator[subprocess.Popen[str]]:
    """A browser that takes names of checks."""
    chromium, node = shutil.which("chromium") or shutil.which("chromium-browser"), shutil.which("node")
    if chromium is None or node is None or not (FOLDER / "node_modules" / "playwright-core").is_dir():
        missing = "chromium, node and `make browser` are needed for the page's tests in a browser"
        if os.environ.get("NSHOT_TEST_BROWSER"):
            pytest.fail(missing)
        pytest.skip(missing)
    command = [node, str(FOLDER / "driver.mjs"), base, chromium]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield process
        assert process.stdin is not None
        process.stdin.close()


@pytest.mark.parametrize("check", CHECKS)
def test_in_chromium(driver: subprocess.Popen[str], check: str) -> None:
    assert driver.stdin is not None
    assert driver.stdout is not None
    driver.stdin.write(f"{check}\n")
    driver.stdin.flush()
    result = json.loads(driver.stdout.readline())
    assert result["check"] == check
    assert not result["error"], result["error"]
