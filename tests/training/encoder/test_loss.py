"""The contrast, against the formula written out."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from nshot.training.encoder.loss import contrast


def test_it_is_the_formula() -> None:
    draw = np.random.default_rng(0)
    keys = draw.normal(size=(7, 5))
    keys /= np.linalg.norm(keys, axis=1, keepdims=True)
    kinds, temperature = np.array([0, 0, 1, 1, 1, 2, 0]), 0.2
    expected = []
    for i in range(4):
        others = [j for j in range(7) if j != i]
        total = sum(math.exp(keys[i] @ keys[j] / temperature) for j in others)
        mine = [j for j in others if kinds[j] == kinds[i]]
        expected.append(-np.mean([keys[i] @ keys[j] / temperature - math.log(total) for j in mine]))
    vectors, labels = torch.from_numpy(keys), torch.from_numpy(kinds)
    alike = labels[:4, None] == labels[None]
    ignored = torch.arange(4)[:, None] == torch.arange(7)[None]
    found = contrast(vectors[:4], vectors, alike, ignored, temperature)
    assert float(found) == pytest.approx(np.mean(expected), rel=1e-5)


def test_an_anchor_without_its_like_counts_nothing() -> None:
    vectors = torch.eye(3, requires_grad=True)
    itself = torch.eye(3, dtype=torch.bool)
    loss = contrast(vectors, vectors, itself, itself, 0.1)
    loss.backward()  # type: ignore[no-untyped-call]
    assert float(loss.detach()) == 0
    assert vectors.grad is not None
    assert torch.isfinite(vectors.grad).all()


def test_what_is_ignored_neither_attracts_nor_repels() -> None:
    vectors = torch.nn.functional.normalize(torch.tensor([[1.0, 0.0], [0.9, 0.1], [0.0, 1.0]]), dim=1)
    alike = torch.tensor([[True, True, True]])
    ignored = torch.tensor([[True, False, True]])
    assert float(contrast(vectors[:1], vectors, alike, ignored, 0.1)) == pytest.approx(0, abs=1e-6)
