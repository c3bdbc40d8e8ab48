"""The place where a follow-up question becomes a question that stands alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from nshot.pipeline import CatalogDatabases, StandAlone, understand
from nshot.types import Turn

if TYPE_CHECKING:
    from nshot.data import Catalog

__all__ = ["StandAlone", "Turn", "stand_alone"]


def stand_alone(question: str, db_id: str, history: Sequence[Turn], catalog: Catalog) -> StandAlone:
    """The question as it can be understood without the turns before it; reads cell values the first
    time.

    Args:
        question: As asked.
        db_id: The database that is asked.
        history: Earlier turns, the latest last.
        catalog: Knows the databases.
    """
    return understand(question, db_id, history, CatalogDatabases(catalog))
