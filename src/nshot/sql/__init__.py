"""SQL text, and the one sandbox that runs it.

`parse` gives sqlglot's tree, `normalise` a text that is equal for the same SQL, `skeleton` the SQL
with names and literals masked, `operators` and `hardness` what it is made of; `write_form` writes SQL
as models read it and `read_form` makes SQL of what they write; `execute` is the only
function of nshot that runs SQL which a model or a user wrote, read-only and within limits, and a
`Session` does the same for many statements.

Knows nothing of questions, prompts, pools or models, and does not judge whether SQL is right.
"""

from __future__ import annotations

from nshot.sql.execute import execute
from nshot.sql.forms import Written, form_name, read_form, write_form, written_form
from nshot.sql.hardness import Hardness, hardness
from nshot.sql.normalise import normalise
from nshot.sql.operators import operators
from nshot.sql.parse import parse
from nshot.sql.session import Session
from nshot.sql.skeleton import skeleton, skeleton_tokens
from nshot.sql.sqlite import open_readonly

__all__ = [
    "Hardness",
    "Session",
    "Written",
    "execute",
    "form_name",
    "hardness",
    "normalise",
    "open_readonly",
    "operators",
    "parse",
    "read_form",
    "skeleton",
    "skeleton_tokens",
    "write_form",
    "written_form",
]
