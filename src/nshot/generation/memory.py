"""Gives memory back to the system that the C library keeps for later."""

from __future__ import annotations

import ctypes
import sys


def trim() -> None:
    """Gives back what is free in the C library's heap; does nothing where it cannot (not glibc)."""
    if not sys.platform.startswith("linux"):
        return
    malloc_trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if malloc_trim is not None:
        malloc_trim(0)
