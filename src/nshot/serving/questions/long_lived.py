"""Collections of garbage that do not walk the model: they would stop every thread, `/health`
included.
"""

from __future__ import annotations

import gc
from typing import Final

IDLE_GROWTH: Final = 0.25
"""Growth of the objects that collections pass over at which they are collected, if no question has
come for a while."""
MOST_GROWTH: Final = 1.0
"""The same, while questions come."""


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
            idle_growth: Share by which the objects may grow until they are walked when no question
                comes.
            most_growth: The same while questions come.
        """
        self._idle_growth, self._most_growth = idle_growth, most_growth
        self._settled = self._grown = 0

    def settle(self) -> None:
        """Frees all garbage, and lets later collections pass over the rest."""
        gc.unfreeze()
        gc.collect()
        gc.freeze()
        self._settled, self._grown = gc.get_freeze_count(), 0

    def after_batch(self) -> None:
        """Frees what the batch left, and lets later collections pass over what it made."""
        gc.collect()
        self._grown += len(gc.get_objects())
        gc.freeze()
        self._settle_beyond(self._most_growth)

    def when_idle(self) -> None:
        """Frees all garbage if there may be much: nobody is kept waiting by it."""
        self._settle_beyond(self._idle_growth)

    def _settle_beyond(self, limit: float) -> None:
        if self._grown <= self._settled * limit:
            return
        # Much of it has been freed without a collection meanwhile; counting takes milliseconds.
        self._grown = gc.get_freeze_count() - self._settled
        if self._grown > self._settled * limit:
            self.settle()

    @staticmethod
    def end() -> None:
        """Lets collections see everything again."""
        gc.unfreeze()
