"""How long work reports its progress. There are two shapes, for two kinds of work.

Work in stages counts steps: a stage is started with its number of steps, and told after each batch
how many steps are done. For example, an index build has the stages "masking" and "encoding":

    advance = start("encoding", len(texts))
    for batch in batches:
        encode(batch)
        advance(len(batch))

Work that can begin in the middle, or whose size is known only later, says where it stands. For
example, a download that is resumed at byte 4,000 of a file of 10,000: `progress(4_000, 10_000)`.
"""

from __future__ import annotations

from collections.abc import Callable

Advance = Callable[[int], None]
"""`advance(steps)`: this many steps were finished since the last call."""
StartStage = Callable[[str, int | None], Advance]
"""`start(stage, steps)`: a stage of this many steps begins; None if the number is unknown."""
Progress = Callable[[int, int | None], None]
"""`progress(done, total)`: bytes, queries or rows finished so far, and their total (None if
unknown).
"""


def start_silently(stage: str, steps: int | None) -> Advance:
    """A `StartStage` that reports nothing."""
    del stage, steps
    return lambda _steps: None


def stay_silent(done: int, total: int | None) -> None:
    """A `Progress` that reports nothing."""
