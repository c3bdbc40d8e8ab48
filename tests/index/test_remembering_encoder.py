"""Each text is encoded once, and what that spares is known."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
import pytest

from nshot.index.remembering_encoder import RememberingEncoder

from ..fakes import WordEncoder


def test_a_text_is_encoded_once_whoever_asks() -> None:
    inner = WordEncoder()
    encoder = RememberingEncoder(inner)
    first = encoder.encode(["a b", "c"])
    again = encoder.encode(["c", "a b", "d", "d"])
    assert inner.encoded == ["a b", "c", "d"]
    assert np.array_equal(again[:2], first[::-1])
    assert np.array_equal(again[2], again[3])
    assert encoder.encode([]).shape == (0, 64)
    assert encoder.fingerprint() == inner.fingerprint()


def test_the_loading_of_the_encoder_is_in_no_texts_time(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0

    class Slow(WordEncoder):
        """Loads for 100 s, encodes a text in 1 s."""

        loaded = False

        def encode(
            self, texts: Sequence[str], progress: Callable[[int], None] | None = None
        ) -> npt.NDArray[np.float32]:
            nonlocal now
            now += len(texts) + (0 if self.loaded else 100)
            self.loaded = True
            return super().encode(texts, progress)

    monkeypatch.setattr("nshot.index.remembering_encoder.perf_counter", lambda: now)
    encoder = RememberingEncoder(Slow())
    encoder.encode(["a", "b"])
    encoder.encode(["b", "a"])
    assert encoder.saved == 2
