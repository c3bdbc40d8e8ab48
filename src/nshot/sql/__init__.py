"""SQL text: read, compared, written in other forms.

`parse` gives sqlglot's tree, `normalise` a text that is equal for the same SQL, `skeleton` the SQL
with names and literals masked, `operators` and `hardness` what it is made of; `write_form` writes SQL
as models read it and `read_form` makes SQL of what they write.

Knows nothing of databases, questions, prompts, pools or models, runs nothing, and does not judge whether
SQL is right.
"""

from __future__ import annotations

from nshot.sql.forms import Written, form_name, read_form, write_form, written_form
from nshot.sql.hardness import Hardness, hardness
from nshot.sql.normalise import normalise
from nshot.sql.operators import operators
from nshot.sql.parse import parse
from nshot.sql.skeleton import skeleton, skeleton_tokens

__all__ = [
    "Hardness",
    "Written",
    "form_name",
    "hardness",
    "normalise",
    "operators",
    "parse",
    "read_form",
    "skeleton",
    "skeleton_tokens",
    "write_form",
    "written_form",
]
