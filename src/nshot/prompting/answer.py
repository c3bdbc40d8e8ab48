"""SQL in the form in which a prompt's examples show it and a tuned model writes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nshot.prompting.serialize.escape import one_line_sql
from nshot.sql import find_form

if TYPE_CHECKING:
    from nshot.types import Form, Schema


def answer(sql: str, form: Form, schema: Schema) -> str:
    """The SQL on one line in the requested form, or in the next plainer form that keeps its
    meaning.

    Args:
        sql: The SQL as its source has it.
        form: The requested form.
        schema: Schema of its database. If it has no tables, names are resolved from the SQL alone.

    >>> from nshot.types import Schema
    >>> answer("SELECT a\\nFROM t", "written", Schema("d", ()))
    'SELECT a FROM t'
    """
    return answer_form(sql, form, schema)[0]


def answer_form(sql: str, form: Form, schema: Schema) -> tuple[str, Form]:
    """What `answer` gives, and the form that it came to."""
    if form == "written":
        return one_line_sql(sql), form
    made = find_form(sql, form, schema if schema.tables else None)
    return one_line_sql(made.text), made.form
