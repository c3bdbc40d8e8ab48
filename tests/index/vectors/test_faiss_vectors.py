"""Vector search against exact arithmetic."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from nshot.errors import IndexDamagedError, UnknownNameError
from nshot.index.ranking import best
from nshot.index.vectors.faiss_vectors import DECIMALS, VectorIndex


def unit(n: int, dim: int = 16, seed: int = 0, repeat: int = 1) -> npt.NDArray[np.float32]:
    """n unit vectors, each `repeat` times in a row."""
    vectors = np.random.default_rng(seed).normal(size=(n, dim)).astype(np.float32)
    return np.repeat(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), repeat, axis=0)


@pytest.mark.parametrize("kind", ["flat", "hnsw"])
@pytest.mark.parametrize("share", [1.0, 0.3, 0.004])
def test_search_is_exact_arithmetic_with_ties_by_row(kind: str, share: float) -> None:
    pool, queries = unit(500, repeat=3), unit(20, seed=1)
    allowed = np.random.default_rng(2).random(1500) < share
    index = VectorIndex.build(pool, kind)
    for query, hits in zip(queries, index.search(queries, 7, allowed), strict=True):
        expected = best((pool @ query).astype(np.float64).round(DECIMALS), 7, allowed)
        assert hits.rows.tolist() == expected.rows.tolist()
        np.testing.assert_allclose(hits.scores, expected.scores, atol=2e-6)


def test_a_tie_longer_than_the_margin_is_broken_by_row() -> None:
    pool = np.concatenate([unit(1, repeat=200), unit(5, seed=3)])
    (hits,) = VectorIndex.build(pool, "flat").search(pool[:1], 5)
    assert hits.rows.tolist() == [0, 1, 2, 3, 4]


def test_more_than_there_is_gives_all() -> None:
    (hits,) = VectorIndex.build(unit(4), "flat").search(unit(1, seed=1), 10)
    assert sorted(hits.rows.tolist()) == [0, 1, 2, 3]


def test_nothing_allowed_gives_nothing() -> None:
    (hits,) = VectorIndex.build(unit(4), "flat").search(unit(1), 3, np.zeros(4, dtype=bool))
    assert hits.rows.tolist() == []


@pytest.mark.parametrize("kind", ["flat", "hnsw"])
def test_bytes_give_the_same_index(kind: str) -> None:
    index = VectorIndex.build(unit(50), kind)
    again = VectorIndex.from_bytes(index.to_bytes())
    assert again.kind == kind
    np.testing.assert_array_equal(again.vectors(), unit(50))
    before, after = (i.search(unit(3, seed=1), 4) for i in (index, again))
    assert [hits.rows.tolist() for hits in before] == [hits.rows.tolist() for hits in after]


def test_hnsw_is_built_the_same_every_time() -> None:
    assert VectorIndex.build(unit(300), "hnsw").to_bytes() == VectorIndex.build(unit(300), "hnsw").to_bytes()


def test_auto_is_exact_for_small_pools() -> None:
    assert VectorIndex.build(unit(10)).kind == "flat"


def test_unknown_kind_is_refused() -> None:
    with pytest.raises(UnknownNameError, match="flat"):
        VectorIndex.build(unit(2), "ivf")


def test_damaged_bytes_are_refused() -> None:
    with pytest.raises(IndexDamagedError, match="rebuild"):
        VectorIndex.from_bytes(b"no index at all")
