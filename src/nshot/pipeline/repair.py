"""The second prompt after SQL that did not run: what was written, and what the database said."""

from __future__ import annotations

from dataclasses import replace

from nshot.generation import Engine
from nshot.types import Attempt, Form, Message, Prompt

MENDABLE = ("unparsed", "refused", "timeout", "too large", "error", "empty")
"""Outcomes that a further round may turn into SQL that runs."""

_REQUEST = "The database answered: {error}\nWrite the corrected SQL query. Output only the SQL query."
_PLAIN = "{prompt}{sql}\n\n### Error:\n{error}\n\n### Corrected Response:\n"
_LONGEST = 500


def repair_prompt(prompt: Prompt, attempt: Attempt, engine: Engine, form: Form = "written") -> Prompt:
    """The prompt of a repair round.

    A chat model gets its own answer as the assistant's turn and the database's message as the next user
    turn. A plain model gets the SQL as the response that it was, an `### Error:` section and the heading
    of a corrected response. Of a message, the first 500 characters are shown.

    Args:
        prompt: What the attempt answered.
        attempt: Its outcome is one of `MENDABLE`.
        engine: Counts tokens and knows the chat format.
        form: How the model writes SQL: in another form than `written` its answer is shown as it wrote it.
    """
    error = attempt.error[:_LONGEST]
    sql = attempt.sql if form == "written" else ""
    written = sql or attempt.completion.text.strip()
    messages: tuple[Message, ...] = ()
    text = _PLAIN.format(prompt=prompt.text, sql=written, error=error)
    if prompt.messages:
        messages = (
            *prompt.messages,
            Message("assistant", written),
            Message("user", _REQUEST.format(error=error)),
        )
        text = engine.turns(messages) or text
    return replace(prompt, text=text, messages=messages, tokens=engine.count_tokens(text))
