"""From verdicts to the answers and columns of values that a comparison holds."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from nshot.eval.comparison import Answer
from nshot.eval.mistakes import mistakes
from nshot.types import Question, Schema, Verdict


def make_answer(
    question: Question,
    verdict: Verdict,
    find_schema: Callable[[str], Schema | None],
    *,
    demonstrations: Sequence[str] = (),
    prompt: str = "",
) -> Answer:
    """The answer that a verdict is of, with the classes of its mistakes if it is wrong.

    An answer that was withheld, or whose gold SQL did not run, has none.

    Args:
        question: With gold SQL.
        verdict: Of the predicted SQL.
        find_schema: The schema of a db_id; asked for wrong answers alone.
        demonstrations: Ids of the examples in the prompt.
        prompt: The text that the model read.
    """
    found: Sequence[str] = ()
    if not verdict.ex and verdict.outcome not in ("unscored", "abstained"):
        schema = find_schema(question.db_id) or Schema(question.db_id, ())
        found = mistakes(question.sql or "", verdict.predicted, schema, verdict.outcome, verdict.reason)
    return Answer(
        sql=verdict.predicted,
        ex=verdict.ex,
        em=verdict.em,
        reason=verdict.reason,
        mistakes=tuple(found),
        demonstrations=tuple(demonstrations),
        prompt=prompt,
    )


def rate_verdicts(verdicts: Sequence[Verdict]) -> dict[str, npt.NDArray[np.float64]]:
    """The values of EX, EM and invalid SQL, (questions,) each; NaN where gold gives none."""
    unscored = [verdict.outcome == "unscored" for verdict in verdicts]
    invalid = [verdict.outcome not in ("ok", "abstained") for verdict in verdicts]
    return {
        "ex": as_column([None if no else one.ex for no, one in zip(unscored, verdicts, strict=True)]),
        "em": as_column([one.em for one in verdicts]),
        "invalid": as_column([None if no else one for no, one in zip(unscored, invalid, strict=True)]),
    }


def as_column(values: Sequence[float | bool | None]) -> npt.NDArray[np.float64]:
    """The values as an array, NaN for None."""
    return np.array([np.nan if value is None else float(value) for value in values])
