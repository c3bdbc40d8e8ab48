"""An interactive session of questions, with commands and history."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from nshot.cli.options.derive import spell_options
from nshot.cli.options.parameters import check_question_text
from nshot.cli.output.answer import print_rows, print_sql
from nshot.cli.output.console import count_of, say, write
from nshot.errors import NshotError, OptionError
from nshot.types import Attempt, Completion, Prediction

if TYPE_CHECKING:
    from nshot.cli.output.keeping import Keeping
    from nshot.types import Rows, Schema

MOST_ALTERNATIVES = 10
"""Other answers that `/alternatives` shows, at most."""


class SessionDatabase(Protocol):
    """The database that a session asks, and how; it may be exchanged while the session goes on."""

    @property
    def db_id(self) -> str: ...

    @property
    def keeping(self) -> Keeping: ...

    @property
    def schema(self) -> Schema: ...

    def answer(self, text: str) -> Prediction:
        """The prediction for a question, which may be a follow-up."""
        ...

    def answer_in_words(self, text: str) -> Prediction:
        """The prediction for the last question in other words, which are asked as they are."""
        ...

    def forget(self) -> None:
        """The next question begins a new conversation."""
        ...

    def show(self, prediction: Prediction) -> None:
        """Print a prediction."""
        ...

    def run(self, sql: str) -> Rows:
        """The rows of SQL, run in the sandbox."""
        ...

    def change_shots(self, shots: int) -> None:
        """From now on, prompts show this many examples."""
        ...

    def change_db(self, db: str) -> None:
        """From now on, another database is asked."""
        ...


class SessionCommand(NamedTuple):
    """A command of the session."""

    act: Callable[[AskSession, str], None]
    """Gets the session and the text after the command's name."""
    form: str
    """How it is typed."""
    help: str


class AskSession:
    """The state of a session: what is asked, and the last answer."""

    def __init__(self, asked: SessionDatabase) -> None:
        """
        Args:
            asked: The database.
        """
        self.asked = asked
        self.last: Prediction | None = None

    def hold(self) -> None:
        """Answer questions line by line until the input ends."""
        say(f"asking {self.asked.db_id}; ask in words; /help lists the commands, /quit (or Ctrl-D) ends")
        for line in _lines():
            text = _WORDS.get(line, line)
            if text == "/quit":
                return
            try:
                self._take(text)
            except NshotError as error:
                say(f"error: {spell_options(str(error))}")
            except KeyboardInterrupt:
                say("\ncancelled")

    def require_answer(self) -> Prediction:
        """The last answer.

        Raises:
            OptionError: There is none with SQL.
        """
        if self.last is None or not self.last.sql:
            if self.last is not None and self.last.abstained:
                raise OptionError(
                    "the last question got no answer; see the SQL with "
                    "/alternatives, and take one with /sql SQL"
                )
            raise OptionError("there is no SQL yet; ask a question first")
        return self.last

    def take_answer(self, prediction: Prediction) -> None:
        """Show an answer, which is the last one now."""
        self.last = prediction
        self.asked.keeping.forget()
        self.asked.show(prediction)

    def _take(self, text: str) -> None:
        if not text.startswith("/"):
            self.take_answer(self.asked.answer(check_question_text(text)))
            return
        name, _, rest = text.partition(" ")
        if name not in COMMANDS:
            say(f"unknown: {name}; /help lists the commands")
            return
        COMMANDS[name].act(self, rest.strip())


def _help(session: AskSession, _rest: str) -> None:
    del session
    width = max(len(command.form) for command in COMMANDS.values())
    say("\n".join(f"{command.form:{width}}  {command.help}" for command in COMMANDS.values()))


def _as(session: AskSession, rest: str) -> None:
    session.take_answer(session.asked.answer_in_words(check_question_text(rest)))


def _new(session: AskSession, _rest: str) -> None:
    session.asked.forget()
    say("a new conversation")


def _prompt(session: AskSession, _rest: str) -> None:
    write(f"{session.last.prompt.text}\n" if session.last else "nothing was asked yet\n")


def _schema(session: AskSession, rest: str) -> None:
    from nshot.prompting import ddl

    schema = session.asked.schema
    if not rest:
        write("".join(f"{one.name} ({count_of(len(one.columns), 'column')})\n" for one in schema.tables))
        return
    table = schema.table(rest)
    if table is None:
        raise OptionError(f"no table {rest!r}; list the tables with /schema")
    keys = tuple(key for key in schema.foreign_keys if key.table.lower() == table.name.lower())
    write(ddl(replace(schema, tables=(table,), foreign_keys=keys)) + "\n")


