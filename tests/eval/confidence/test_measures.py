"""AUROC, Brier score, calibration error, reliability, and risk by coverage."""

from __future__ import annotations

import random

import numpy as np
import pytest

from nshot.eval.confidence.measures import (
    auroc,
    brier,
    calibration_error,
    reliability,
    right_at,
    risk_coverage,
)


def both(*pairs: tuple[float, int]) -> tuple[np.ndarray, np.ndarray]:
    return np.array([one for one, _ in pairs]), np.array([bool(one) for _, one in pairs])


def test_auroc_is_the_share_of_pairs_in_the_right_order() -> None:
    rng = random.Random(3)
    stated = np.array([round(rng.random(), 1) for _ in range(60)])
    right = np.array([rng.random() < 0.5 for _ in range(60)])
    pairs = [(a > b) + (a == b) / 2 for a in stated[right] for b in stated[~right]]
    assert auroc(stated, right) == pytest.approx(sum(pairs) / len(pairs))


def test_auroc_needs_right_and_wrong_answers() -> None:
    assert np.isnan(auroc(*both((0.1, 1), (0.9, 1))))
    assert np.isnan(auroc(*both((0.1, 0))))


def test_the_brier_score_is_the_squared_distance() -> None:
    assert brier(*both((0.9, 1), (0.9, 0))).tolist() == pytest.approx([0.01, 0.81])


def test_answers_stand_in_ten_bins_and_certainty_in_the_last_one() -> None:
    found = reliability(*both((0.05, 0), (0.95, 1), (1.0, 0), (0.2, 1)))
    assert [(one.stated, one.right, one.answers) for one in found] == [
        (0.05, 0.0, 1),
        (0.2, 1.0, 1),
        (pytest.approx(0.975), 0.5, 2),
    ]


def test_the_calibration_error_weighs_bins_by_their_answers() -> None:
    stated, right = both((0.95, 1), (0.95, 1), (0.95, 0), (0.15, 0))
    assert calibration_error(stated, right) == pytest.approx((3 * (0.95 - 2 / 3) + 0.15) / 4)


def test_the_surest_answers_come_first_and_ties_together() -> None:
    points = risk_coverage(*both((0.9, 1), (0.5, 0), (0.5, 1), (0.1, 0)))
    assert [tuple(one) for one in points] == [
        (0.9, 0.25, 1.0),
        (0.5, 0.75, pytest.approx(2 / 3)),
        (0.1, 1.0, 0.5),
    ]
    assert right_at(points, 0.25) == 1.0
    assert right_at(points, 0.5) == pytest.approx(2 / 3)
    assert np.isnan(right_at((), 0.5))
