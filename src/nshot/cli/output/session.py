"""An interactive session of questions, with history."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator

from nshot.cli.options.parameters import asked_text
from nshot.cli.output.console import say, write
from nshot.cli.output.conversation import HELP as TURN_HELP
from nshot.cli.output.conversation import Conversation
from nshot.cli.output.keeping import HELP as KEEP_HELP
from nshot.cli.output.keeping import Keeping
from nshot.errors import NshotError
from nshot.types import Prediction

HELP = "ask in words; /prompt shows the last prompt, /help shows this line, /quit (or Ctrl-D) ends"


def hold_session(
    db_id: str,
    conversation: Conversation,
    show: Callable[[Prediction], None],
    keeping: Keeping | None = None,
) -> None:
    """Answer questions line by line until the input ends."""
    say(f"asking {db_id}; {HELP}; {TURN_HELP}")
    if keeping is not None:
        say(KEEP_HELP)
    last: Prediction | None = None
    for text in _lines():
        if text == "/quit":
            return
        if text in ("y", "n") and keeping is not None:
            _keep(text, last, keeping)
            continue
        if text == "/help":
            say(f"{HELP}; {TURN_HELP}" if keeping is None else f"{HELP}; {TURN_HELP}; {KEEP_HELP}")
        elif text == "/new":
            conversation.forget()
            say("a new conversation")
        elif text == "/prompt":
            write(f"{last.prompt.text}\n" if last else "nothing was asked yet\n")
        elif text.startswith("/") and not text.startswith("/as "):
            say(f"unknown: {text}; {HELP}; {TURN_HELP}")
        else:
            try:
                last = _answer(text, conversation)
                if keeping is not None:
                    keeping.forget()
                show(last)
            except NshotError as error:
                say(f"error: {error}")


def _answer(text: str, conversation: Conversation) -> Prediction:
    if text.startswith("/as "):
        return conversation.ask_in_words(asked_text(text.removeprefix("/as ").strip()))
    return conversation.ask(asked_text(text))


def _keep(text: str, last: Prediction | None, keeping: Keeping) -> None:
    """Saves the last answer, or keeps it as wrong."""
    if last is None or not last.sql:
        say("there is no SQL to keep yet; ask a question first")
        return
    try:
        keeping.save(last) if text == "y" else keeping.reject(last)
    except NshotError as error:
        say(f"error: {error}")


def _lines() -> Iterator[str]:
    """Non-empty lines of the input, with line editing and a history file on a terminal."""
    with _history():
        while True:
            try:
                line = input("> " if sys.stdin.isatty() else "").strip()
            except EOFError:
                return
            except KeyboardInterrupt:
                say("")
                continue
            if line:
                yield line


@contextlib.contextmanager
def _history() -> Iterator[None]:
    if not sys.stdin.isatty():
        yield
        return
    from nshot.artifacts import cache_folder

    try:
        import readline
    except ImportError:
        yield
        return
    file = cache_folder() / "history"
    file.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(OSError):
        readline.read_history_file(file)
    readline.set_history_length(1000)
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            readline.write_history_file(file)
