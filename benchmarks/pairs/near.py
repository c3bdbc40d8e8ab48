"""Fits when a verified pair that asks nearly the same answers a question in place of the model.

    python benchmarks/pairs/half_pool.py --questions spider/train_spider.json --held-out --databases spider \
      --out runs/half --split novel --ways none shown
    python benchmarks/pairs/half_pool.py ... --split repeated --ways none shown
    python benchmarks/pairs/near.py --databases spider runs/half/novel runs/half/repeated

Prints the weights for `nshot.pipeline.reuse.near`, and for each folder how many answers are right
with the model alone and with pairs. Each database is answered by weights that were fitted without
it.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from scipy.optimize import minimize

from nshot.arrays import Float64Array
from nshot.data import Catalog, read_questions
from nshot.eval import Evaluator
from nshot.pipeline.choose import is_same_sql
from nshot.pipeline.reuse import LEAST, NearHints, NearRule, read_near
from nshot.types import Attempt, Candidate, Completion, Example, Question

FOR = ("similarity", "written")
"""Hints that speak for a pair."""
PENALTY = 1.0
"""Of the squared weights, beside the summed log-loss."""


class Near(NamedTuple):
    """The nearest pair of a question."""

    hints: NearHints
    right: bool
    same: bool
    """Whether the model answered with its SQL."""


class Asked(NamedTuple):
    """One question with its nearest pair."""

    folder: str
    db_id: str
    confidence: float
    right: bool
    """Whether the model's answer is right."""
    near: Near | None
    """None if it asks something else in plain words."""


def main() -> None:
    """Print weights and counts."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--databases", type=Path, required=True)
    parser.add_argument("folders", type=Path, nargs="+", help="folders of half_pool.py with shown.jsonl")
    given = parser.parse_args()
    evaluator, catalog = Evaluator(given.databases), Catalog(given.databases)
    asked = [one for folder in given.folders for one in read(folder, evaluator, catalog)]
    names = sorted({one.db_id for one in asked})
    rules = {name: fit([one for one in asked if one.db_id != name]) for name in names}
    print(fit(asked))
    for folder in given.folders:
        some = [one for one in asked if one.folder == folder.name]
        answers = [(one.right, answer(one, rules[one.db_id])) for one in some]
        won, lost = answers.count((False, True)), answers.count((True, False))
        right = sum(one.right for one in some)
        print(
            f"{folder.name}: {len(some)} questions, {right} right, with pairs {right + won - lost}: ", end=""
        )
        print(f"{won} won, {lost} lost")


def read(folder: Path, evaluator: Evaluator, catalog: Catalog) -> list[Asked]:
    """The questions of a folder with their pairs."""
    questions = read_questions(folder / "asked.json")
    pool = {row["id"]: row for row in json.loads((folder / "pool.json").read_text(encoding="utf-8"))}
    lines = (folder / "shown.jsonl").read_text(encoding="utf-8").splitlines()
    records = sorted(map(json.loads, lines), key=lambda record: record["index"])
    right = [verdict.ex for verdict in evaluator.judge(questions, [record["sql"] for record in records])]
    found = []
    for question, record, verdict in zip(questions, records, right, strict=True):
        near = read_nearest(question, record, pool, evaluator, catalog)
        found.append(Asked(folder.name, question.db_id, record.get("confidence") or 0.0, verdict, near))
    return found


def read_nearest(
    question: Question, record: dict[str, Any], pool: dict[str, Any], evaluator: Evaluator, catalog: Catalog
) -> Near | None:
    """The nearest pair of one question."""
    if not record["retrieved"]:
        return None
    shown = record["retrieved"][0]
    row, schema = pool[shown["id"]], catalog.schema(question.db_id)
    example = Example(row["id"], row["question"], row["query"], row["db_id"])
    attempts = [attempt_of(one) for one in record["candidates"]]
    hints = read_near(
        question.text, Candidate(example, shown["score"], similarity=shown["score"] - 1), attempts, schema
    )
    if hints is None:
        return None
    same = is_same_sql(record["sql"], example.sql, schema)
    return Near(hints, evaluator.judge([question], [example.sql])[0].ex, same)


def attempt_of(candidate: dict[str, Any]) -> Attempt:
    """A stored candidate, as far as hints read it."""
    logprob = candidate["logprob"]
    completion = Completion("", logprob=logprob if isinstance(logprob, float) else None)
    return Attempt(str(candidate["sql"]), completion, "ok")


def answer(one: Asked, rule: NearRule) -> bool:
    """Whether the answer is right, with pairs in use."""
    if one.near is None or one.near.same:
        return one.right
    probability = rule.probability(one.near.hints)
    return one.near.right if probability >= LEAST and probability > one.confidence else one.right


def fit(asked: Sequence[Asked]) -> NearRule:
    """Logistic regression with a ridge penalty; no weight has the wrong sign."""
    pairs = [one.near for one in asked if one.near is not None]
    table = np.array([[1.0, *near.hints] for near in pairs])
    right = np.array([near.right for near in pairs])

    def loss(weights: Float64Array) -> tuple[float, Float64Array]:
        logits, slopes = table @ weights, np.array([0.0, *weights[1:]])
        losses = np.logaddexp(0.0, np.where(right, -logits, logits))
        gradient = table.T @ (1 / (1 + np.exp(-logits)) - right) + PENALTY * slopes
        return float(losses.sum() + PENALTY / 2 * (slopes**2).sum()), gradient

    signs = [(0.0, None) if name in FOR else (None, 0.0) for name in NearHints._fields]
    start = np.zeros(table.shape[1])
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=[(None, None), *signs]).x
    return NearRule(round(float(found[0]), 4), NearHints(*(round(float(one), 4) for one in found[1:])))


if __name__ == "__main__":
    main()
