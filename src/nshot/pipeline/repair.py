"""The repair prompt after SQL that did not run: the model's answer and the database's message."""

from __future__ import annotations

from dataclasses import replace

from nshot.generation import Engine
from nshot.types import Attempt, Form, Message, Prompt

MENDABLE = ("unparsed", "refused", "timeout", "too large", "error", "empty")
"""Outcomes that a repair round may turn into SQL that runs."""

_REQUEST = "The database answered: {error}\nWrite the corrected SQL query. Output only the SQL query."
_PLAIN = "{prompt}{sql}\n\n### Error:\n{error}\n\n### Corrected Response:\n"
_LONGEST = 500


def repair_prompt(prompt: Prompt, attempt: Attempt, engine: Engine, form: Form = "written") -> Prompt:
    """The prompt of a repair round.

    A chat model gets its own answer as the assistant's turn and the database's message as the next
    user turn. A plain-text model gets its SQL as the response, an `### Error:` section, and the
    heading of a corrected response. Messages are cut after 500 characters.

    Args:
        prompt: The prompt of the first answer.
        attempt: The attempt to repair; its outcome is one of `MENDABLE`.
        engine: Counts tokens and knows the chat format.
        form: The form in which the model writes SQL. In a form other than `written`, its answer is
            shown unchanged.
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
