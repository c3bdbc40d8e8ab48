"""Fit how probable it is that an answer is right, on questions with gold that the model was not
tuned on.

`answers` has what a fit needs of each question, `fit` the weights, and `calibrate` both with
measures before and after, the ones after on databases that the weights have not seen.
"""

from __future__ import annotations

from nshot.experiments.calibration.answers import RatedAnswer, read_rated
from nshot.experiments.calibration.calibrate import CalibrationResult, calibrate

__all__ = ["CalibrationResult", "RatedAnswer", "calibrate", "read_rated"]
