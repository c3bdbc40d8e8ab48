"""Match at 3 of held-out questions."""

from __future__ import annotations

import numpy as np

from nshot.training.encoder.validate import match


def test_one_of_the_first_three_is_enough_and_the_fourth_is_not() -> None:
    angles = np.array([0.0, 0.1, 0.2, 0.3, 0.4])
    pool = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    query = np.array([[1.0, 0.0]], dtype=np.float32)
    offered = np.array([1, 2, 3, 4, 5])
    found = [match(query, pool, np.array([wanted]), offered) for wanted in offered]
    assert found == [1, 1, 1, 0, 0]


def test_a_tie_goes_to_the_lower_row() -> None:
    pool = np.array([[1.0, 0.0]] * 4, dtype=np.float32)
    assert match(pool[:1], pool, np.array([3]), np.array([1, 2, 3, 4])) == 1
    assert match(pool[:1], pool, np.array([4]), np.array([1, 2, 3, 4])) == 0
