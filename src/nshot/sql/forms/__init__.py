"""SQL in the forms that models read and write: as in the source, tidy, without aliases, or FROM
first.

`write_form` writes the text and `read_form` reads it back to SQL with the same normal form
(`nshot.sql.normalise`). A text is cut into tokens (`words`), which form a tree of SELECTs (`tree`).
Columns are resolved to their tables (`resolve`), and the tree is written with other names and in
another order (`render`).

This package knows nothing of prompts and models, and it does not repair wrong SQL.
"""

from __future__ import annotations

from nshot.sql.forms.read_form import read_form
from nshot.sql.forms.spelling import form_name
from nshot.sql.forms.write_form import Written, find_form, write_form

__all__ = ["Written", "find_form", "form_name", "read_form", "write_form"]
