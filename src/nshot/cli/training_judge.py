"""The judge of answers during training: nshot's evaluator, on the recipe's databases."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nshot.training import Judge, Recipe
    from nshot.types import Question


def make_judge(recipe: Recipe) -> Judge | None:
    """A judge by execution accuracy, as in `nshot eval`; None if the recipe has no validation
    questions.
    """
    if not recipe.select.questions:
        return None
    from nshot.data import sample_dir
    from nshot.eval import EvalConfig, Evaluator

    data = recipe.data
    evaluator = Evaluator(data.databases or sample_dir(), data.tables, EvalConfig(skip_bad_gold=True))

    def judge(questions: Sequence[Question], sqls: Sequence[str]) -> list[bool]:
        return [verdict.ex for verdict in evaluator.judge(questions, sqls)]

    return judge
