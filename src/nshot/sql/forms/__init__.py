"""SQL as a model reads and writes it: as its source has it, tidy, without table aliases, FROM first.

`write_form` makes the text and `read_form` the SQL again; what was written reads back as the same SQL
(`nshot.sql.normalise`). A text becomes tokens (`words`), tokens a tree of SELECTs (`tree`), columns
find their tables (`resolve`), and the tree is written with other names and another order (`render`).

Knows nothing of prompts and models; does not repair SQL that is wrong.
"""

from __future__ import annotations

from nshot.sql.forms.read_form import read_form
from nshot.sql.forms.spelling import form_name
from nshot.sql.forms.write_form import Written, write_form, written_form

__all__ = ["Written", "form_name", "read_form", "write_form", "written_form"]
