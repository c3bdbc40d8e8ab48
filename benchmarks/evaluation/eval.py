"""How long `nshot eval` takes as a whole process, beside a reference.

    python benchmarks/evaluation/eval.py --predictions FILE --gold FILE --databases DIR \
      [--official-seconds 4.8]

The median of --runs after one warm-up, without cached gold. The reference is the time of the
official program on the same file and machine. Run it on a quiet machine. Exit status 1 if the bound
(a third of the reference) does not hold.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time
from pathlib import Path

BOUND = 1 / 3


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    for name in ("predictions", "gold", "databases"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--official-seconds", type=float, default=4.8)
    parser.add_argument("--runs", type=int, default=5)
    arguments = parser.parse_args()
    command = [str(Path(sys.executable).with_name("nshot")), "eval"]
    for name in ("predictions", "gold", "databases"):
        command += [f"--{name}", str(getattr(arguments, name))]
    bound = arguments.official_seconds * BOUND
    missed = False
    for mode in ("official", "classic", "strict"):
        taken = median([*command, "--no-cache", "--mode", mode], arguments.runs)
        missed |= taken > bound
        print(
            f"mode {mode:<9} {taken:6.2f} s, {arguments.official_seconds / taken:5.1f} times as fast as "
            f"{arguments.official_seconds:g} s" + ("  MISSED" if taken > bound else "")
        )
    sys.exit(missed)


def median(command: list[str], runs: int) -> float:
    """Seconds of a run, the first one left out."""
    taken = []
    for _ in range(runs + 1):
        started = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)
        taken.append(time.perf_counter() - started)
    return statistics.median(taken[1:])


if __name__ == "__main__":
    main()
