"""The tie rule."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from nshot.index.ranking import best

SCORES = st.lists(st.sampled_from([0.0, 0.1, 0.2, 0.1 + 1e-13, 5.0]), min_size=1, max_size=40)


@given(SCORES, st.integers(1, 50), st.data())
def test_best_is_the_head_of_the_whole_order(scores: list[float], k: int, data: st.DataObject) -> None:
    allowed = np.array(data.draw(st.lists(st.booleans(), min_size=len(scores), max_size=len(scores))))
    hits = best(np.array(scores), k, allowed)
    order = sorted(
        (row for row in range(len(scores)) if allowed[row]), key=lambda r: (-round(scores[r], 9), r)
    )
    assert hits.rows.tolist() == order[:k]
    assert hits.scores.tolist() == [round(scores[row], 9) for row in order[:k]]


def test_nothing_allowed_gives_nothing() -> None:
    assert best(np.ones(3), 2, np.zeros(3, dtype=bool)).rows.tolist() == []
