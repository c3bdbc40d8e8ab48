from __future__ import annotations

import importlib.util
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.cli.model_server import serving
from tests.serving.conftest import wait_until

from nshot.errors import MissingExtraError
from nshot.serving import check_installed


@contextmanager
def start(tmp_path: Path, *options: str) -> Iterator[subprocess.Popen[str]]:
    """`nshot serve` on a free port; a test that fails does not wait for it."""
    command = [sys.executable, "-m", "nshot", "serve", "--port", "0", *options]
    pairs = ["--pairs", str(tmp_path / "pairs.jsonl")]
    with subprocess.Popen([*command, *pairs], stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process
        except BaseException:
            process.kill()
            raise


def test_without_the_extra_the_command_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    find: Callable[..., Any] = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "uvicorn" else find(name))
    with pytest.raises(MissingExtraError, match=r"pip install 'nshot\[serve\]'"):
        check_installed()


def test_a_server_prints_its_address_and_ends_on_sigterm(tmp_path: Path) -> None:
    with serving() as model:
        model.says = lambda _: "SELECT count(*) FROM farms"
        with start(tmp_path, "--model", model.url, "--shots", "0") as process:
            assert process.stderr is not None
            line = next(line for line in process.stderr if line.startswith("open http://"))
            with httpx.Client(base_url=line.split()[1], timeout=120) as client:
                wait_until(lambda: client.get("/health").status_code == 200)
                question = {"role": "user", "content": "How many farms are there?"}
                answer = client.post("/v1/chat/completions", json={"model": "nshot", "messages": [question]})
                assert answer.json()["nshot"]["result"]["rows"] == [[12]]
            process.send_signal(signal.SIGTERM)
            process.stderr.read()
            assert process.wait(20) in (0, -signal.SIGTERM)


def test_a_model_that_cannot_be_loaded_ends_the_command(tmp_path: Path) -> None:
    with start(tmp_path, "--model", str(tmp_path / "none.gguf"), "--shots", "0") as process:
        _, said = process.communicate(timeout=60)
    assert process.returncode == 1
    assert f"error: model file not found: {tmp_path / 'none.gguf'}" in said
