"""Threads of numeric libraries: set before torch, FAISS or BLAS are loaded, as they read this only
then.
"""

from __future__ import annotations

import math
import os
import sys
from pathlib import Path

_QUOTA = Path("/sys/fs/cgroup/cpu.max")
_READERS = ("torch", "faiss", "sklearn")
"""Modules that load a library of threads."""


def prepare_threads() -> None:
    """Let idle threads sleep, and start no more of them than this process may use processors.

    Without this, each library's idle threads wait in a loop and take the processor from those of
    another library, or of another process. NumPy's products get one thread. What the user has set
    in the environment is kept.
    """
    if any(name in sys.modules for name in _READERS):
        return
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    # NumPy's products are those of a question with the pool: on a busy machine, waiting for a second thread
    # took up to seventy times as long as the product (docs/LOG.md).
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    allowed = count_processors()
    if allowed < (os.cpu_count() or 1):
        os.environ.setdefault("OMP_NUM_THREADS", str(allowed))


def count_processors(quota: Path = _QUOTA) -> int:
    """Number of processors that this process may use, at least 1: its affinity and its container's
    quota.

    Args:
        quota: File of cgroup 2: microseconds of processor time in each period (or `max`), and the
            period.
    """
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    try:
        most, period = quota.read_text(encoding="ascii").split()
        return max(1, min(usable, math.ceil(int(most) / int(period))))
    except (OSError, ValueError):  # no container, or no limit
        return max(1, usable)