def _sql(session: AskSession, rest: str) -> None:
    """Runs SQL, which becomes the SQL of the last question."""
    sql = rest or _edit(session.require_answer().sql)
    rows = session.asked.run(sql)
    if session.last is not None:
        made = Attempt(sql, Completion(sql), "ok", rows=rows)
        attempts = (made, *session.last.attempts)
        session.last = replace(
            session.last, sql=sql, attempts=attempts, reused=None, confidence=None, abstained=False
        )
        session.asked.keeping.forget()
    print_rows(rows)


def _alternatives(session: AskSession, _rest: str) -> None:
    last = session.last
    if last is None or not last.abstained:
        last = session.require_answer()
    seen, shown = {last.sql}, 0
    for attempt in last.attempts if last.abstained else last.attempts[1:]:
        if not attempt.sql or attempt.sql in seen or shown == MOST_ALTERNATIVES:
            continue
        seen.add(attempt.sql)
        shown += 1
        say(f"-- alternative {shown}")
        print_sql(attempt.sql)
        try:
            print_rows(attempt.rows or session.asked.run(attempt.sql))
        except NshotError as error:
            say(f"error: {spell_options(str(error))}")
    say(
        "/sql SQL takes one of them"
        if shown
        else "there is no other answer; start with --candidates 4 to get some"
    )


def _shots(session: AskSession, rest: str) -> None:
    if not rest.isascii() or not rest.isdigit():
        raise OptionError("give the number of examples: /shots 3")
    session.asked.change_shots(int(rest))
    say(f"prompts show {count_of(int(rest), 'example')} now")


def _db(session: AskSession, rest: str) -> None:
    if rest:
        session.asked.change_db(rest)
        session.last = None
    say(f"asking {session.asked.db_id}")


def _good(session: AskSession, _rest: str) -> None:
    session.asked.keeping.save(session.require_answer())


def _bad(session: AskSession, _rest: str) -> None:
    session.asked.keeping.reject(session.require_answer())


def _fix(session: AskSession, rest: str) -> None:
    last = session.require_answer()
    session.asked.keeping.save(replace(last, sql=rest or _edit(last.sql)))


COMMANDS: Final[dict[str, SessionCommand]] = {
    "/schema": SessionCommand(_schema, "/schema [TABLE]", "the tables, or the columns of one"),
    "/as": SessionCommand(_as, "/as QUESTION", "ask the last question in these words"),
    "/new": SessionCommand(_new, "/new", "begin a new conversation"),
    "/prompt": SessionCommand(_prompt, "/prompt", "the last prompt"),
    "/sql": SessionCommand(_sql, "/sql [SQL]", "run this SQL, or edit the last one and run it"),
    "/alternatives": SessionCommand(_alternatives, "/alternatives", "the other answers, with their rows"),
    "/shots": SessionCommand(_shots, "/shots N", "show N examples from now on"),
    "/db": SessionCommand(_db, "/db [DATABASE]", "the database that is asked, or ask another one"),
    "/good": SessionCommand(_good, "/good, or y", "save the question with this SQL as a verified pair"),
    "/bad": SessionCommand(_bad, "/bad, or n", "keep the SQL as wrong"),
    "/fix": SessionCommand(
        _fix, "/fix [SQL]", "save the question with this SQL, or with the last one edited"
    ),
    "/help": SessionCommand(_help, "/help", "this list"),
    "/quit": SessionCommand(_help, "/quit", "end the session"),
}
_WORDS: Final = {
    "y": "/good",
    "n": "/bad",
    "help": "/help",
    "?": "/help",
    "/?": "/help",
    "quit": "/quit",
    "exit": "/quit",
    "/exit": "/quit",
    "/q": "/quit",
}
"""What people type for a command from habit."""


def _edit(text: str) -> str:
    """The text as a person edits it on the terminal.

    Raises:
        OptionError: This is no terminal, or nothing is left.
    """
    try:
        import readline
    except ImportError:
        readline = None  # type: ignore[assignment]
    if readline is None or not sys.stdin.isatty():
        raise OptionError("without a terminal, write the SQL after the command")
    one_line = " ".join(text.split())
    readline.set_startup_hook(lambda: readline.insert_text(one_line))
    try:
        edited = input("sql> ").strip()
    except EOFError:
        edited = ""
    finally:
        readline.set_startup_hook(None)
    if not edited:
        raise OptionError("the SQL is empty, so nothing is run; write it after the command")
    return edited


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
    from nshot.pairs import data_folder

    try:
        import readline
    except ImportError:
        yield
        return
    file = data_folder() / "history"
    with contextlib.suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch(mode=0o600)
        readline.read_history_file(file)
    readline.set_history_length(1000)
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            readline.write_history_file(file)
