"""Printing for all commands: results go to stdout, messages and progress to stderr."""

from __future__ import annotations

import json
import logging
import re
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from nshot.artifacts import Advance, Progress, Recognise, StartStage, recognise_none, replacing_own
from nshot.redaction import redact

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress as RichProgress

CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
"""Control characters other than tab and line break."""
PIPE_WIDTH = 160
"""Columns of a table that is not printed to a terminal."""
LOG_EVERY = 15.0
"""Seconds between two lines of progress in a log."""


def out() -> Console:
    """The console of stdout."""
    from rich.console import Console

    return Console(width=None if sys.stdout.isatty() else PIPE_WIDTH, highlight=False, soft_wrap=False)


def say(text: str) -> None:
    """Print a message to stderr."""
    print(visible(redact(text)), file=sys.stderr, flush=True)  # noqa: T201


class _Told(logging.Handler):
    """What the package's modules log for people."""

    def emit(self, record: logging.LogRecord) -> None:
        say(record.getMessage())


_TOLD = _Told(logging.WARNING)


def tell_logs() -> None:
    """From now on, warnings that nshot logs (a server that is waited for) are said on stderr."""
    logger = logging.getLogger("nshot")
    if _TOLD not in logger.handlers:
        logger.addHandler(_TOLD)


def visible(text: str) -> str:
    r"""The text with control characters escaped, so that a cell cannot control the terminal.

    >>> visible("red: \x1b[31m")
    'red: \\x1b[31m'
    """
    return CONTROL.sub(lambda match: f"\\x{ord(match[0]):02x}", text)


def write(text: str) -> None:
    """Write exactly this text to stdout."""
    sys.stdout.write(text)
    sys.stdout.flush()


def write_json(value: Any) -> None:
    """Write one JSON value and a line break to stdout."""
    write(json.dumps(value, ensure_ascii=False, indent=2, default=str) + "\n")


def table(columns: Sequence[str], rows: Sequence[Sequence[Any]], title: str = "") -> None:
    """Print a table to stdout; cells are never interpreted as markup."""
    from rich.table import Table
    from rich.text import Text

    drawn = Table(title=title or None, title_justify="left")
    for column in columns:
        drawn.add_column(Text(visible(column)), overflow="fold")
    for row in rows:
        drawn.add_row(*(Text("NULL" if cell is None else visible(str(cell))) for cell in row))
    out().print(drawn)


@contextmanager
def progress() -> Iterator[StartStage]:
    """Progress bars on stderr: `start(name, steps)` returns a function to call with finished steps.

    If stderr is not a terminal (a log file), a line is printed every LOG_EVERY seconds.
    """
    if not sys.stderr.isatty():
        yield _log_progress
        return
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as RichProgress

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    bars: RichProgress
    console = _stderr()
    with RichProgress(*columns, console=console, transient=True, disable=not console.is_terminal) as bars:

        def start(name: str, steps: int | None) -> Advance:
            task = bars.add_task(name, total=steps)
            return lambda done: bars.advance(task, done)

        yield start


def _log_progress(name: str, steps: int | None) -> Advance:
    begun = last = time.monotonic()
    done = at_start = 0

    def step(count: int) -> None:
        nonlocal done, last, at_start
        now = time.monotonic()
        if not done and now - begun < 1:
            at_start = count  # done by an earlier run, not in this one's time
        done += count
        if now - last >= LOG_EVERY and steps and done > at_start:
            last = now
            left = (now - begun) / (done - at_start) * (steps - done)
            say(f"{name}: {done} of {steps}, about {left / 60:.1f} min left")

    return step


@contextmanager
def bar(name: str) -> Iterator[Progress]:
    """One progress bar on stderr, called with the finished amount and the total."""
    from rich.progress import BarColumn, DownloadColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as RichProgress

    counted = DownloadColumn() if name in ("fetching", "unpacking") else TextColumn("{task.completed:.0f}")
    columns = (TextColumn(name), BarColumn(), counted, TimeRemainingColumn())
    console = _stderr()
    bars: RichProgress
    with RichProgress(*columns, console=console, transient=True, disable=not console.is_terminal) as bars:
        task = bars.add_task(name, total=None)
        yield lambda done, total: bars.update(task, completed=done, total=total)


@contextmanager
def sink(path: Path | None, recognise: Recognise = recognise_none) -> Iterator[IO[str]]:
    """The destination of a result: stdout for None or `-`, otherwise a file that is written atomically.

    Args:
        path: Where it goes.
        recognise: Whether a file that is there holds such a result, and so may be replaced.

    Raises:
        DataError: The file there is not nshot's.
    """
    if path is None or str(path) == "-":
        yield sys.stdout
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists() and not path.is_file():  # a pipe or a device is written to, never replaced
        with path.open("w", encoding="utf-8", newline="\n") as file:
            yield file
        return
    with replacing_own(path, recognise) as work, work.open("w", encoding="utf-8", newline="\n") as file:
        yield file


def _stderr() -> Console:
    from rich.console import Console

    return Console(stderr=True)
