"""What every reader of a report needs to know, in the words of both its forms."""

from __future__ import annotations

from typing import Final

GUIDE: Final = (
    (
        "Interval",
        "Low and high beside a mean are a 95 % interval by cluster bootstrap: whole databases are drawn with "
        "replacement, because questions about one database succeed and fail together. It says how far the "
        "mean would move with other databases of this kind, not with other prompts or models.",
    ),
    (
        "Test",
        "A contrast compares two systems on the same questions. For a measure that is right or wrong it is "
        "McNemar's exact test: of the questions that only one of the two answers rightly, is the split "
        "further from half and half than chance allows? For a graded measure it is a paired bootstrap of "
        "the differences.",
    ),
    (
        "p (Holm)",
        "p is the chance of a difference at least this large if there were none. p (Holm) is the same, "
        "corrected for the number of contrasts of that measure; below 0.05 it is set in bold.",
    ),
    (
        "sd of seeds",
        "Where a system draws at random, the mean is over its seeds, and sd is the standard deviation "
        "between them.",
    ),
    (
        "EX and EM",
        "EX: the predicted SQL returns the same result as gold. EM: its clauses equal those of gold, values "
        "aside. Invalid SQL does not run at all.",
    ),
    (
        "@k",
        "A measure with @k is taken without any model over the first k examples that were picked. The "
        "ceiling is what the best possible choice from the pool would reach.",
    ),
)
"""(name, text) of each note."""
