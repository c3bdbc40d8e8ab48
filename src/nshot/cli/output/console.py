"""Printing for all commands: results go to stdout, messages and progress to stderr."""

from __future__ import annotations

import io
import json
import logging
import re
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from nshot.artifacts import Advance, Progress, Recognise, StartStage, recognise_none, replacing_own
from nshot.redaction import redact

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress as RichProgress

CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""Control characters other than tab and line break, and those that turn the direction of writing.
"""
NARROWEST = 8
"""Characters that a column of a grid has at least, if it is not narrower by itself."""
LONGEST_WORD = 24
"""Characters of a word in a column's name that are kept together, at most."""
PIPE_WIDTH = 160
"""Columns of a table that is not printed to a terminal."""
LOG_EVERY = 15.0
"""Seconds between two lines of progress in a log."""


def out() -> Console:
    """The console of stdout."""
    from rich.console import Console

    return Console(width=None if sys.stdout.isatty() else PIPE_WIDTH, highlight=False, soft_wrap=False)


def count_of(number: int, noun: str) -> str:
    """A number with its noun.

    >>> count_of(1, "column"), count_of(2, "column")
    ('1 column', '2 columns')
    """
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


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
    return CONTROL.sub(lambda match: _escape(ord(match[0])), text)


def _escape(code: int) -> str:
    return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}"


def write(text: str) -> None:
    """Write exactly this text to stdout; on a terminal, control characters are escaped."""
    sys.stdout.write(visible(text) if sys.stdout.isatty() else text)
    sys.stdout.flush()


def write_json(value: Any) -> None:
    """Write one JSON value and a line break to stdout."""
    text = json.dumps(value, ensure_ascii=False, indent=2, default=str)
    write(CONTROL.sub(lambda match: f"\\u{ord(match[0]):04x}", text) + "\n")


def table(columns: Sequence[str], rows: Sequence[Sequence[Any]], title: str = "") -> None:
    """Print a table to stdout. Cells are printed as they are, never read as markup.

    Where the columns do not fit next to each other, each row is printed as lines `column: value`.
    """
    console = out()
    names = [visible(column) for column in columns]
    cells = [[_shown(cell) for cell in row] for row in rows]
    needed = _measure_widths(names, cells)
    if len(names) > 1 and sum(needed) + len(names) * 3 + 1 > console.width:
        _write_records(names, cells, title)
        return
    from rich.table import Table
    from rich.text import Text

    drawn = Table(title=title or None, title_justify="left")
    for name, width in zip(names, needed, strict=True):
        drawn.add_column(Text(name), overflow="fold", min_width=width)
    for row in cells:
        drawn.add_row(*map(Text, row))
    console.print(drawn)


def _shown(cell: Any) -> str:
    if cell is None:
        return "NULL"
    return f"x'{cell.hex()}'" if isinstance(cell, bytes) else visible(str(cell))


def _measure_widths(names: Sequence[str], rows: Sequence[Sequence[str]]) -> list[int]:
    """Characters that each column of a grid needs to be read: no word of its name is broken."""
    from rich.cells import cell_len

    found = []
    for column, name in enumerate(names):
        lines = (line for text in (name, *(row[column] for row in rows)) for line in text.split("\n"))
        words = max(map(cell_len, name.split()), default=0)
        found.append(max(min(NARROWEST, max(map(cell_len, lines))), min(LONGEST_WORD, words)))
    return found


def _write_records(names: Sequence[str], rows: Sequence[Sequence[str]], title: str) -> None:
    """Rows as lines `column: value`, as psql's expanded display."""
    if title:
        write(f"{title}\n")
    if not rows:
        write(f"no rows; columns: {', '.join(names)}\n")
    for number, row in enumerate(rows, start=1):
        write(f"-- row {number} --\n")
        for name, cell in zip(names, row, strict=True):
            write(f"{name}: {cell}\n")


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


class _Stdout(io.TextIOBase):
    """stdout, through `write`."""

    def write(self, text: str) -> int:
        write(text)
        return len(text)


@contextmanager
def spinner(text: str) -> Iterator[Callable[[str], None]]:
    """A spinner with the name of a stage on stderr, if that is a terminal.

    Yields:
        Names the next stage; an empty name takes the spinner away until the next one.
    """
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    status = _stderr().status(visible(text))

    def show(stage: str) -> None:
        if stage:
            status.update(visible(stage))
            status.start()
        else:
            status.stop()

    status.start()
    try:
        yield show
    finally:
        status.stop()


@contextmanager
def sink(path: Path | None, recognise: Recognise = recognise_none) -> Iterator[IO[str] | io.TextIOBase]:
    """The destination of a result: stdout for None or `-`, otherwise a file that is written
    atomically.

    Args:
        path: Where it goes.
        recognise: Whether a file that is there holds such a result, and so may be replaced.

    Raises:
        DataError: The file there is not nshot's.
    """
    if path is None or str(path) == "-":
        yield _Stdout()
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
