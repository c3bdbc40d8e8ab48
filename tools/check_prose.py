"""Fails when a line of prose is too long: `python tools/check_prose.py [FILE ...]`.

Without arguments it reads every `*.md` file that git tracks and the docstrings of every `*.py`
file. Longer may be: rows of tables, code (fenced, of a doctest, or a command that is indented),
lines with a URL, and the link definitions of a changelog (`[1.0]: ...`).
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

LIMIT = 100
EXCEPTED = re.compile(r"\s*\||.*https?://|\[[^\]]+\]: ")

COMMAND = re.compile(r" {4,}(#|\w+=\S+ |python |nshot |pip )")


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


def long_docstring_lines(source: str, limit: int = LIMIT) -> Iterator[tuple[int, int]]:
    """As `long_lines`, of the docstrings of Python source. A doctest ends at the next empty line.

    >>> list(long_docstring_lines("'''Longer than ten.'''", limit=10))
    [(1, 22)]
    """
    lines = source.splitlines()
    for node in ast.walk(ast.parse(source)):
        if not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)):
            continue
        if not isinstance(node.value.value, str):
            continue
        code = False
        for number in range(node.lineno, (node.end_lineno or node.lineno) + 1):
            line = lines[number - 1]
            code = bool(line.strip()) and (code or line.lstrip().startswith(">>>"))
            if not code and len(line) > limit and not EXCEPTED.match(line) and not COMMAND.match(line):
                yield number, len(line)


def tracked() -> list[Path]:
    """The Markdown and Python files that git tracks and that are still on disk."""
    repo = Path(__file__).resolve().parent.parent
    listed = subprocess.run(
        ["git", "-C", str(repo), "ls-files", "-z", "*.md", "*.py"], capture_output=True, text=True, check=True
    )
    return [repo / name for name in listed.stdout.split("\0") if name and (repo / name).is_file()]


def main() -> None:
    """Print each line that is too long; exit with status 1 if there is one."""
    files = [Path(name) for name in sys.argv[1:]] or tracked()
    found = [
        f"{file}:{number}: {length} characters, at most {LIMIT}"
        for file in files
        for number, length in (long_docstring_lines if file.suffix == ".py" else long_lines)(
            file.read_text(encoding="utf-8")
        )
    ]
    if found:
        sys.exit("\n".join([*found, "wrap these lines of prose"]))


if __name__ == "__main__":
    main()
