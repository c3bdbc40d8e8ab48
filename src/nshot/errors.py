"""The errors of nshot. Every message says what was expected, what was found, and what to do.

`NshotError` and its subclasses are mistakes that the user can fix: the command line prints them on
one line and exits with status 1. Any other exception is a bug and keeps its traceback.
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

from nshot.redaction import redact
from nshot.types import Problem

MOST_NAMES = 2_000
"""Maximum number of entries of a folder among which a missing file is looked for."""
LONG_LIST = 30
"""Maximum number of names that a message lists beside the nearest one."""


class NshotError(Exception):
    """Base class of all errors that a user can fix."""

    def __init__(self, *args: object) -> None:
        super().__init__(*(redact(one) if isinstance(one, str) else one for one in args))


class OptionError(NshotError, ValueError):
    """An argument is out of range or has an unknown name.

    The message writes option names as fields in backticks (`max_tables`); the command line shows
    them as flags.
    """

    def __init__(self, message: str, *, option: str = "") -> None:
        """
        Args:
            message: What was expected, what was found and what to do.
            option: Name of the option at fault, if there is one.
        """
        super().__init__(message)
        self.option = option


class IdleOptionError(OptionError):
    """An option has no effect, as other options have not the values that it needs."""

    def __init__(self, message: str, *, option: str, because: Sequence[str]) -> None:
        """
        Args:
            message: As in `OptionError`.
            option: Name of the option without effect.
            because: Names of the options that decide this.
        """
        super().__init__(message, option=option)
        self.because = tuple(because)


class MissingExtraError(NshotError, ImportError):
    """An optional dependency is not installed; the message has the pip command."""

    def __init__(self, what: str, extra: str) -> None:
        super().__init__(f"{what} is not installed; run: pip install 'nshot[{extra}]'")


class DataError(NshotError):
    """A file or folder of questions, pools or databases cannot be used."""


class PoolError(DataError):
    """Rows of a pool are unusable; `problems` lists each with its line and reason."""

    def __init__(self, message: str, problems: Sequence[Problem] = ()) -> None:
        super().__init__(message)
        self.problems = tuple(problems)


class GoldError(DataError):
    """Gold SQL does not run or names an unknown database; `problems` lists each row with its
    reason.
    """

    def __init__(self, message: str, problems: Sequence[Problem] = ()) -> None:
        super().__init__(message)
        self.problems = tuple(problems)


class DatabaseNotFoundError(DataError):
    """There is no database or schema with this name."""


class PairNotFoundError(DataError):
    """No verified pair has this id."""


class IndexFolderError(NshotError):
    """An index folder is missing, damaged, newer than this nshot, or otherwise unusable."""


class IndexDamagedError(IndexFolderError):
    """A file of the index is missing or its checksum differs."""


class IndexVersionError(IndexFolderError):
    """The index was written in a format that this version cannot read."""


class IndexLockedError(IndexFolderError):
    """Another process is writing to the index."""


class EncoderMismatchError(IndexFolderError):
    """The encoder is not the one that the index was built with."""


class SqlError(NshotError):
    """Base class of errors with one SQL text; `kind` is their name in files and tables."""

    kind = "error"


class SqlParseError(SqlError):
    """The text is not SQL that can be parsed."""

    kind = "unparsed"


class SqlRefusedError(SqlError):
    """The sandbox does not allow this statement; nothing was run."""

    kind = "refused"


class SqlTimeoutError(SqlError):
    """The statement was stopped at its deadline."""

    kind = "timeout"


class SqlTooLargeError(SqlError):
    """A value or the whole result exceeded the byte limit; nothing is returned."""

    kind = "too large"


class SqlExecutionError(SqlError):
    """The database rejected the statement (no such column, syntax error ...)."""

    kind = "error"


class PromptError(NshotError):
    """A prompt cannot be built."""


class TemplateError(PromptError):
    """A template is missing, does not parse, or names an unknown variable."""


class BudgetError(PromptError):
    """Not even the question alone fits; the error has the tokens needed and available."""

    def __init__(self, needed: int, available: int) -> None:
        super().__init__(
            f"the smallest prompt for this question needs {needed} tokens, but only {available} are "
            "available; shorten the question, raise `budget`, or use a model with a longer context"
        )
        self.needed = needed
        self.available = available


class EngineError(NshotError):
    """A model cannot be loaded, or a server did not answer."""


class AnswerCancelledError(NshotError):
    """Whoever asked no longer wants the answer."""

    def __init__(self) -> None:
        super().__init__("cancelled")


class UnknownNameError(OptionError):
    """A name that is not in a table of variants; the message names the nearest, and all if they are
    few.
    """

    def __init__(self, noun: str, name: str, known: Sequence[str], *, option: str = "") -> None:
        near = difflib.get_close_matches(name, known, 1, 0.6)
        cure = f"did you mean {near[0]}?" if near else ""
        if not near or len(known) <= LONG_LIST:
            cure = f"{cure} choose one of: {', '.join(known)}".strip()
        super().__init__(f"unknown {noun} {name!r}; {cure}", option=option)


class FileMissingError(DataError):
    """A path does not exist, or is a folder where a file is expected, or the reverse."""

    def __init__(self, noun: str, path: Path | str, cure: str = "") -> None:
        if there := _describe(Path(path)):
            super().__init__("; ".join(filter(None, [f"{noun} not found: {path} is {there}", cure])))
            return
        near = _find_near(Path(path))
        meant = f"did you mean {near}?" if near is not None else ""
        super().__init__("; ".join(filter(None, [f"{noun} not found: {path}", meant, cure])))


def explain(error: BaseException) -> str:
    """What an error says, in words: for an error of the system without its number and path.

    >>> explain(FileExistsError(17, "File exists", "report"))
    'File exists'
    """
    return (error.strerror if isinstance(error, OSError) else None) or str(error)


def _describe(path: Path) -> str:
    """What is at a path; empty if there is nothing."""
    try:
        if not path.exists():
            return ""
        return "a folder" if path.is_dir() else "a file" if path.is_file() else "neither a file nor a folder"
    except (OSError, ValueError):  # no path at all
        return ""


def _find_near(path: Path) -> Path | None:
    """What the folder of a missing path has under the most similar name."""
    try:
        names = [entry.name for entry in islice(path.parent.iterdir(), MOST_NAMES)]
    except (OSError, ValueError):
        return None
    found = difflib.get_close_matches(path.name, sorted(names), 1, 0.75)
    return path.with_name(found[0]) if found and found[0] != path.name else None
