"""What a user's own pairs bring, by way of using them: the half-pool protocol, and a learning
curve.

    python benchmarks/pairs/half_pool.py --questions dev.json --out runs/half --databases DIR
    python benchmarks/pairs/half_pool.py --questions dev.json --out runs/half --databases DIR \
      --split novel --pairs-per-database 5 10 20 40

Half of each database's questions is a pool of verified pairs, the other half is asked. `repeated`:
questions at even places are the pool, so that most of what is asked has its SQL in the pool (Spider
asks nearly everything twice). `novel`: questions of a database with the same SQL, or the same text,
stay together, so that no SQL that is asked is in the pool.

Without `--databases`, only `pool.json` and `asked.json` are written: `nshot adapt --pairs` learns
from the one, `nshot predict --questions` asks the other. With it, every way is a run of `nshot
predict`, as a user would do it, and an adapted model is one of `nshot adapt`; all go on where they
were stopped. Right is what `nshot eval` says. Intervals are Wilson's (95 %), p-values those of the
exact McNemar test against the first way.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

from nshot.data import read_questions
from nshot.eval import Evaluator, mcnemar, wilson
from nshot.training import hold_out_questions
from nshot.types import Question

HELD_OUT: Final = (
    "chinook_1 customer_deliveries customers_and_invoices decoration_competition election_representative "
    "entrepreneur hospital_1 machine_repair movie_1 party_host restaurants school_bus swimming theme_gallery"
).split()


class Way(NamedTuple):
    """One way of asking."""

    name: str
    adapted: bool
    options: tuple[str, ...]
    """Of `nshot predict`; `POOL` stands for the pool of pairs."""


NO_PAIRS: Final = ("--shots", "0", "--own-shots", "0", "--no-reuse")
WAYS: Final = (
    Way("none", adapted=False, options=NO_PAIRS),
    Way("shown", adapted=False, options=("--pairs", "POOL", "--no-reuse")),
    Way("shown and reused", adapted=False, options=("--pairs", "POOL")),
    Way("adapted", adapted=True, options=NO_PAIRS),
    Way("adapted, shown", adapted=True, options=("--no-reuse",)),
    Way("adapted, shown and reused", adapted=True, options=()),
)


def main() -> None:
    """Ask in every way, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--questions", type=Path, required=True, help="solved questions")
    parser.add_argument("--databases", type=Path, help="measure on these")
    parser.add_argument("--out", type=Path, required=True, help="folder for pools, predictions, models")
    parser.add_argument("--split", choices=("novel", "repeated"), default="novel")
    parser.add_argument(
        "--held-out", action="store_true", help="only Spider's databases held out of training"
    )
    parser.add_argument("--seed", type=int, default=0, help="of the split into novel questions")
    parser.add_argument("--ways", nargs="*", default=[way.name for way in WAYS])
    parser.add_argument("--pairs-per-database", nargs="*", type=int, help="pools of so many pairs a database")
    parser.add_argument("--minutes", type=float, default=8.0, help="of each nshot adapt")
    asked = parser.parse_args()
    questions = read_questions(asked.questions)
    if asked.held_out:
        questions = [one for one in questions if one.db_id in HELD_OUT]
    ways = [way for way in WAYS if way.name in asked.ways]
    pool, rest = halve(questions, asked.split, asked.seed)
    if asked.databases is None:
        write(asked.out, pool, rest)
        print(f"{len(pool)} pairs, {len(rest)} questions to ask")
        return
    folder = asked.out / asked.split
    for pairs in asked.pairs_per_database or [None]:
        some = pool if pairs is None else first_of_each(pool, pairs)
        place = folder if pairs is None else folder / f"{pairs}-pairs"
        write(place, some, rest)
        title = f"{asked.split}, {len(some)} pairs" + (f", at most {pairs} a database" if pairs else "")
        print(f"\n## {title}, {len(rest)} questions, {time.strftime('%Y-%m-%d')}\n", flush=True)
        measure(place, rest, ways, asked.databases, asked.minutes)


