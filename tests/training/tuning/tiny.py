"""A tiny random Llama with a tokenizer of single characters, and rows for it."""

from __future__ import annotations

import hashlib
from pathlib import Path

from nshot.training.data import SftRow
from nshot.training.data.output.files import write_rows

LETTERS = [chr(code) for code in range(32, 127)] + ["\n"]


def write_llama(folder: Path) -> None:
    """A Llama of 2 layers and width 32; its weights are always the same."""
    import torch
    from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    tokens = ["<end>", "<unknown>", *LETTERS]
    whole = Tokenizer(models.WordLevel({token: at for at, token in enumerate(tokens)}, unk_token="<unknown>"))
    whole.pre_tokenizer = pre_tokenizers.Split(Regex(r"[\s\S]"), "isolated")
    whole.decoder = decoders.Fuse()
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=whole, eos_token="<end>", unk_token="<unknown>")
    tokenizer.save_pretrained(folder)
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


def write_rows_file(path: Path) -> None:
    """40 rows of 5 databases; rows of one database begin alike."""
    write_rows(path, [row(number) for number in range(40)], "prompt-completion")


def row(number: int) -> SftRow:
    """A row of one of 5 databases."""
    db = f"db{number % 5}"
    prompt = f"{db}_table(a, b, c)\n\nquestion: how many {'x' * (number % 7)}?\nsql:\n"
    sql = f"select count(*) from {db}_table where a = {number % 3}"
    response = f"from {db}_table select count(*) where a = {number % 3}"
    digest = hashlib.sha256(prompt.encode()).hexdigest()
    return SftRow(prompt, response, f"row-{number}", db, 0, "full", digest, 0, 0, sql, "from-first")
