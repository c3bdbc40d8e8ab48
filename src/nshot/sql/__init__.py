"""SQL text: parsing, normal forms, skeletons, and the text forms that models read and write.

`parse` returns sqlglot's tree. `normalise` returns a text that is equal for the same SQL, and
`skeleton` the SQL with names and literals masked. `operators` and `hardness` describe what a query
is made of. `write_form` writes SQL in the form that a model reads, and `read_form` turns a model's
text back into SQL.

This package knows nothing of databases, questions, prompts, pools or models. It executes nothing
and does not judge whether SQL is correct.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nshot.lazy import find_lazily
from nshot.sql.forms import Written, find_form, form_name, read_form, write_form
from nshot.sql.hardness import Hardness, hardness
from nshot.sql.normalise import normalise
from nshot.sql.operators import operators
from nshot.sql.parse import parse
from nshot.sql.skeleton import skeleton, skeleton_tokens

if TYPE_CHECKING:
    from nshot.sql.dialects import translate
    from nshot.sql.forms.spelling import SQLITE_RESERVED, quote_name, sql_name
    from nshot.sql.names.exchange import exchange_names
    from nshot.sql.names.own_letters import use_own_letters
    from nshot.sql.names.split import name_parts, split_name
    from nshot.sql.parse import check_dialect
    from nshot.sql.tokens import MAX_CHARACTERS, Token, first_word, scan, strip_semicolons, unquote

_HOMES = {
    "MAX_CHARACTERS": "tokens",
    "SQLITE_RESERVED": "forms.spelling",
    "Token": "tokens",
    "check_dialect": "parse",
    "exchange_names": "names.exchange",
    "use_own_letters": "names.own_letters",
    "first_word": "tokens",
    "name_parts": "names.split",
    "quote_name": "forms.spelling",
    "scan": "tokens",
    "split_name": "names.split",
    "sql_name": "forms.spelling",
    "strip_semicolons": "tokens",
    "translate": "dialects",
    "unquote": "tokens",
}

__all__ = [
    "MAX_CHARACTERS",
    "SQLITE_RESERVED",
    "Hardness",
    "Token",
    "Written",
    "check_dialect",
    "exchange_names",
    "find_form",
    "first_word",
    "form_name",
    "hardness",
    "name_parts",
    "normalise",
    "operators",
    "parse",
    "quote_name",
    "read_form",
    "scan",
    "skeleton",
    "skeleton_tokens",
    "split_name",
    "sql_name",
    "strip_semicolons",
    "translate",
    "unquote",
    "use_own_letters",
    "write_form",
]

__getattr__ = find_lazily(__name__, _HOMES)
