"""Splits solved questions of each database into a pool of pairs and questions that are asked.

    python benchmarks/pairs/half_pool.py --out runs/half \
      --questions benchmarks/databases/real_schemas/questions.jsonl

Questions of a database with the same SQL, or the same text, stay together, so that every question
asked is a novel one. `nshot adapt --pairs runs/half/pool.json` learns from the pool; `nshot predict
--questions runs/half/asked.json` measures what it brought, on questions that took no part in the
choice of a state.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

from nshot.data import read_questions
from nshot.training import hold_out_questions
from nshot.types import Question


def main() -> None:
    """Write `pool.json` and `asked.json`."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--questions", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    pool, questions = split(read_questions(asked.questions), asked.seed)
    asked.out.mkdir(parents=True, exist_ok=True)
    for name, some in (("pool", pool), ("asked", questions)):
        write(asked.out / f"{name}.json", some)
    print(f"{len(pool)} pairs, {len(questions)} questions to ask")


def split(questions: Sequence[Question], seed: int) -> tuple[list[Question], list[Question]]:
    """The pool, and the questions to ask: half of each database."""
    held: set[str] = set()
    for db_id in dict.fromkeys(one.db_id for one in questions):
        own = [one for one in questions if one.db_id == db_id]
        held.update(one.id for one in hold_out_questions(own, len(own) // 2, seed))
    return [one for one in questions if one.id not in held], [one for one in questions if one.id in held]


def write(path: Path, questions: Sequence[Question]) -> None:
    """Write questions as a JSON list."""
    records = [{"question": q.text, "query": q.sql, "db_id": q.db_id, "id": q.id} for q in questions]
    path.write_text(json.dumps(records, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
