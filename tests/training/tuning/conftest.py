"""A tiny random Llama in a folder, with a tokenizer of single characters, and rows for it."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest

from nshot.training.data import SftRow
from nshot.training.data.files import write_rows

LETTERS = [chr(code) for code in range(32, 127)] + ["\n"]


@pytest.fixture(scope="session")
def tiny_llama(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a Llama of 2 layers and width 32, random weights."""
    import torch
    from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    folder = tmp_path_factory.mktemp("tiny") / "llama"
    tokens = ["<end>", "<unknown>", *LETTERS]
    whole = Tokenizer(models.WordLevel({token: at for at, token in enumerate(tokens)}, unk_token="<unknown>"))
    whole.pre_tokenizer = pre_tokenizers.Split(Regex(r"[\s\S]"), "isolated")
    whole.decoder = decoders.Fuse()
    PreTrainedTokenizerFast(tokenizer_object=whole, eos_token="<end>", unk_token="<unknown>").save_pretrained(
        folder
    )
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=len(tokens),
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=2048,
        eos_token_id=0,
        bos_token_id=None,
        pad_token_id=0,
        tie_word_embeddings=True,
        initializer_range=0.2,
    )
    LlamaForCausalLM(config).save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def rows_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """40 rows of 5 databases; rows of one database begin alike."""
    path = tmp_path_factory.mktemp("rows") / "train.jsonl"
    write_rows(path, [row(number) for number in range(40)], "prompt-completion")
    return path


def row(number: int) -> SftRow:
    """A row of one of 5 databases."""
    db = f"db{number % 5}"
    prompt = f"{db}_table(a, b, c)\n\nquestion: how many {'x' * (number % 7)}?\nsql:\n"
    sql = f"select count(*) from {db}_table where a = {number % 3}"
    response = f"from {db}_table select count(*) where a = {number % 3}"
    digest = hashlib.sha256(prompt.encode()).hexdigest()
    return SftRow(prompt, response, f"row-{number}", db, 0, "full", digest, 0, 0, sql, "from-first")


@pytest.fixture(scope="session")
def table(tiny_llama: Path, rows_file: Path) -> dict[str, Any]:
    """A recipe that trains the tiny model in a second or two."""
    return {
        "model": {"source": str(tiny_llama), "dtype": "float32"},
        "lora": {"rank": 4, "dropout": 0.1},
        "data": {"files": [str(rows_file)], "holdout": 1},
        "optim": {"learning_rate": 0.02, "epochs": 3, "rows_per_step": 8, "rows_per_pack": 4, "threads": 1},
        "select": {"every_steps": 4, "rows": 8},
        "save": {"every_minutes": 0.0001, "keep": 2},
    }
