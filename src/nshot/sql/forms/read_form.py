"""Read text in any form as SQL."""

from __future__ import annotations

from functools import lru_cache

from nshot.sql.expression import Unread
from nshot.sql.forms.join_tokens import join_tokens
from nshot.sql.forms.read_tree import read_tree
from nshot.sql.forms.render import Renderer
from nshot.sql.forms.resolve import TreeResolver
from nshot.sql.forms.words import LONGEST, read_words
from nshot.sql.normalise import normalise
from nshot.types import Schema


@lru_cache(maxsize=32_768)
def read_form(text: str, schema: Schema | None = None) -> str:
    """The text as SQL on one line, in the schema's dialect, with names in the schema's letter case.

    Tables get their real names, and joins along foreign keys get their conditions back. A text that
    is not certainly a single query is returned unchanged. Wrong expressions stay wrong; nothing is
    raised.

    >>> read_form("from singer select name where age > (from singer select avg(age)) order by name limit 3")
    'SELECT name FROM singer WHERE age > (SELECT avg(age) FROM singer) ORDER BY name LIMIT 3'
    """
    if len(text) > LONGEST:
        return text
    try:
        query = read_tree(read_words(text, schema))
        from_first = TreeResolver(schema).resolve(query)
        sql = join_tokens(list(Renderer(schema, sql=True).query(query)))
    except (Unread, RecursionError):
        return text
    return sql if from_first or normalise(sql, schema) == normalise(text, schema) else text
