"""A question encoder whose cosine follows the SQL: a low-rank adapter, tuned on the pool by
contrast.

Pulled together are questions of different databases whose SQL has one skeleton, pushed apart are
all others; what counts is measured on databases held out whole. `train_encoder` makes a folder that
`--encoder` takes. Knows nothing of prompts and of models that write SQL.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nshot.lazy import find_lazily

if TYPE_CHECKING:
    from nshot.training.encoder.config import EncoderTrainConfig
    from nshot.training.encoder.history import Epoch
    from nshot.training.encoder.train import train_encoder

_HOMES = {"EncoderTrainConfig": "config", "Epoch": "history", "train_encoder": "train"}

__all__ = ["EncoderTrainConfig", "Epoch", "train_encoder"]

__getattr__ = find_lazily(__name__, _HOMES)
