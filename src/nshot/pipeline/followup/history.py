"""The turns before a follow-up question in the prompt of a chat model."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from nshot.prompting import answer, show_names
from nshot.types import Message

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nshot.generation import Engine
    from nshot.types import Form, Prompt, Schema, Turn


def show_history(
    prompt: Prompt, history: Sequence[Turn], schema: Schema, engine: Engine, form: Form, room: int
) -> Prompt:
    """The prompt with the turns before it: each question as the user's, its SQL as the assistant's.

    A prompt in plain text is returned as it is, and so is one that would become longer than the
    room.

    Args:
        prompt: Of the question.
        history: The turns before, the latest last.
        schema: Of the question's database.
        engine: Knows the chat format, and counts tokens.
        form: The form in which the model writes SQL.
        room: Most tokens of a prompt.
    """
    if not history or not prompt.messages:
        return prompt
    before = [
        message
        for turn in history
        if turn.sql
        for message in (
            Message("user", turn.question),
            Message("assistant", show_names(answer(turn.sql, form, schema), prompt.names, schema.dialect)),
        )
    ]
    if not before:
        return prompt
    messages = (*before, *prompt.messages)
    text = engine.turns(messages)
    if text is None or (tokens := engine.count_tokens(text)) > room:
        return prompt
    return replace(prompt, text=text, messages=messages, tokens=tokens)
