"""An encoder with a cache: runs, epochs and strategies often encode the same questions."""

from __future__ import annotations

from collections.abc import Sequence
from time import perf_counter

import numpy as np

from nshot.arrays import Float32Array
from nshot.artifacts import Advance
from nshot.index.encoder import Encoder


class RememberingEncoder:
    """Encodes each text once and keeps its vector in memory (about 1.5 KB per text)."""

    def __init__(self, inner: Encoder) -> None:
        self._inner = inner
        self._fingerprint = ""
        self._vectors: dict[str, Float32Array] = {}
        self._seconds: dict[str, float] = {}
        self.name = inner.name
        self.saved = 0.0
        """Seconds of encoding that the cache has saved."""

    def fingerprint(self) -> str:
        """The fingerprint of the inner encoder, because the vectors are the same."""
        self._fingerprint = self._fingerprint or self._inner.fingerprint()
        return self._fingerprint

    def encode(self, texts: Sequence[str], progress: Advance | None = None) -> Float32Array:
        """(len(texts), dim) float32 unit vectors; `progress` counts only texts that were not
        cached.
        """
        distinct = list(dict.fromkeys(texts))
        new = [text for text in distinct if text not in self._vectors]
        self.saved += sum(self._seconds.get(text, 0.0) for text in distinct)
        if new or not texts:
            if not self._vectors:
                self._inner.encode(())  # loads the model, so that the clock counts only encoding
            begun = perf_counter()
            vectors = self._inner.encode(new, progress)
            self._seconds.update(dict.fromkeys(new, (perf_counter() - begun) / max(len(new), 1)))
            self._vectors.update(zip(new, vectors, strict=True))
        return np.stack([self._vectors[text] for text in texts]) if texts else vectors
