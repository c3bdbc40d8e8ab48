"""Unpickle plain values from an untrusted process."""

from __future__ import annotations

import io
import pickle
from collections.abc import Collection
from typing import Any


def load_plain(body: bytes, classes: Collection[tuple[str, str]] = ()) -> Any:
    """The pickle's content: numbers, texts, None and containers of these. No code in it is
    executed.

    Args:
        body: The pickle.
        classes: Module and name of further classes whose objects are accepted.

    Raises:
        pickle.UnpicklingError: It has an object of any other class, or is not a pickle.
    """
    return _PlainUnpickler(io.BytesIO(body), classes).load()


class _PlainUnpickler(pickle.Unpickler):
    def __init__(self, file: io.BytesIO, classes: Collection[tuple[str, str]]) -> None:
        super().__init__(file)
        self._classes = classes

    def find_class(self, module_name: str, global_name: str, /) -> Any:
        if (module_name, global_name) not in self._classes:
            raise pickle.UnpicklingError(f"unexpected {module_name}.{global_name}")
        return super().find_class(module_name, global_name)
