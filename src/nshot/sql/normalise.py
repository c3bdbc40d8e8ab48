"""One text for all ways to write the same SQL.

What is levelled: letter case of words, white space, comments, semicolons; quotes; spellings of
operators and numbers; names and presence of aliases; INNER, OUTER, CROSS and the comma of joins; ASC;
the order of what AND or OR connects, and of the two columns of an `=` or `!=`. What is kept: literals
with their letter case, the order of tables and of select items, and 1 apart from 1.0.
The result is SQL of the same meaning. docs/sql.md has the rules with examples.
"""

from __future__ import annotations

from functools import lru_cache

from nshot.sql.expression import Unread, word
from nshot.sql.nest import Node, nest
from nshot.sql.query import query_text
from nshot.sql.quotes import resolve_quotes
from nshot.sql.tokens import scan, strip_semicolons
from nshot.types import Schema


@lru_cache(maxsize=32_768)
def normalise(sql: str, schema: Schema | None = None) -> str:
    """The normal form of `sql`; equal for two texts that are the same SQL.

    Any text is accepted. What cannot be read as one SELECT (with WITH, set operations and nesting) is
    normalised token by token: words in lower case, literals and operators in one spelling, single blanks.

    Args:
        sql: One SQL text.
        schema: Decides which double-quoted words are strings, and gives columns without a prefix to
            their table where several tables are joined.

    >>> normalise('SELECT T1.name FROM singer AS T1 WHERE T1.country = "France";')
    "select name from singer where country = 'France'"
    """
    tokens = strip_semicolons(resolve_quotes(scan(sql), schema))
    try:
        nodes: list[Node] | None = nest(tokens)
        if nodes:
            return query_text(nodes, schema)
    except (Unread, RecursionError):
        pass
    return " ".join(word(token) for token in tokens)
