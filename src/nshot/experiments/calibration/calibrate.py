"""Fit a calibration and measure it: as it is, and on answers that its weights have not seen.

The reranker is fitted first, and the confidence on the candidates that it chooses."""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, NamedTuple

from nshot.errors import DataError
from nshot.eval import ConfidenceReport, rate_confidence
from nshot.experiments.calibration.answers import RatedAnswer, RatedCandidate
from nshot.experiments.calibration.fit import fit_calibration
from nshot.experiments.calibration.fit_reranker import fit_reranker
from nshot.pipeline import Calibration

LEAST: Final = 40
"""Fewest questions for a fit."""
LEAST_OF_EACH: Final = 8
"""Fewest right and fewest wrong answers among them."""
FOLDS: Final = 5
"""Folds by question, where there are too few databases."""


class Choices(NamedTuple):
    """Questions that are answered right by the most probable candidate, and by the one that a
    reranker chooses which was fitted without their fold.
    """

    questions: int
    first: int
    ranked: int
    won: int
    """Right only by the reranker."""
    lost: int
    """Right only by the most probable candidate."""
    any: int
    """Right by some candidate."""


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
    choices: Choices | None = None
    """What the reranker brings; None without one."""

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
            "reranker": None if calibration.reranker is None else calibration.reranker.record(),
            "choices": None if self.choices is None else self.choices._asdict(),
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
    calibration = replace(_fit(answers, ranks=True), candidates=candidates, adapter=adapter)
    if calibration.both is None and calibration.logprob is None and calibration.agreement is None:
        raise DataError(
            "the predictions have neither log-probabilities nor results of several candidates; predict with "
            "`candidates` 4 and `run_all`"
        )
    by_database = _can_leave_out(answers)
    ranks = calibration.reranker is not None
    unseen: list[float | None] = [None] * len(answers)
    chosen = [answer.choose(None) for answer in answers]
    for rows in _folds(answers, by_database=by_database, seed=seed):
        apart = set(rows)
        weights = _fit([answer for at, answer in enumerate(answers) if at not in apart], ranks=ranks)
        for row in rows:
            chosen[row] = answers[row].choose(weights.reranker)
            unseen[row] = _rate(weights, chosen[row])
    first = [answer.choose(None) for answer in answers]
    seen = [answer.choose(calibration.reranker) for answer in answers]
    names = [answer.db_id for answer in answers]
    return CalibrationResult(
        calibration,
        _report([_raw(one) for one in first], first, names, seed),
        _report([_rate(calibration, one) for one in seen], seen, names, seed),
        _report(unseen, chosen, names, seed),
        by_database,
        left_out,
        _count(answers, first, chosen) if ranks else None,
    )


def _fit(answers: Sequence[RatedAnswer], *, ranks: bool) -> Calibration:
    """The reranker, and the weights of the confidence for what it chooses."""
    reranker = fit_reranker(answers) if ranks else None
    found = fit_calibration([answer.choose(reranker) for answer in answers])
    return replace(found, reranker=reranker, databases=len({answer.db_id for answer in answers}))


def _count(
    answers: Sequence[RatedAnswer], first: Sequence[RatedCandidate], ranked: Sequence[RatedCandidate]
) -> Choices:
    pairs = [(one.right, other.right) for one, other in zip(first, ranked, strict=True)]
    return Choices(
        len(answers),
        sum(one for one, _ in pairs),
        sum(other for _, other in pairs),
        pairs.count((False, True)),
        pairs.count((True, False)),
        sum(any(one.right for one in answer.candidates) for answer in answers),
    )


def _check(answers: Sequence[RatedAnswer]) -> None:
    right = sum(answer.choose(None).right for answer in answers)
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


def _raw(answer: RatedCandidate) -> float | None:
    if not answer.runs:
        return 0.0
    logprob, agreement = answer.signals[:2]
    return agreement if logprob is None else math.exp(min(0.0, logprob))


def _rate(calibration: Calibration, answer: RatedCandidate) -> float | None:
    if not answer.runs:
        return 0.0
    weights = calibration.weights(answer.signals)
    return None if weights is None else weights.probability(answer.signals)


def _report(
    stated: Sequence[float | None], answers: Sequence[RatedCandidate], names: Sequence[str], seed: int
) -> ConfidenceReport:
    """The measures of stated confidences; `names` are the databases of the answers."""
    found = rate_confidence(stated, [answer.right for answer in answers], list(names), seed)
    if found is None:
        raise DataError("no answer has a signal; predict with `candidates` 4 and `run_all`")
    return found
