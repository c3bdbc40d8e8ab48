"""Types of numpy arrays, by the kind of their numbers. Docstrings say the shapes."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

BoolArray = npt.NDArray[np.bool_]
IntArray = npt.NDArray[np.int64]
Float32Array = npt.NDArray[np.float32]
"""Vectors of an encoder."""
Float64Array = npt.NDArray[np.float64]
"""Measured values and scores."""
