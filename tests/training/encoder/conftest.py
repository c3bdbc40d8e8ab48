"""A pool over made-up databases, and a BERT small enough to be trained in a test."""

from __future__ import annotations

from pathlib import Path

import pytest

from nshot.types import Example

TOPICS = ("singer", "ship", "flower", "river", "team", "film", "wine", "horse")
SHAPES = (
    ("How many {0}s are there?", "SELECT count(*) FROM {0}"),
    ("Count the {0}s.", "SELECT count(*) FROM {0}"),
    ("What is the number of {0}s?", "SELECT count(*) FROM {0}"),
    ("List the names of all {0}s by age.", "SELECT name FROM {0} ORDER BY age"),
    ("Show {0} names sorted by age.", "SELECT name FROM {0} ORDER BY age"),
    ("What is the average age of the {0}s?", "SELECT avg(age) FROM {0}"),
    ("Give the mean age of every {0}.", "SELECT avg(age) FROM {0}"),
    ("Which {0}s are older than 20?", "SELECT name FROM {0} WHERE age > 20"),
    ("Find {0}s whose age is above 30.", "SELECT name FROM {0} WHERE age > 30"),
)
WORDS = sorted({word for text, _ in SHAPES for word in text.lower().replace("{0}", " ").split()})
WORDPIECES = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "?", ".", "s", "##s", *TOPICS, *WORDS]


@pytest.fixture(scope="session")
def pool() -> tuple[Example, ...]:
    """Nine questions of four shapes for each of eight databases."""
    return tuple(
        Example(f"{topic}-{place}", text.format(topic), sql.format(topic), topic)
        for topic in TOPICS
        for place, (text, sql) in enumerate(SHAPES)
    )


@pytest.fixture(scope="session")
def tiny_base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sentence-transformers folder with a BERT of random weights: two layers of 32."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Pooling, Transformer
    from transformers import BertConfig, BertModel, BertTokenizerFast

    folder = tmp_path_factory.mktemp("base")
    bert, whole = folder / "bert", folder / "whole"
    bert.mkdir()
    (bert / "vocab.txt").write_text("\n".join(dict.fromkeys(WORDPIECES)) + "\n")
    torch.manual_seed(0)
    BertModel(
        BertConfig(
            vocab_size=len(set(WORDPIECES)),
            hidden_size=32,
            num_hidden_layers=2,
            num_attention_heads=2,
            intermediate_size=64,
            max_position_embeddings=64,
        )
    ).save_pretrained(bert)
    BertTokenizerFast(str(bert / "vocab.txt")).save_pretrained(bert)
    words = Transformer(str(bert))
    SentenceTransformer(modules=[words, Pooling(32, "mean")]).save(str(whole))
    return whole