def halve(questions: Sequence[Question], how: str, seed: int) -> tuple[list[Question], list[Question]]:
    """The pool, and the questions to ask: half of each database."""
    held: set[str] = set()
    for db_id in dict.fromkeys(one.db_id for one in questions):
        own = [one for one in questions if one.db_id == db_id]
        rest = own[1::2] if how == "repeated" else hold_out_questions(own, len(own) // 2, seed)
        held.update(one.id for one in rest)
    return [one for one in questions if one.id not in held], [one for one in questions if one.id in held]


def first_of_each(pool: Sequence[Question], pairs: int) -> list[Question]:
    """At most so many pairs of each database, spread evenly over its pool."""
    found: list[Question] = []
    for db_id in dict.fromkeys(one.db_id for one in pool):
        own = [one for one in pool if one.db_id == db_id]
        some = min(pairs, len(own))
        found += [own[at * len(own) // some] for at in range(some)]
    return found


def write(place: Path, pool: Sequence[Question], rest: Sequence[Question]) -> None:
    """Write `pool.json`; `asked.json` with gold SQL, and `live.json` without, as users ask."""
    place.mkdir(parents=True, exist_ok=True)
    for name, some in (("pool", pool), ("asked", rest)):
        records = [{"question": q.text, "query": q.sql, "db_id": q.db_id, "id": q.id} for q in some]
        write_list(place / f"{name}.json", records)
    write_list(place / "live.json", [{"question": q.text, "db_id": q.db_id, "id": q.id} for q in rest])


def write_list(path: Path, records: Sequence[dict[str, str | None]]) -> None:
    """Write a JSON list."""
    path.write_text(json.dumps(records, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def measure(
    place: Path, rest: Sequence[Question], ways: Sequence[Way], databases: Path, minutes: float
) -> None:
    """One table."""
    evaluator = Evaluator(databases)
    first: list[bool] | None = None
    print("| way | right | share | against the first way |\n|---|---|---|---|", flush=True)
    for way in ways:
        if way.adapted:
            adapt(place, databases, minutes)
        sqls = predict(place, way, databases)
        right = [verdict.ex for verdict in evaluator.judge(list(rest), sqls)]
        share = wilson(sum(right), len(right))
        told = ""
        if first is not None:
            won = sum(now and not before for now, before in zip(right, first, strict=True))
            lost = sum(before and not now for now, before in zip(right, first, strict=True))
            told = (
                f"{(won - lost) / len(right):+.1%}: {won} won, {lost} lost, p = {mcnemar(right, first):.3g}"
            )
        first = first or right
        interval = f"{share.value:.1%} [{share.low:.1%}, {share.high:.1%}]"
        print(f"| {way.name} | {sum(right)} of {len(right)} | {interval} | {told} |", flush=True)


def adapt(place: Path, databases: Path, minutes: float) -> None:
    """The adapted model, if it is not there."""
    model = place / "model"
    if (model / "results.json").is_file():
        return
    given = ["--pairs", place / "pool.json", "--databases", databases, "--out", model, "--minutes", minutes]
    run("adapt", *given, "--check-limit", "0")


def predict(place: Path, way: Way, databases: Path) -> list[str]:
    """The SQL of every question."""
    out = place / (way.name.replace(", ", "-").replace(" ", "-") + ".jsonl")
    options = [str(place / "pool.json") if one == "POOL" else one for one in way.options]
    if way.adapted:
        options += ["--model", str(place / "model")]
    run("predict", "--questions", place / "live.json", "--databases", databases, "--out", out, *options)
    lines = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    return [line["sql"] for line in sorted(lines, key=lambda line: line["index"])]


def run(*command: object) -> None:
    """One nshot command; what it prints goes to stderr."""
    subprocess.run([sys.executable, "-m", "nshot", *map(str, command)], check=True, stdout=sys.stderr)


if __name__ == "__main__":
    main()
