"""Draw a sample of questions that keeps the distribution of hardness and databases."""

from __future__ import annotations

import random
from collections.abc import Sequence

from nshot.errors import OptionError
from nshot.sql import hardness
from nshot.types import Question

LEVELS = ("easy", "medium", "hard", "extra")


def stratify(questions: Sequence[Question], size: int, seed: int) -> list[Question]:
    """`size` of the questions, in their own order; all of them if there are no more.

    Systematic sampling: the questions are sorted by hardness and then by database, shuffled within
    each group, and every (n / size)-th is taken from a random start. Each class of hardness, and
    each database within it, is therefore represented in proportion, with an error of less than one
    question.

    Args:
        questions: Questions with gold SQL, from which the hardness is computed.
        size: At least 1.
        seed: Seed of the shuffle and of the start.

    Raises:
        OptionError: `size` is below 1.
    """
    if size < 1:
        raise OptionError(f"`limit` must be at least 1, got {size}")
    if size >= len(questions):
        return list(questions)
    draw = random.Random(seed)
    shuffled = draw.sample(range(len(questions)), len(questions))
    levels = {at: LEVELS.index(hardness(question.sql or "")) for at, question in enumerate(questions)}
    ordered = sorted(shuffled, key=lambda at: (levels[at], questions[at].db_id))
    step = len(questions) / size
    start = draw.random() * step
    taken = sorted(ordered[min(int(start + step * i), len(ordered) - 1)] for i in range(size))
    return [questions[at] for at in taken]
