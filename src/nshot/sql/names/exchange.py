"""SQL with names of tables and columns exchanged for others."""

from __future__ import annotations

from collections.abc import Mapping

from nshot.sql.forms.spelling import form_name, sql_name
from nshot.sql.tokens import scan, unquote

_NAMES = ("name", "quoted", "dquoted")


def exchange_names(sql: str, names: Mapping[str, str], dialect: str = "sqlite", *, form: bool = False) -> str:
    """The SQL with other names; all else stays as it is, character for character.

    Args:
        sql: Any text; strings and comments in it are not touched.
        names: From names in lower case, without quotes, to those that take their place.
        dialect: Says where a name needs quotes.
        form: Whether names are spelled as the forms spell them, instead of in their own letter
            case.

    >>> exchange_names("select first_name from singer where note = 'first_name'", {"first_name": "FirstName"})
    "select FirstName from singer where note = 'first_name'"
    """
    spell = form_name if form else sql_name
    out, at = [], 0
    tokens = scan(sql)
    for token, after in zip(tokens, [*tokens[1:], None], strict=True):
        if token.kind not in _NAMES or (after is not None and after.text == "("):  # a function
            continue
        new = names.get(unquote(token).lower())
        if new is not None:
            out += [sql[at : token.start], spell(new, dialect)]
            at = token.start + len(token.text)
    return "".join([*out, sql[at:]])
