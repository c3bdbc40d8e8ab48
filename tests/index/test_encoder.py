"""The sentence-transformers encoder."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from nshot.errors import EngineError
from nshot.index.encoder import STRUCTURAL, Encoder, SentenceTransformerEncoder, _folder

from ..fakes import WordEncoder


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


def test_an_encoder_whose_folder_was_moved_is_not_looked_for_in_the_hub(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="the folder does not exist; give its place with `encoder`"):
        SentenceTransformerEncoder(str(tmp_path / "moved")).fingerprint()


@pytest.mark.model
def test_a_folder_without_a_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="cannot load the encoder"):
        SentenceTransformerEncoder(str(tmp_path)).encode(["a"])


@pytest.fixture(params=["words", "all-MiniLM-L6-v2", "structural"])
def encoder(request: pytest.FixtureRequest) -> Encoder:
    """Every kind of encoder that an index may be built with."""
    name: str = request.param
    return WordEncoder() if name == "words" else SentenceTransformerEncoder(name)


@pytest.mark.model
def test_an_encoder_keeps_its_contract(encoder: Encoder) -> None:
    texts = ["How many singers are there?", "a", "How many singers are there?", ""]
    done: list[int] = []
    vectors = encoder.encode(texts, done.append)
    assert vectors.dtype == np.float32
    assert vectors.shape[0] == len(texts) == sum(done)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    np.testing.assert_array_equal(vectors[0], vectors[2])
    np.testing.assert_allclose(encoder.encode(texts[1:2])[0], vectors[1], atol=1e-5)
    assert encoder.encode([]).shape == (0, vectors.shape[1])
    assert encoder.fingerprint() == encoder.fingerprint()


@pytest.mark.model
def test_to_the_structural_encoder_the_shape_counts_more_than_the_topic() -> None:
    a, b, c = SentenceTransformerEncoder(STRUCTURAL).encode(
        ["How many singers are there?", "Count the number of aircraft.", "Which singers are the oldest?"]
    )
    assert a @ b > a @ c


def test_the_shipped_adapter_is_small_and_names_no_machine() -> None:
    files = [path for path in _folder(STRUCTURAL).iterdir() if path.suffix != ".md"]
    assert sum(path.stat().st_size for path in files) < 2_000_000
    texts = "".join(path.read_text(encoding="utf-8") for path in files if path.suffix == ".json")
    assert '"base": "all-MiniLM-L6-v2"' in texts
    assert '"base_model_name_or_path": "all-MiniLM-L6-v2"' in texts
    assert "/home/" not in texts
    assert "/tmp/" not in texts


def test_encoders_differ_in_their_fingerprint() -> None:
    assert SentenceTransformerEncoder(STRUCTURAL).fingerprint() != SentenceTransformerEncoder().fingerprint()


@pytest.mark.parametrize(
    ("damage", "told"),
    [("adapter_model.safetensors", "lacks adapter_model.safetensors"), ("encoder.json", "description")],
)
def test_a_damaged_adapter_is_refused(tmp_path: Path, damage: str, told: str) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(_folder(STRUCTURAL), copy)
    assert SentenceTransformerEncoder(str(copy)).fingerprint()
    if damage == "encoder.json":
        (copy / damage).write_text('{"base": 1, "surprise": 2}')
    else:
        (copy / damage).unlink()
    with pytest.raises(EngineError, match=told):
        SentenceTransformerEncoder(str(copy)).fingerprint()


def test_a_newer_adapter_is_refused(tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(_folder(STRUCTURAL), copy)
    text = (copy / "encoder.json").read_text()
    (copy / "encoder.json").write_text(text.replace('"format": 1', '"format": 2'))
    with pytest.raises(EngineError, match="format 2, this nshot reads format 1"):
        SentenceTransformerEncoder(str(copy)).encode(["a"])


@pytest.mark.model
def test_the_default_encoder_loads_without_a_word_of_other_libraries() -> None:
    code = "from nshot.index.encoder import *; SentenceTransformerEncoder(STRUCTURAL).encode(['a'])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
