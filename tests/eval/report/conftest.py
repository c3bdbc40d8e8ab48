"""Two comparisons made of seeded random numbers: with a model and without, hostile text
included."""

from __future__ import annotations

import pytest
from tests.eval.report.synthetic import with_model, without_model

from nshot.eval.comparison import Comparison


@pytest.fixture(scope="session")
def judged() -> Comparison:
    """With a model: shots 0, 1, 3, 5, two seeds of random, 200 questions."""
    return with_model()


@pytest.fixture(scope="session")
def unjudged() -> Comparison:
    """Without a model: measures at k = 1, 3, 5 and a ceiling."""
    return without_model()
