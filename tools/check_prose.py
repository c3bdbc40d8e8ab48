"""Fails when a line of prose in a Markdown file is too long: `python tools/check_prose.py [FILE ...]`.

Without arguments it reads every `*.md` file that git tracks. Four kinds of lines may be longer: rows of
tables, fenced code, lines with a URL, and the link definitions of a changelog (`[1.0]: ...`).
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

LIMIT = 100
EXCEPTED = re.compile(r"\s*\||.*https?://|\[[^\]]+\]: ")


def long_lines(text: str, limit: int = LIMIT) -> Iterator[tuple[int, int]]:
    """Number (from 1) and length in characters of each line of prose longer than `limit`.

    >>> list(long_lines("short\\nlonger than ten", limit=10))
    [(2, 15)]
    """
    fence = ""
    for number, line in enumerate(text.splitlines(), start=1):
        mark = re.match(r"\s*(`{3,}|~{3,})", line)
        if mark and not fence:
            fence = mark[1]
        elif mark and mark[1].startswith(fence):
            fence = ""
        elif not fence and len(line) > limit and not EXCEPTED.match(line):
            yield number, len(line)


def tracked() -> list[Path]:
    """The Markdown files that git tracks and that are still on disk."""
    repo = Path(__file__).resolve().parent.parent
    listed = subprocess.run(
        ["git", "-C", str(repo), "ls-files", "-z", "*.md"], capture_output=True, text=True, check=True
    )
    return [repo / name for name in listed.stdout.split("\0") if name and (repo / name).is_file()]


def main() -> None:
    """Print each line that is too long; exit with status 1 if there is one."""
    files = [Path(name) for name in sys.argv[1:]] or tracked()
    found = [
        f"{file}:{number}: {length} characters, at most {LIMIT}"
        for file in files
        for number, length in long_lines(file.read_text(encoding="utf-8"))
    ]
    if found:
        sys.exit("\n".join([*found, "wrap these lines of prose"]))


if __name__ == "__main__":
    main()
