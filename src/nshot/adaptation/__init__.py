"""Adaptation: from a user's verified pairs to a model that knows their databases.

`adapt` checks the pairs, holds some out, tunes the start model on the others, chooses a state by
execution, measures what the model gained and what it forgot, and writes a folder that `--model DIR`
takes.

It has no training, no retrieval and no statistics of its own: it combines `pairs`, `training`,
`experiments`' store of completions, `pipeline` and `eval`. It knows nothing of how a row is
rendered, a step is made, or a measure is computed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nshot.lazy import find_lazily

if TYPE_CHECKING:
    from nshot.adaptation.adaptation import Adaptation, ChosenState, adapt
    from nshot.adaptation.checked_pairs import CheckedPairs, check_pairs
    from nshot.adaptation.config import AdaptConfig
    from nshot.adaptation.measure import Way, WayResult
    from nshot.adaptation.plan import AdaptPlan, Check, plan_adaptation

_HOMES = {
    "AdaptConfig": "config",
    "AdaptPlan": "plan",
    "Adaptation": "adaptation",
    "Check": "plan",
    "CheckedPairs": "checked_pairs",
    "ChosenState": "adaptation",
    "Way": "measure",
    "WayResult": "measure",
    "adapt": "adaptation",
    "check_pairs": "checked_pairs",
    "plan_adaptation": "plan",
}

__all__ = [
    "AdaptConfig",
    "AdaptPlan",
    "Adaptation",
    "Check",
    "CheckedPairs",
    "ChosenState",
    "Way",
    "WayResult",
    "adapt",
    "check_pairs",
    "plan_adaptation",
]

__getattr__ = find_lazily(__name__, _HOMES)
