"""A tiny Llama with a byte-level vocabulary, tuned for a moment."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest

from nshot.training.data import SftRow, write_rows
from nshot.training.tuning.recipe.file import make_recipe
from nshot.training.tuning.train import train

WORDS = "from singer select count(*) where country = 'France' and age > 1234567 group by name order limit "
SIZES = {
    "hidden_size": 64,
    "intermediate_size": 96,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 2048,
    "initializer_range": 0.2,
}


def save_tokenizer(folder: Path, pre_tokenizer: Any = None) -> int:
    """Byte-level BPE with a few merges, an end token and a chat template; returns how many
    tokens."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    whole = Tokenizer(models.BPE())
    whole.pre_tokenizer = pre_tokenizer or pre_tokenizers.ByteLevel(add_prefix_space=False)
    whole.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=320,
        special_tokens=["<|endoftext|>", "<|im_start|>", "<|im_end|>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    whole.train_from_iterator([WORDS, "question: how many singers are there?\nsql:\n"], trainer)
    made = PreTrainedTokenizerFast(tokenizer_object=whole, eos_token="<|im_end|>", pad_token="<|im_end|>")
    made.chat_template = "{% for message in messages %}{{ message.content }}{% endfor %}"
    made.save_pretrained(folder)
    return len(made)


def save_model(folder: Path, **changes: Any) -> None:
    """Random weights for the tokenizer in the folder, and three spare rows of the embedding."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(0)
    tokens = save_tokenizer(folder)
    config = LlamaConfig(
        **SIZES | {"vocab_size": tokens + 3, "tie_word_embeddings": True} | changes,
        eos_token_id=2,
        pad_token_id=2,
        bos_token_id=None,
    )
    LlamaForCausalLM(config).save_pretrained(folder)


def row(number: int) -> SftRow:
    """A row of one of 4 databases."""
    db = f"db{number % 4}"
    prompt = f"{db}_table(a, b)\n\nquestion: how many singers of {number}?\nsql:\n"
    response = f"from {db}_table select count(*) where a = {number}"
    digest = hashlib.sha256(prompt.encode()).hexdigest()
    return SftRow(prompt, response, f"row-{number}", db, 0, "full", digest, 0, 0, response, "from-first")


@pytest.fixture(scope="session")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the untuned model."""
    folder = tmp_path_factory.mktemp("base") / "tiny-llama"
    folder.mkdir()
    save_model(folder)
    return folder


@pytest.fixture(scope="session")
def rows(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """32 rows of 4 databases."""
    path = tmp_path_factory.mktemp("rows") / "train.jsonl"
    write_rows(path, [row(number) for number in range(32)], "prompt-completion")
    return path


@pytest.fixture(scope="session")
def training(tmp_path_factory: pytest.TempPathFactory, base: Path, rows: Path) -> Path:
    """The folder of a training in float32, one database held out."""
    out = tmp_path_factory.mktemp("training") / "run"
    recipe = {
        "model": {"source": str(base), "dtype": "float32", "chat": "off"},
        "lora": {"rank": 16},
        "data": {"files": [str(rows)], "holdout": 1},
        "optim": {"learning_rate": 0.01, "epochs": 12, "rows_per_step": 8, "threads": 1},
        "select": {"rows": 4},
    }
    train(make_recipe(recipe), out)
    return out
