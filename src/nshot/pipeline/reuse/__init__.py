"""Verified answers used again: which question may be answered by a pair, without the model.

One file a way. `exact` is the same question, up to letter case and spaces; `exchange` the same
question with other values. A way gets a question and returns the pair with a note for people, or
None; whatever it gives is run in the sandbox before it is shown, and is marked. Only live questions
are asked for: nothing that is measured or trained on is answered by a pair.
"""

from __future__ import annotations

from nshot.pipeline.reuse.exact import ExactReuse
from nshot.pipeline.reuse.exchange import ExchangedReuse
from nshot.pipeline.reuse.near import LEAST, NEAR_ENOUGH, SHIPPED, NearHints, NearRule, read_near
from nshot.pipeline.reuse.verified import ListedPairs, VerifiedPairs
from nshot.pipeline.reuse.way import ReuseWay
from nshot.pipeline.reuse.ways import FirstOf

__all__ = [
    "LEAST",
    "NEAR_ENOUGH",
    "SHIPPED",
    "ExactReuse",
    "ExchangedReuse",
    "FirstOf",
    "ListedPairs",
    "NearHints",
    "NearRule",
    "ReuseWay",
    "VerifiedPairs",
    "read_near",
]
