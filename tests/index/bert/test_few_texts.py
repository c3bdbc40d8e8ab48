"""Our own forward pass of BERT encoders against sentence-transformers."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nshot.index import SentenceTransformerEncoder
from nshot.index.bert.few_texts import FEW, FewTexts, load_few_texts
from nshot.index.encoder import _folder, _load_few_texts

TEXTS = [
    "How many singers are there?",
    "  List the names of all stadiums that hosted a concert in 2014 or later, with their capacity.  ",
    "",
    "Which?" + " very long" * 400,
]


@pytest.fixture(scope="module")
def encoder() -> SentenceTransformerEncoder:
    return SentenceTransformerEncoder("structural")


@pytest.mark.parametrize("name", ["structural", "all-MiniLM-L6-v2"])
def test_vectors_are_those_of_sentence_transformers(name: str) -> None:
    model = SentenceTransformerEncoder(name).model()
    few = _load_few_texts(_folder(name))
    assert few is not None
    for texts in [*([text] for text in TEXTS), TEXTS]:
        expected = model.encode(texts, normalize_embeddings=True, show_progress_bar=False)
        found = few.encode(texts)
        assert found.dtype == np.float32
        np.testing.assert_allclose(found, expected, atol=1e-6)


def test_a_question_is_encoded_without_the_library() -> None:
    code = """
import sys
from nshot.index import SentenceTransformerEncoder
SentenceTransformerEncoder("structural").encode(["How many?", "How many tables?"])
print([name for name in ("sentence_transformers", "peft", "transformers") if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_few_texts_go_through_it_and_many_through_the_library(
    encoder: SentenceTransformerEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes: list[int] = []
    inner = FewTexts.encode

    def count(self: FewTexts, texts: list[str]) -> Any:
        sizes.append(len(texts))
        return inner(self, texts)

    monkeypatch.setattr(FewTexts, "encode", count)
    alone = encoder.encode(["b", "a", "b"])
    many = encoder.encode(["a", "b", *(f"text {number}" for number in range(FEW))])
    assert sizes == [2]
    np.testing.assert_allclose(alone, many[[1, 0, 1]], atol=1e-6)


def test_torch_has_its_threads_again(encoder: SentenceTransformerEncoder) -> None:
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        encoder.encode(["How many?"])
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)


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
    assert load_few_texts(folder) is not None
    content = json.loads((folder / file).read_text())
    (folder / file).unlink()
    (folder / file).write_text(json.dumps({**content, **changes}))
    assert load_few_texts(folder) is None
