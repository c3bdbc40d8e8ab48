"""Our own pass of BERT encoders against sentence-transformers, and with weights of 8 bits."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nshot.errors import EngineError
from nshot.index import SentenceTransformerEncoder, find_content_encoder
from nshot.index.bert.bert_encoder import BATCH, BertEncoder, load_bert
from nshot.index.encoder import _folder

WORDS = "how many singers of each country sang at the concerts that were held in 2014 or later".split()
TEXTS = [
    "",
    "  List the names of all stadiums.  ",
    "Which?" + " very long" * 400,
    *(" ".join(WORDS[: 1 + number % len(WORDS)]) + f" {number}" for number in range(3 * BATCH)),
]


@pytest.fixture(scope="module")
def whole() -> SentenceTransformerEncoder:
    return SentenceTransformerEncoder("structural")


@pytest.fixture(scope="module")
def rounded() -> SentenceTransformerEncoder:
    return SentenceTransformerEncoder("structural:int8")


@pytest.mark.parametrize("name", ["structural", "all-MiniLM-L6-v2"])
def test_vectors_are_those_of_sentence_transformers(name: str) -> None:
    encoder = SentenceTransformerEncoder(name)
    expected = encoder.model().encode(TEXTS, normalize_embeddings=True, show_progress_bar=False)
    found = encoder.encode(TEXTS)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_a_text_has_the_same_vector_alone_and_among_others(whole: SentenceTransformerEncoder) -> None:
    many = whole.encode(TEXTS)
    for place in (0, 1, 2, 20):
        np.testing.assert_allclose(whole.encode([TEXTS[place]])[0], many[place], atol=1e-6)


def test_with_8_bits_vectors_are_near_and_the_order_of_texts_is_kept(
    whole: SentenceTransformerEncoder, rounded: SentenceTransformerEncoder
) -> None:
    exact, near = whole.encode(TEXTS), rounded.encode(TEXTS)
    np.testing.assert_allclose(np.linalg.norm(near, axis=1), 1, atol=1e-5)
    cosines = (exact * near).sum(axis=1)
    assert cosines.min() > 0.97
    assert not np.allclose(exact, near, atol=1e-4)
    some = [5, 30, 41]
    assert (exact[some] @ near.T).argmax(axis=1).tolist() == some


def test_with_8_bits_it_is_another_encoder(
    whole: SentenceTransformerEncoder, rounded: SentenceTransformerEncoder
) -> None:
    assert rounded.name == "structural:int8"
    assert rounded.fingerprint() != whole.fingerprint()
    second = find_content_encoder(rounded.name)
    assert second is not None
    assert second.name == "all-MiniLM-L6-v2:int8"


def test_progress_counts_every_text(whole: SentenceTransformerEncoder) -> None:
    told: list[int] = []
    whole.encode(["one", "two", "one", "one"], told.append)
    assert told == [4]


def test_texts_are_encoded_without_the_library() -> None:
    code = f"""
import sys
from nshot.index import SentenceTransformerEncoder
encoder = SentenceTransformerEncoder("structural")
encoder.encode(["How many?", "How many tables?"])
encoder.encode([str(n) for n in range({BATCH + 1})])
print([name for name in ("sentence_transformers", "peft", "transformers") if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("file", "changes"),
    [
        ("config.json", {"hidden_act": "relu"}),
        ("config.json", {"model_type": "roberta"}),
        ("1_Pooling/config.json", {"pooling_mode_cls_token": True}),
        ("config_sentence_transformers.json", {"default_prompt_name": "query"}),
        ("sentence_bert_config.json", {"do_lower_case": True}),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_other_kinds_of_encoders_are_left_to_the_library(
    tmp_path: Path, file: str, changes: dict[str, Any]
) -> None:
    shipped = _folder("all-MiniLM-L6-v2")
    folder = tmp_path / "encoder"
    (folder / "1_Pooling").mkdir(parents=True)
    for path in shipped.rglob("*"):
        if path.is_file():
            (folder / path.relative_to(shipped)).symlink_to(path)
    assert load_bert(folder, rounded=False) is not None
    content = json.loads((folder / file).read_text())
    (folder / file).unlink()
    (folder / file).write_text(json.dumps({**content, **changes}))
    assert load_bert(folder, rounded=False) is None


def test_an_encoder_of_another_kind_has_no_8_bits(tmp_path: Path) -> None:
    folder = tmp_path / "other"
    shutil.copytree(_folder("all-MiniLM-L6-v2"), folder)
    pooling = folder / "1_Pooling" / "config.json"
    pooling.write_text(pooling.read_text().replace("mean_tokens", "max_tokens"))
    assert load_bert(folder, rounded=True) is None
    with pytest.raises(EngineError, match=r"cannot be computed with 8 bits.*leave :int8 out"):
        SentenceTransformerEncoder(f"{folder}:int8").encode(["one"])


def test_threads_that_share_an_encoder_get_their_own_vectors(whole: SentenceTransformerEncoder) -> None:
    expected = whole.encode(TEXTS)
    parts = [[place] for place in range(len(TEXTS))] * 4
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda part: whole.encode([TEXTS[place] for place in part]), parts))
    for part, vectors in zip(parts, found, strict=True):
        np.testing.assert_allclose(vectors, expected[part], atol=1e-6)


def test_what_fails_in_a_lane_is_raised(
    whole: SentenceTransformerEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    many = load_bert(_folder("all-MiniLM-L6-v2"), rounded=False)
    assert isinstance(many, BertEncoder)
    many.dim = 3
    with pytest.raises(ValueError, match="shape"):
        many.encode(["one", "two"])
