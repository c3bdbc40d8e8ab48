from __future__ import annotations

import os
import pickle

import pytest

from nshot.databases.processes.plain import load_plain


class Evil:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, ("exit 1",)


def test_plain_values_come_back() -> None:
    value = {"a": ((1, None, 0.5, "x", b"\x00", float("inf"), 2**70), []), "b": True}
    assert load_plain(pickle.dumps(value, protocol=pickle.HIGHEST_PROTOCOL)) == value


def test_what_would_run_is_refused() -> None:
    with pytest.raises(pickle.UnpicklingError, match="unexpected"):
        load_plain(pickle.dumps([Evil()]))
