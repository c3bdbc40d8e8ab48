"""Bundles the page's SQL editor anew: `python tools/build_editor.py` (needs node, npm and their
registry).

The versions are pinned in tools/editor/package.json; the bundle, its SHA-256 and the licences go to
src/nshot/serving/page/static/vendor.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

FOLDER = Path(__file__).resolve().parent / "editor"
INSTALL = ("npm", "install", "--ignore-scripts", "--package-lock=false", "--no-audit", "--no-fund")


def main() -> None:
    """Install the pinned packages beside their list, then bundle them."""
    for command in (INSTALL, ("node", "build.mjs")):
        subprocess.run(command, cwd=FOLDER, check=True)


if __name__ == "__main__":
    main()
