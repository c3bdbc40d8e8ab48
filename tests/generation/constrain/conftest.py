"""A small schema, its recogniser, and tokenizers that the tests make themselves."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from nshot.generation.constrain import RecogniserState, recogniser
from nshot.types import Column, ForeignKey, Schema, Table

MUSIC = Schema(
    "music",
    (
        Table(
            "Singer",
            (
                Column("Singer_ID", "int"),
                Column("Name", "text"),
                Column("Country", "text"),
                Column("Age", "int"),
                Column("Is_Male", "bool"),
                Column("Home Town", "text"),
            ),
        ),
        Table("singer_in_concert", (Column("concert_ID", "int"), Column("Singer_ID", "int"))),
        Table("concert", (Column("concert_ID", "int"), Column("Name", "text"), Column("Year", "int"))),
    ),
    (
        ForeignKey("singer_in_concert", ("Singer_ID",), "Singer", ("Singer_ID",)),
        ForeignKey("singer_in_concert", ("concert_ID",), "concert", ("concert_ID",)),
    ),
)


def after(text: str, schema: Schema = MUSIC) -> RecogniserState | None:
    """The state behind the text, read byte by byte."""
    state: RecogniserState | None = recogniser(schema).start()
    for byte in text.encode():
        state = state and state.step(byte)
    return state


def lines(name: str) -> list[str]:
    """Lines of a fixture without the `--` lines; blanks at both ends count."""
    text = (Path(__file__).parent / "fixtures" / name).read_text(encoding="utf-8")
    return [line for line in text.split("\n") if line and not line.startswith("--")]


def byte_level(texts: Iterable[str], size: int) -> Any:
    """A byte-level BPE tokenizer trained on the texts, with `<end>` for the end of text."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    inner = Tokenizer(models.BPE())
    inner.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    inner.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=size, special_tokens=["<end>"], initial_alphabet=alphabet, show_progress=False
    )
    inner.train_from_iterator(texts, trainer)
    return PreTrainedTokenizerFast(tokenizer_object=inner, eos_token="<end>")


@pytest.fixture(scope="session")
def sql_tokenizer() -> Any:
    """Byte-level, trained on the fixtures."""
    return byte_level(lines("accepted.txt"), 500)


@pytest.fixture(scope="session")
def make_tokenizer() -> Callable[[Iterable[str], int], Any]:
    return byte_level
