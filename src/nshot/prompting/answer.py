"""SQL as a prompt's examples show it, and as a tuned model learns to write it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nshot.prompting.serialize.escape import one_line_sql
from nshot.sql import written_form

if TYPE_CHECKING:
    from nshot.types import Form, Schema


def answer(sql: str, form: Form, schema: Schema) -> str:
    """The SQL on one line in the form, or in the next plainer form that keeps its meaning.

    Args:
        sql: as its source has it.
        form: how to write it.
        schema: of its database; without tables the SQL alone decides.

    >>> from nshot.types import Schema
    >>> answer("SELECT a\\nFROM t", "written", Schema("d", ()))
    'SELECT a FROM t'
    """
    return answer_form(sql, form, schema)[0]


def answer_form(sql: str, form: Form, schema: Schema) -> tuple[str, Form]:
    """What `answer` gives, and the form that it came to."""
    if form == "written":
        return one_line_sql(sql), form
    made = written_form(sql, form, schema if schema.tables else None)
    return one_line_sql(made.text), made.form
