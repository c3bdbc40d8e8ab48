"""Settings of the training of a structural encoder."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from nshot.errors import OptionError, UnknownNameError
from nshot.index.encoder import DEFAULT
from nshot.options import option

TEXTS = ("both", "question", "masked")


@dataclass(frozen=True)
class EncoderTrainConfig:
    """Settings; checked on construction. The defaults made the shipped encoder (docs/LOG.md,
    2026-11-25).
    """

    PANEL: ClassVar = "Training"

    base: str = option(DEFAULT)
    """The base encoder: a BERT-like sentence-transformers model with mean pooling, by name or
    folder.
    """
    text: str = option("both")
    """What is encoded of a question: question (as it is), masked, or both (one of the two at
    random)."""
    seed: int = option(0)
    """Seed of the held-out databases, the batches and the weights."""
    epochs: int = option(4, common=True)
    """Maximum number of passes over the pool; the best one on the held-out databases is kept."""
    minutes: float | None = option(None, common=True)
    """Start no further pass after this wall-clock time, minutes. By default no limit."""
    patience: int = option(2)
    """Early stopping: passes without a better one after which the training ends."""
    holdout: int | None = option(None)
    """Databases held out to choose the best pass. By default a tenth of them, at least one."""
    rank: int = option(16)
    """Rank of each low-rank matrix pair."""
    layers: int = option(3)
    """Number of upper layers that are tuned. The output of the layers below is computed once and
    kept.
    """
    learning_rate: float = option(3e-3)
    """Peak of the learning rate: linear warm-up over 5 % of the steps, then a cosine down to 5 % of
    it.
    """
    batch: int = option(96)
    """Questions in a step; each with a partner of its skeleton, so twice as many texts are encoded.
    """
    temperature: float = option(0.05)
    """Divisor of the cosines."""
    memory: int = option(2048)
    """Number of texts of past steps that the batch is contrasted with, too."""
    dropout: float = option(0.1)
    """Dropout in the tuned layers. The default is that of the base's pretraining."""
    threads: int = option(0)
    """CPU threads; 0: PyTorch's default. Another number may round sums differently."""

    def __post_init__(self) -> None:
        if self.text not in TEXTS:
            raise UnknownNameError("text", self.text, TEXTS)
        least = {"epochs": 1, "patience": 1, "rank": 1, "layers": 1, "batch": 2, "memory": 0, "threads": 0}
        for name, low in least.items():
            if (value := getattr(self, name)) < low:
                raise OptionError(f"`{name}` must be at least {low}, got {value}", option=name)
        if self.holdout is not None and self.holdout < 1:
            raise OptionError(f"`holdout` must be at least 1 database, got {self.holdout}", option="holdout")
        for name in ("learning_rate", "temperature"):
            if (size := getattr(self, name)) <= 0:
                raise OptionError(f"`{name}` must be above 0, got {size}", option=name)
        if self.minutes is not None and self.minutes <= 0:
            raise OptionError(f"`minutes` must be above 0, got {self.minutes}", option="minutes")
        if not 0 <= self.dropout < 1:
            raise OptionError(
                f"`dropout` must be at least 0 and below 1, got {self.dropout}", option="dropout"
            )
