"""The same questions in float32, bfloat16 and nf4: how many get the same SQL, and how many the same
result.

    python benchmarks/model/precision.py    # the sample's dev questions
    python benchmarks/model/precision.py --questions dev.json --databases SPIDER --limit 100

Runs `nshot predict` once for each precision, with the model's own settings, and `nshot eval` on
what it wrote; then prints, for each precision: execution match, answers with the same SQL as in
float32, and answers whose verdict is another one. nf4 rounds the weights to 4 bits by bitsandbytes.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

PRECISIONS = {
    "float32": ("--dtype", "float32"),
    "bfloat16": ("--dtype", "bfloat16"),
    "nf4": ("--quantise", "nf4"),
}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--questions", default="sample")
    parser.add_argument("--databases", help="default: the sample's")
    parser.add_argument("--model", default="embedded")
    parser.add_argument("--shots", default="0")
    parser.add_argument("--limit", type=int, help="of the questions, spread over the file")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as work:
        found = {name: verdicts(name, options, Path(work)) for name in PRECISIONS}
    first = found["float32"]
    for name, some in found.items():
        same = sum(one["predicted"] == other["predicted"] for one, other in zip(some, first, strict=True))
        apart = sum(one["ex"] != before["ex"] for one, before in zip(some, first, strict=True))
        right = sum(one["ex"] for one in some)
        print(
            f"{name:10} {right} of {len(some)} right ({right / len(some):.1%}), {same} with the SQL of "
            f"float32 ({same / len(some):.1%}), {apart} with another verdict"
        )


def verdicts(name: str, options: argparse.Namespace, work: Path) -> list[dict[str, Any]]:
    """What `nshot eval` says of each question in one precision."""
    questions = options.questions
    if options.limit and questions != "sample":
        every = json.loads(Path(questions).read_text(encoding="utf-8"))
        step = len(every) / min(options.limit, len(every))
        questions = str(work / "questions.json")
        kept = [every[int(at * step)] for at in range(min(options.limit, len(every)))]
        Path(questions).write_text(json.dumps(kept), encoding="utf-8")
    where = ("--databases", options.databases) if options.databases else ()
    out = work / f"{name}.jsonl"
    start = time.perf_counter()
    nshot(
        "predict", "--questions", questions, *where, "--model", options.model, "--shots", options.shots,
        *PRECISIONS[name], "--out", out,
    )  # fmt: skip
    print(f"{name}: {time.perf_counter() - start:.0f} s with loading", file=sys.stderr)
    nshot("eval", "--predictions", out, "--gold", questions, *where, "--out", out.with_suffix(".verdicts"))
    lines = out.with_suffix(".verdicts").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def nshot(*arguments: object) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "nshot", *map(str, arguments)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.exit(done.stderr)


if __name__ == "__main__":
    main()
