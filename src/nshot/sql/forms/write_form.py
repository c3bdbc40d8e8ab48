"""Write SQL in one of the forms."""

from __future__ import annotations

from functools import lru_cache
from typing import Final, NamedTuple, get_args

from nshot.errors import OptionError
from nshot.sql.expression import Unread
from nshot.sql.forms.join_tokens import drop_comments, join_tokens
from nshot.sql.forms.read_form import read_form
from nshot.sql.forms.read_tree import read_tree
from nshot.sql.forms.render import Renderer
from nshot.sql.forms.resolve import TreeResolver
from nshot.sql.forms.spelling import form_name
from nshot.sql.forms.words import LONGEST, read_words
from nshot.sql.normalise import normalise
from nshot.sql.tokens import Token, unquote
from nshot.types import Form, Schema

FORMS: Final[tuple[Form, ...]] = get_args(Form)
"""All forms, beginning with the plainest."""


class Written(NamedTuple):
    """The written text and its form."""

    text: str
    form: Form
    """The requested form, or the next plainer one that can be read back to the same SQL."""
    why: str = ""
    """Why the form is plainer than requested; empty if it is not."""


def write_form(sql: str, form: Form, schema: Schema | None = None) -> str:
    """Write `sql` in the form, or in the next plainer one that `read_form` reads back to the same
    SQL.

    Raises:
        OptionError: There is no such form.

    >>> write_form("SELECT T1.name FROM singer AS T1 WHERE T1.country <> 'France'", "from-first")
    "from singer select name where country != 'France'"
    """
    return find_form(sql, form, schema).text


@lru_cache(maxsize=32_768)
def find_form(sql: str, form: Form, schema: Schema | None = None) -> Written:
    """The text of `write_form` together with the form that was used and the reason.

    Raises:
        OptionError: There is no such form.
    """
    if form not in FORMS:
        raise OptionError(f"form must be one of {', '.join(FORMS)}, got {form!r}")
    if len(sql) > LONGEST:
        return Written(sql, "written", "too long")
    wanted = normalise(sql, schema)
    why = ""
    for plainer in reversed(FORMS[1 : FORMS.index(form) + 1]):
        try:
            text = _text(sql, plainer, schema)
        except (Unread, RecursionError):
            why = why or "not read as one query"
            continue
        if normalise(read_form(text, schema), schema) == wanted:
            return Written(text, plainer, why)
        why = why or "does not read back as the same SQL"
    return Written(drop_comments(sql), "written", why)


def _text(sql: str, form: Form, schema: Schema | None) -> str:
    """The text in that form, without checking that it can be read back."""
    words = read_words(sql, schema)
    if form == "tidy":
        return join_tokens(_tidy(words, schema.dialect if schema else "sqlite"))
    query = read_tree(words)
    TreeResolver(schema).resolve(query)
    return join_tokens(list(Renderer(schema, from_first=form == "from-first").query(query)))


def _tidy(tokens: list[Token], dialect: str) -> list[Token]:
    """The tokens in the `tidy` form: without ASC, INNER and OUTER; names as the forms spell
    them."""
    return [
        Token("name", form_name(unquote(token), dialect), token.start) if token.kind == "quoted" else token
        for token in tokens
        if not (token.kind == "keyword" and token.text in ("asc", "inner", "outer"))
    ]
