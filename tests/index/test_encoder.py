"""The sentence-transformers encoder."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from nshot.errors import EngineError
from nshot.index.encoder import SentenceTransformerEncoder, _folder


@pytest.mark.model
def test_vectors_are_unit_and_in_the_order_of_the_texts() -> None:
    encoder = SentenceTransformerEncoder()
    texts = [
        "How many singers are there?",
        "a",
        "How many singers are there?",
        "Which city is the largest of all?",
    ]
    done: list[int] = []
    vectors = encoder.encode(texts, done.append)
    assert vectors.shape == (4, 384)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    np.testing.assert_array_equal(vectors[0], vectors[2])
    assert sum(done) == len(texts)
    alone = encoder.encode(texts[3:])
    np.testing.assert_allclose(alone[0], vectors[3], atol=1e-5)


@pytest.mark.model
def test_meaning_counts_more_than_words() -> None:
    a, b, c = SentenceTransformerEncoder().encode(
        ["How many vocalists are there?", "What is the number of singers?", "How many aircraft are there?"]
    )
    assert a @ b > a @ c


@pytest.mark.model
def test_no_texts_give_no_vectors() -> None:
    assert SentenceTransformerEncoder().encode([]).shape == (0, 384)


def test_the_fingerprint_sees_other_weights(tmp_path: Path) -> None:
    original = SentenceTransformerEncoder()
    copy = tmp_path / "copy"
    shutil.copytree(_folder(original.name), copy)
    assert SentenceTransformerEncoder(str(copy)).fingerprint() == original.fingerprint()
    weights = copy / "model.safetensors"
    content = bytearray(weights.read_bytes())
    content[-1] ^= 1
    weights.write_bytes(content)
    assert SentenceTransformerEncoder(str(copy)).fingerprint() != original.fingerprint()


def test_an_unknown_encoder_is_refused_with_the_cure() -> None:
    with pytest.raises(EngineError, match="neither a folder nor in the hub's local cache"):
        SentenceTransformerEncoder("no/such-encoder").fingerprint()


@pytest.mark.model
def test_a_folder_without_a_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="cannot load the encoder"):
        SentenceTransformerEncoder(str(tmp_path)).encode(["a"])
