"""The folder for files that nshot can make again."""

from __future__ import annotations

import os
from pathlib import Path


def cache_folder() -> Path:
    """`NSHOT_CACHE`, or the user's cache folder for nshot."""
    if chosen := os.environ.get("NSHOT_CACHE"):
        return Path(chosen)
    from platformdirs import user_cache_dir

    return Path(user_cache_dir("nshot"))
