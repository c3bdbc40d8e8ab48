"""The classes of mistakes and their order."""

from __future__ import annotations

from typing import Final

INVALID: Final = "invalid SQL"
OTHER: Final = "other"

CLASSES: Final[dict[str, str]] = {
    INVALID: "it did not run; the sub-reason follows a colon",
    "set operation": "UNION, INTERSECT or EXCEPT: there or not, or another one",
    "nesting": "another number of sub-queries",
    "table": "a table too many, too few, or another one",
    "join": "other columns are joined, another kind of join, or a join more or less",
    "aggregation": "an aggregate function more, less, or another one",
    "grouping": "GROUP BY: there or not, or by other columns",
    "column": "other columns or expressions are selected; their order, where nothing else differs",
    "condition": "a condition of WHERE or HAVING more, less, or another one; AND for OR",
    "value": "the same conditions with another value",
    "ordering": "ORDER BY: there or not, by another key or in the other direction",
    "limit": "LIMIT: there or not, or another number",
    "distinct": "DISTINCT: there or not",
    OTHER: "nothing of these differs: ties, NULL, or a rewriting that is not equivalent",
}
"""What each class means. The order is that of the result: what does not run, then what decides the shape
of the query from the outside in, then details; the first is the primary one."""

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
"""Sub-reasons by what SQLite's message says."""
