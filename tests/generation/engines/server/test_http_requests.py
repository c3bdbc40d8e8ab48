"""Requests from a thread of their own: how the thread ends."""

from __future__ import annotations

import gc
import subprocess
import sys
import threading
import time
from pathlib import Path

from nshot.generation.engines.server.http_requests import CancellableRequests, Deadline

ROOT = Path(__file__).parents[4]


def start() -> CancellableRequests:
    """Requests whose thread runs."""
    requests = CancellableRequests()

    async def act(_: object) -> int:
        return 1

    assert requests.call(act, Deadline(20)) == 1
    return requests


def count_threads() -> int:
    return sum(thread.name == "nshot-requests" for thread in threading.enumerate())


def test_the_thread_ends_with_its_requests() -> None:
    gc.collect()
    before = count_threads()
    requests = start()
    assert count_threads() == before + 1
    del requests
    gc.collect()
    end = time.monotonic() + 10
    while count_threads() > before and time.monotonic() < end:
        time.sleep(0.01)
    assert count_threads() <= before


def test_a_garbage_collection_waits_for_no_thread() -> None:
    """It may run while a thread is started, under the lock that a thread needs to end."""
    requests = start()
    lock = threading._active_limbo_lock  # type: ignore[attr-defined]
    with lock:
        begun = time.monotonic()
        del requests
        gc.collect()
        taken = time.monotonic() - begun
    assert taken < 2


def test_a_program_ends_at_once() -> None:
    code = (
        "from tests.generation.engines.server.test_http_requests import start\n"
        "kept = [start() for _ in range(3)]\n"
    )
    begun = time.monotonic()
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    assert time.monotonic() - begun < 30
