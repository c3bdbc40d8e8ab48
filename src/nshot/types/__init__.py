"""The data types of nshot: immutable values that are passed between packages.

Scores are always "higher is better". A `Question` may carry its gold SQL: the leak rule and the
evaluation read it, code that builds prompts never does. The package imports no other one of nshot,
and does not know where its values come from.
"""

from __future__ import annotations

from nshot.types.prediction import (
    Attempt,
    Completion,
    Prediction,
    ReusedPair,
    Rows,
    TokenLogprob,
)
from nshot.types.prompt import (
    NOTHING_DROPPED,
    Context,
    Demonstration,
    Dropped,
    Form,
    Message,
    NamePair,
    Prompt,
)
from nshot.types.question import (
    Candidate,
    Example,
    Problem,
    Question,
    Turn,
)
from nshot.types.schema import (
    CellMatch,
    Column,
    ForeignKey,
    LeftOut,
    Schema,
    Table,
)
from nshot.types.verdict import (
    Component,
    Verdict,
)

__all__ = [
    "NOTHING_DROPPED",
    "Attempt",
    "Candidate",
    "CellMatch",
    "Column",
    "Completion",
    "Component",
    "Context",
    "Demonstration",
    "Dropped",
    "Example",
    "ForeignKey",
    "Form",
    "LeftOut",
    "Message",
    "NamePair",
    "Prediction",
    "Problem",
    "Prompt",
    "Question",
    "ReusedPair",
    "Rows",
    "Schema",
    "Table",
    "TokenLogprob",
    "Turn",
    "Verdict",
]
