"""Takes docs/pictures/page-*.png in Chromium from a real server: `python tools/draw_page.py [OPTION
...]`.

Options go to `nshot serve`. Needs chromium, node and the packages of tests/serving/page/browser
(`make browser`). The fonts are those of the machine: with Inter and JetBrains Mono installed the
pictures look as the ones that are committed.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

REPO = Path(__file__).resolve().parent.parent
PICTURES = REPO / "docs" / "pictures"
SCRIPT = REPO / "tests" / "serving" / "page" / "browser" / "pictures.mjs"
PATIENCE = 180
"""Seconds until the server must have loaded its model."""


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


def wait_until_ready(base: str, server: subprocess.Popen[bytes]) -> None:
    """Return once `/health` says that the model is loaded.

    Raises:
        RuntimeError: The server ended, or needs too long.
    """
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and server.poll() is None:
        try:
            with urllib.request.urlopen(f"{base}/health", timeout=5):
                return
        except (urllib.error.URLError, TimeoutError):
            time.sleep(0.5)
    raise RuntimeError(f"no answer from {base}/health; exit status {server.poll()}")


def main() -> None:
    """Start a server on the sample, let the browser take the pictures, and stop it."""
    chromium, node = shutil.which("chromium"), shutil.which("node")
    if chromium is None or node is None:
        sys.exit("chromium and node are needed; on Debian: apt-get install chromium nodejs")
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    with tempfile.TemporaryDirectory() as folder:
        options = [*sys.argv[1:], "--port", str(port)]
        command = [sys.executable, "-m", "nshot", "serve", *options]
        # A folder of its own for caches and pairs: nothing of this machine's user is shown or changed.
        with subprocess.Popen(command, env=os.environ | {"XDG_DATA_HOME": folder}) as server:
            try:
                wait_until_ready(base, server)
                subprocess.run([node, str(SCRIPT), base, chromium, str(PICTURES)], check=True)
            finally:
                server.terminate()


if __name__ == "__main__":
    main()
