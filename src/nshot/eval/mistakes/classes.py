"""The classes of mistakes and their order."""

from __future__ import annotations

from typing import Final

INVALID: Final = "invalid SQL"
OTHER: Final = "other"

CLASSES: Final[dict[str, str]] = {
    INVALID: "it did not run; the sub-reason follows a colon",
    "set operation": "a UNION, INTERSECT or EXCEPT missing, added or different",
    "nesting": "a different number of sub-queries",
    "table": "a table missing, added or different",
    "join": "a join missing or added, on other columns, or of another kind",
    "aggregation": "an aggregate function missing, added or different",
    "grouping": "GROUP BY missing, added, or by other columns",
    "column": "other columns or expressions are selected, or in another order if nothing else differs",
    "condition": "a condition of WHERE or HAVING missing, added or different; AND instead of OR",
    "value": "the same conditions with another value",
    "ordering": "ORDER BY missing, added, by another key, or in the other direction",
    "limit": "LIMIT missing, added, or with another number",
    "distinct": "DISTINCT missing or added",
    OTHER: "none of the above: ties, NULL, or a rewriting that is not equivalent",
}
"""What each class means. The order is that of the result: first SQL that does not run, then what
shapes the query from the outside in, then details. The first class is the primary one."""

REASONS: Final[tuple[tuple[str, str], ...]] = (
    ("no such column", "no such column"),
    ("no such table", "no such table"),
    ("ambiguous column", "ambiguous column"),
    ("no such function", "no such function"),
    ("wrong number of arguments", "no such function"),
    ("misuse of", "misuse of an aggregate"),
    ("syntax error", "syntax"),
    ("incomplete input", "syntax"),
    ("unrecognized token", "syntax"),
    ("order by clause should come after", "syntax"),
    ("limit clause should come after", "syntax"),
    ("number of result columns", "set operation of unlike selects"),
    ("sub-select returns", "sub-query of several columns"),
    ("row value misused", "sub-query of several columns"),
)
"""Sub-reasons by a part of SQLite's message."""
