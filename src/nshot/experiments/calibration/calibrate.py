"""Fit a calibration and measure it: as it is, and on answers that its weights have not seen."""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from nshot.errors import DataError
from nshot.eval import ConfidenceReport, rate_confidence
from nshot.experiments.calibration.answers import RatedAnswer
from nshot.experiments.calibration.fit import fit_calibration
from nshot.pipeline import Calibration

LEAST: Final = 40
"""Fewest questions for a fit."""
LEAST_OF_EACH: Final = 8
"""Fewest right and fewest wrong answers among them."""
FOLDS: Final = 5
"""Folds by question, where there are too few databases."""


@dataclass(frozen=True, slots=True)
class CalibrationResult:
    """A calibration and what it is worth."""

    calibration: Calibration
    before: ConfidenceReport
    """Of the model's own probability of its answer; of the agreement, if it reports none."""
    after: ConfidenceReport
    """Of the calibration on the answers that it was fitted on."""
    unseen: ConfidenceReport
    """Of calibrations fitted without the database of the answer, or without its fifth of the
    questions.
    """
    by_database: bool
    """Whether `unseen` is by database: if enough answers remain without any of them."""
    left_out: int
    """Questions that tell nothing: no answer, no gold result, or one that is empty or all zero."""

    def record(self) -> dict[str, Any]:
        """The numbers for JSON."""
        calibration = self.calibration
        fits = {name: getattr(calibration, name) for name in ("both", "logprob", "agreement")}
        return {
            "questions": calibration.questions,
            "databases": calibration.databases,
            "left_out": self.left_out,
            "unseen_by": "database" if self.by_database else "question",
            "candidates": calibration.candidates,
            "weights": {name: fit._asdict() for name, fit in fits.items() if fit is not None},
            "before": self.before.record(),
            "after": self.after.record(),
            "unseen": self.unseen.record(),
        }


def calibrate(
    answers: Sequence[RatedAnswer],
    *,
    candidates: int,
    adapter: str | None = None,
    left_out: int = 0,
    seed: int = 0,
) -> CalibrationResult:
    """Fit and measure.

    Args:
        answers: Of questions that the model was not tuned on.
        candidates: Candidates of each question.
        adapter: Digest of the adapter's weights.
        left_out: Questions without an answer that tells anything, for the record.
        seed: Of folds by question, and of intervals.

    Raises:
        DataError: There are too few answers, or the engine gave neither log-probabilities nor
            candidates whose results could be compared.
    """
    _check(answers)
    calibration = replace(fit_calibration(answers), candidates=candidates, adapter=adapter)
    if calibration.both is None and calibration.logprob is None and calibration.agreement is None:
        raise DataError(
            "the predictions have neither log-probabilities nor results of several candidates; predict with "
            "`candidates` 4 and `run_all`"
        )
    by_database = _can_leave_out(answers)
    unseen: list[float | None] = [None] * len(answers)
    for rows in _folds(answers, by_database=by_database, seed=seed):
        chosen = set(rows)
        rest = [answer for at, answer in enumerate(answers) if at not in chosen]
        weights = fit_calibration(rest)
        for row in rows:
            unseen[row] = _rate(weights, answers[row])
    return CalibrationResult(
        calibration,
        _report([_raw(answer) for answer in answers], answers, seed),
        _report([_rate(calibration, answer) for answer in answers], answers, seed),
        _report(unseen, answers, seed),
        by_database,
        left_out,
    )


def _check(answers: Sequence[RatedAnswer]) -> None:
    right = sum(answer.right for answer in answers)
    wrong = len(answers) - right
    if len(answers) < LEAST or min(right, wrong) < LEAST_OF_EACH:
        raise DataError(
            f"too few answers for a calibration: expected at least {LEAST} questions whose gold returns "
            f"values, {LEAST_OF_EACH} answered right and {LEAST_OF_EACH} wrong; got {len(answers)}, "
            f"{right} right and {wrong} wrong; give more questions with gold SQL"
        )


def _can_leave_out(answers: Sequence[RatedAnswer]) -> bool:
    """Whether enough answers remain, whichever database is left out."""
    counts = Counter(answer.db_id for answer in answers)
    return len(answers) - max(counts.values()) >= LEAST


def _folds(answers: Sequence[RatedAnswer], *, by_database: bool, seed: int) -> list[list[int]]:
    """Rows of each fold: of one database, or fifths that cut no gold SQL apart, if there are as
    many.
    """
    names = [answer.db_id for answer in answers]
    if not by_database:
        names = [answer.group for answer in answers]
        if len(set(names)) < FOLDS:
            names = [str(row) for row in range(len(answers))]
        groups = sorted(set(names))
        random.Random(seed).shuffle(groups)
        fold = {group: str(at % FOLDS) for at, group in enumerate(groups)}
        names = [fold[name] for name in names]
    return [[row for row, name in enumerate(names) if name == one] for one in sorted(set(names))]


def _raw(answer: RatedAnswer) -> float | None:
    if not answer.runs:
        return 0.0
    logprob, agreement, _ = answer.signals
    return agreement if logprob is None else math.exp(min(0.0, logprob))


def _rate(calibration: Calibration, answer: RatedAnswer) -> float | None:
    if not answer.runs:
        return 0.0
    weights = calibration.weights(answer.signals)
    return None if weights is None else weights.probability(answer.signals)


def _report(stated: Sequence[float | None], answers: Sequence[RatedAnswer], seed: int) -> ConfidenceReport:
    found = rate_confidence(
        stated, [answer.right for answer in answers], [answer.db_id for answer in answers], seed
    )
    if found is None:
        raise DataError("no answer has a signal; predict with `candidates` 4 and `run_all`")
    return found
