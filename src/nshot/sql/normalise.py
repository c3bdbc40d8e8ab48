"""The normal form of SQL: one text for all ways to write the same query.

What is made uniform: letter case of words, white space, comments, semicolons; quotes; spellings of
operators and numbers; names and presence of aliases; INNER, OUTER, CROSS and the comma of joins;
ASC; the order of operands of AND and OR, and of the two columns of an `=` or `!=`. What is kept:
literals with their letter case, the order of tables and of select items, and the difference between
1 and 1.0. The result is SQL with the same meaning. docs/sql.md has the rules with examples.
"""

from __future__ import annotations

from functools import lru_cache

from nshot.sql.expression import Unread, word
from nshot.sql.nest import Node, nest
from nshot.sql.query import query_text
from nshot.sql.quotes import resolve_quotes
from nshot.sql.tokens import MAX_CHARACTERS, scan, strip_semicolons
from nshot.types import Schema


@lru_cache(maxsize=32_768)
def normalise(sql: str, schema: Schema | None = None) -> str:
    """The normal form of `sql`; two texts with the same normal form are the same SQL.

    Any text is accepted. If it cannot be read as one SELECT (with WITH, set operations and
    nesting), it is normalised token by token: words in lower case, uniform literals and operators,
    single blanks. Of a text that is too long to be read, only the blanks are made uniform.

    Args:
        sql: One SQL text.
        schema: Tells which double-quoted words are strings, and which table a column without a
            prefix belongs to if several tables are joined.

    >>> normalise('SELECT T1.name FROM singer AS T1 WHERE T1.country = "France";')
    "select name from singer where country = 'France'"
    """
    if len(sql) > MAX_CHARACTERS:
        return " ".join(sql.split())
    tokens = strip_semicolons(resolve_quotes(scan(sql), schema))
    try:
        nodes: list[Node] | None = nest(tokens)
        if nodes:
            return query_text(nodes, schema)
    except (Unread, RecursionError):
        pass
    return " ".join(word(token) for token in tokens)
