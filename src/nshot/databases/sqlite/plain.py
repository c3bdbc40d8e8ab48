"""Unpickle plain values from an untrusted process."""

from __future__ import annotations

import io
import pickle
from typing import Any


def load_plain(body: bytes) -> Any:
    """The pickle's content: numbers, texts, None and containers of these. No code in it is executed.

    Raises:
        pickle.UnpicklingError: It has an object of any other class, or is not a pickle.
    """
    return _Values(io.BytesIO(body)).load()


class _Values(pickle.Unpickler):
    def find_class(self, module_name: str, global_name: str, /) -> Any:
        raise pickle.UnpicklingError(f"unexpected {module_name}.{global_name}")
