"""An encoder that encodes each text once: epochs and strategies ask for the same questions."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from nshot.arrays import Float32Array
from nshot.artifacts.progress import Advance
from nshot.index.encoder import Encoder


class RememberingEncoder:
    """Keeps every vector in memory: about 1.5 KB a text."""

    def __init__(self, encoder: Encoder) -> None:
        self.name = encoder.name
        self._encoder = encoder
        self._known: dict[str, Float32Array] = {}

    def fingerprint(self) -> str:
        """Of the encoder beneath: the vectors are its own."""
        return self._encoder.fingerprint()

    def encode(self, texts: Sequence[str], progress: Advance | None = None) -> Float32Array:
        """(n, dim) float32 unit vectors; `progress` is told of those that were not known."""
        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        if new:
            self._known.update(zip(new, self._encoder.encode(new, progress), strict=True))
        return np.stack([self._known[text] for text in texts])
