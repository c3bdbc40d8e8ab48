"""A chat model is shown the turn before."""

from __future__ import annotations

from collections.abc import Sequence

from nshot.pipeline.followup.history import show_history
from nshot.types import Message, Prompt, Schema, Turn

TURN = Turn("Which singers are there?", "SELECT name\nFROM singer")
PROMPT = Prompt("user: how many?", (Message("user", "how many?"),), tokens=3)


class ChatEngine:
    """Writes turns one below the other; a token is a word."""

    def turns(self, messages: Sequence[Message]) -> str | None:
        return "\n".join(f"{role}: {content}" for role, content in messages)

    def count_tokens(self, text: str) -> int:
        return len(text.split())


def shown(prompt: Prompt = PROMPT, turn: Turn = TURN, room: int = 100) -> Prompt:
    engine = ChatEngine()
    return show_history(prompt, (turn,), Schema("d", ()), engine, "written", room)  # type: ignore[arg-type]


def test_the_question_is_the_users_and_the_sql_the_assistants() -> None:
    prompt = shown()
    assert prompt.messages == (
        Message("user", "Which singers are there?"),
        Message("assistant", "SELECT name FROM singer"),
        Message("user", "how many?"),
    )
    assert prompt.text.endswith("assistant: SELECT name FROM singer\nuser: how many?")
    assert prompt.tokens == len(prompt.text.split())


def test_a_prompt_without_a_chat_format_or_room_stays_as_it_is() -> None:
    plain = Prompt("how many?", tokens=2)
    assert shown(plain) is plain
    assert shown(room=10) is PROMPT
    assert shown(turn=Turn("Which?", "")) is PROMPT
