"""Verdicts held against those of the official programs, row by row, for every system of a folder.

    python benchmarks/evaluation/parity.py --predictions DIR --spider DIR

DIR/<system>/ holds gold.txt (SQL<TAB>db_id), pred.txt and verdicts.json (`examples`, one entry a
row, with the fields below). Prints, for each system and field, how many rows differ and which, and
its figures in every mode: EM, then EX official, with DISTINCT kept, classic, strict. Exit status 1
if any row differs.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from nshot.eval.config import EvalConfig
from nshot.eval.evaluator import Evaluator
from nshot.eval.files import read_gold, read_predicted
from nshot.types import Verdict

CONFIGS = {
    "official": EvalConfig(cache=False),
    "distinct kept": EvalConfig(keep_distinct=True, cache=False),
    "classic": EvalConfig("classic", cache=False),
    "strict": EvalConfig("strict", cache=False),
}


def em(verdict: Verdict) -> bool | None:
    """None where the official program would crash."""
    return None if verdict.em_crash else verdict.em


def ex(verdict: Verdict) -> bool | None:
    """None where the official program would crash."""
    return None if verdict.ex_crash else verdict.ex


FIELDS: dict[str, tuple[str, Callable[[Verdict], Any]]] = {
    "em": ("official", em),
    "hardness": ("official", lambda verdict: verdict.hardness),
    "parse_error": ("official", lambda verdict: verdict.parse_error),
    "ex": ("official", ex),
    "ex_keep_distinct": ("distinct kept", ex),
    "em_spider": ("classic", em),
    "parse_error_spider": ("classic", lambda verdict: verdict.parse_error),
    "ex_spider": ("classic", ex),
}
"""By field of verdicts.json: the way to judge, and what of a verdict it is."""
SHOWN = 20


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--predictions", type=Path, required=True)
    parser.add_argument("--spider", type=Path, required=True, help="Spider's folder: databases, tables.json")
    parser.add_argument("--tables", type=Path, help="tables.json, if it is elsewhere")
    arguments = parser.parse_args()
    systems = sorted(file.parent for file in arguments.predictions.glob("*/verdicts.json"))
    if not systems:
        sys.exit(f"no */verdicts.json in {arguments.predictions}")
    evaluators = {
        name: Evaluator(arguments.spider, arguments.tables, config) for name, config in CONFIGS.items()
    }
    rows = different = 0
    for system in systems:
        count, wrong, figures = check(system, evaluators)
        rows, different = rows + count, different + sum(map(len, wrong.values()))
        shown = {
            name: [*found[:SHOWN], "..."] if len(found) > SHOWN else found for name, found in wrong.items()
        }
        print(
            f"{system.name:<36} {count:>5} rows  "
            + " ".join(f"{figure:6.1%}" for figure in figures)
            + (f"  DIFFERENT {shown}" if wrong else "  all fields agree")
        )
    print(f"{len(systems)} systems, {rows} rows, {len(FIELDS)} fields: {different} differences")
    sys.exit(different > 0)


def check(folder: Path, evaluators: dict[str, Evaluator]) -> tuple[int, dict[str, list[Any]], list[float]]:
    """Rows of one system, by field those that differ, and its EM and its EX in every mode."""
    questions = read_gold(folder / "gold.txt")
    sqls = read_predicted(folder / "pred.txt", questions)
    expected = json.loads((folder / "verdicts.json").read_text(encoding="utf-8"))["examples"]
    judged = {name: evaluator.judge(questions, sqls) for name, evaluator in evaluators.items()}
    wrong: dict[str, list[Any]] = {}
    for field, (way, value) in FIELDS.items():
        rows = [
            row
            for row, (verdict, entry) in enumerate(zip(judged[way], expected, strict=True))
            if field in entry and value(verdict) != entry[field]
        ]
        if rows:
            wrong[field] = rows
    figures = [sum(bool(em(verdict)) for verdict in judged["official"]) / len(questions)]
    figures += [sum(verdict.ex for verdict in judged[name]) / len(questions) for name in CONFIGS]
    return len(questions), wrong, figures


if __name__ == "__main__":
    main()
