"""Validation: how often a held-out question finds its skeleton among the first three examples."""

from __future__ import annotations

import numpy as np

from nshot.arrays import Float32Array, IntArray

SHOTS = 3
BLOCK = 512
"""Number of questions compared at a time, which bounds the memory."""


def match(queries: Float32Array, pool: Float32Array, wanted: IntArray, offered: IntArray) -> float:
    """The share of queries with a row of their skeleton among the SHOTS nearest rows of the pool.

    Args:
        queries: (m, dim) unit vectors.
        pool: (n, dim) unit vectors.
        wanted: (m,) skeleton of each query.
        offered: (n,) skeleton of each row of the pool. Ties go to the lower row.
    """
    found = 0
    for start in range(0, len(queries), BLOCK):
        cosines = (queries[start : start + BLOCK] @ pool.T).round(6)
        nearest = np.argsort(-cosines, axis=1, kind="stable")[:, :SHOTS]
        found += int((offered[nearest] == wanted[start : start + BLOCK, None]).any(axis=1).sum())
    return found / len(queries)
