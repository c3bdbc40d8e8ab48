"""Collections of garbage that do not walk the model: they would stop every thread, `/health`
included.
"""

from __future__ import annotations

import gc
from collections.abc import Callable
from typing import Final

IDLE_GROWTH: Final = 0.25
"""Growth of the objects that collections pass over at which they are collected, if nobody waits."""
MOST_GROWTH: Final = 1.0
"""The same, also if somebody waits."""


class LongLived:
    """Lets collections pass over objects that are there to stay, and looks at them now and then.

    A collection that walks the objects of the model and of the schemas' grammars takes 0.4 s. They
    are frozen after each batch, so that later collections see new objects only. What becomes
    garbage after that and is part of a cycle would never be freed: a schema's grammar that its
    cache drops, or a request that was open when the batch ended. So everything is walked again
    once it has grown by a share of what was there the last time. How often that happens falls as
    the server grows, and memory stays below a multiple of what is in use.
    """

    def __init__(self, *, idle_growth: float = IDLE_GROWTH, most_growth: float = MOST_GROWTH) -> None:
        """
        Args:
            idle_growth: Share by which the objects may grow until they are walked while nobody
                waits.
            most_growth: The same while questions wait.
        """
        self._idle_growth, self._most_growth = idle_growth, most_growth
        self._settled = self._grown = 0

    def settle(self) -> None:
        """Frees all garbage, and lets later collections pass over the rest."""
        gc.unfreeze()
        gc.collect()
        gc.freeze()
        self._settled, self._grown = gc.get_freeze_count(), 0

    def after_batch(self, waits: Callable[[], bool]) -> None:
        """Frees what the batch left, and lets later collections pass over what it made.

        Args:
            waits: Whether somebody would be kept waiting.
        """
        gc.collect()
        self._grown += len(gc.get_objects())
        gc.freeze()
        if self._grown <= self._settled * self._idle_growth:
            return
        # Much of it has been freed without a collection meanwhile; counting takes milliseconds.
        self._grown = gc.get_freeze_count() - self._settled
        limit = self._most_growth if waits() else self._idle_growth
        if self._grown > self._settled * limit:
            self.settle()

    @staticmethod
    def end() -> None:
        """Lets collections see everything again."""
        gc.unfreeze()
