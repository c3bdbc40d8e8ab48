"""The tokenizer of a folder, with and without the class of its model."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from nshot.models import load_tokenizer


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import LlamaConfig, PreTrainedTokenizerFast

    inner = Tokenizer(models.WordLevel({"<s>": 0, "</s>": 1, "how": 2, "many": 3}, unk_token="<s>"))
    inner.pre_tokenizer = pre_tokenizers.Whitespace()
    made = PreTrainedTokenizerFast(tokenizer_object=inner, eos_token="</s>", pad_token="</s>")
    made.chat_template = "{{ messages[0].content }}"
    made.save_pretrained(tmp_path)
    LlamaConfig().save_pretrained(tmp_path)
    return tmp_path


def test_the_tokenizer_is_that_of_autotokenizer(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from transformers import AutoTokenizer

    expected = AutoTokenizer.from_pretrained(folder, local_files_only=True)

    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("asked AutoTokenizer")

    monkeypatch.setattr(AutoTokenizer, "from_pretrained", refuse)
    found = load_tokenizer(folder)
    assert type(found) is type(expected)
    assert found.backend_tokenizer.to_str() == expected.backend_tokenizer.to_str()
    assert (found.chat_template, found.all_special_ids) == (expected.chat_template, expected.all_special_ids)
    assert found.init_kwargs == expected.init_kwargs


def test_another_class_is_left_to_autotokenizer(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from transformers import AutoTokenizer

    file = folder / "tokenizer_config.json"
    changed = {**json.loads(file.read_text(encoding="utf-8")), "tokenizer_class": "LlamaTokenizer"}
    file.write_text(json.dumps(changed), encoding="utf-8")
    monkeypatch.setattr(AutoTokenizer, "from_pretrained", lambda *_, **__: "asked")
    assert load_tokenizer(folder) == "asked"
