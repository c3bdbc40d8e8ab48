"""How long a fresh process takes from its start to the answers of the embedded model.

    python benchmarks/pipeline/cold.py --work DIR [--times 5]

It asks what `make demo` asks: one question alone, then all three. The index of the sample is built
in --work at the first run. A process is started once to fill the caches, then --times times; files
stay in the system's page cache. Prints wall and processor seconds (medians), what the processes say
about their stages, and the slowest imports. Run it on a quiet machine. Exit status 1 if a bound
does not hold.
"""

from __future__ import annotations

import argparse
import os
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

QUESTIONS = (
    "How many farms do we have on our books?",
    "Which countries have at least two farms?",
    "Show the name and region of every farm in Ethiopia.",
)
BOUNDS = {1: 6.0, 3: 10.0}
"""Number of questions -> most seconds on the clock."""
SLOWEST = 12
"""Imports that are printed."""
_IMPORT = re.compile(r"import time:\s*(\d+) \|\s*(\d+) \| (\s*)(\S+)", re.ASCII)


class Start(NamedTuple):
    """One process, from its start to its end."""

    wall: float
    """Seconds on the clock."""
    process: float
    """Seconds of processor time."""
    said: str


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--times", type=int, default=5)
    arguments = parser.parse_args()
    index = arguments.work / "demo-index"
    if not (index / "manifest.json").is_file():
        run(["index", "build", "--pool", "sample", "--out", str(index)])
    missed = False
    for number, bound in BOUNDS.items():
        asked = ask(index, QUESTIONS[:number])
        run(asked)
        starts = [run(asked) for _ in range(arguments.times)]
        wall, process = (
            statistics.median(one) for one in ([s.wall for s in starts], [s.process for s in starts])
        )
        missed |= wall > bound
        verdict = "" if wall <= bound else "  MISSED"
        print(f"{number} questions: {wall:.2f} s, processor {process:.2f} s (at most {bound:g} s){verdict}")
        print(*(line for line in starts[-1].said.splitlines() if "prompt tokens" in line), sep="\n")
    print("slowest imports, ms with all that they import:")
    print("\n".join(slowest_imports(run(ask(index, QUESTIONS[:1]), "-X", "importtime").said)))
    sys.exit(missed)


def ask(index: Path, questions: Sequence[str]) -> list[str]:
    """The arguments of `nshot ask`."""
    return ["ask", "--db", "coffee_roastery", "--index", str(index), "--shots", "1", *questions]


def run(arguments: Sequence[str], *options: str) -> Start:
    """A process of nshot, with options of Python."""
    before, begun = os.times(), time.perf_counter()
    ended = subprocess.run(
        [sys.executable, *options, "-m", "nshot", *arguments], capture_output=True, text=True, check=False
    )
    wall, after = time.perf_counter() - begun, os.times()
    if ended.returncode:
        sys.exit(ended.stderr)
    used = after.children_user + after.children_system - before.children_user - before.children_system
    return Start(wall, used, ended.stderr)


def slowest_imports(said: str) -> list[str]:
    """The lines of -X importtime about modules of the first two levels that take longest."""
    found = [(int(line[2]), line[4]) for line in _IMPORT.finditer(said) if len(line[3]) <= 2]
    return [f"{whole / 1000:7.0f} {name}" for whole, name in sorted(found, reverse=True)[:SLOWEST]]


if __name__ == "__main__":
    main()
