"""The journal: a text file that is only appended to, by one process at a time, and read by any
number.

- An event is acknowledged when `append` returns: its line is written and flushed to disk.
- A process that is killed leaves at most a last line without a line break. It was never
  acknowledged: readers pass over it, and the next writer cuts it off.
- Every line carries a checksum. A line in the middle that is not as it was written is an error,
  never passed over in silence.
- Writers hold `<file>.lock` and read what others appended before they decide anything.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, NamedTuple

from nshot.artifacts import parse_json, sync
from nshot.errors import DataError
from nshot.pairs.event import PairEvent, event_line, header_line, read_line, to_event

WAIT = 10.0
"""Seconds that a writer waits for another one."""
_SEEN = 64
"""Last bytes read, by which a file that was replaced is recognised."""


class Tail(NamedTuple):
    """What is new in a journal since it was last read."""

    anew: bool
    """The file was replaced or cut: the events are all that it holds."""
    events: list[PairEvent]


class Journal:
    """One journal file, which need not exist yet."""

    def __init__(self, path: Path) -> None:
        from filelock import FileLock

        self.path = path
        self._lock = FileLock(f"{path}.lock", timeout=WAIT)
        self._looked = (0, 0, 0, 0)
        self._forget()

    def read(self) -> Tail:
        """The events that were appended since the last call.

        Raises:
            DataError: The file is no journal, is damaged, or was written by a newer nshot.
        """
        try:
            looked = _look(self.path.stat())
            if looked == self._looked:
                return Tail(False, [])
            stream = self.path.open("rb")
        except FileNotFoundError:
            anew = self._offset > 0
            self._forget()
            return Tail(anew, [])
        with stream:
            anew = self._offset > 0 and not self._goes_on(stream)
            if anew:
                self._forget()
            stream.seek(self._offset)
            data = stream.read()
            status = os.fstat(stream.fileno())
        events = self._take(data[: data.rfind(b"\n") + 1])
        self._file, self._looked = (status.st_dev, status.st_ino), looked
        return Tail(anew, events)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Inside, no other process appends.

        Raises:
            DataError: Another process has held the journal for `WAIT` seconds.
        """
        from filelock import Timeout

        self.path.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._lock.acquire()
        except Timeout as error:
            raise DataError(
                f"another process has been writing to {self.path} for {WAIT:.0f} s; try again"
            ) from error
        try:
            yield
        finally:
            self._lock.release()

    def append(self, events: Sequence[PairEvent]) -> None:
        """Add events and force them to disk; call it inside `writing`, after `read`.

        What a killed writer left unfinished is cut off first. If the disk is full, nothing is
        added.
        """
        if not events:
            return
        lines = b"".join(event_line(event) for event in events)
        if not self._offset:
            lines = header_line() + lines
        new = not self.path.exists()
        descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)
        try:
            os.ftruncate(descriptor, self._offset)
            _write_or_undo(descriptor, lines, self._offset)
            status = os.fstat(descriptor)
        finally:
            os.close(descriptor)
        if new:
            sync(self.path.parent)
        self._file = (status.st_dev, status.st_ino)
        self._move(lines)

    def _forget(self) -> None:
        self._offset = self._number = 0
        self._end = b""
        self._file, self._looked = (0, 0), (0, 0, 0, 0)

    def _goes_on(self, stream: BinaryIO) -> bool:
        """Whether the file still holds what was read of it."""
        status = os.fstat(stream.fileno())
        if status.st_size < self._offset or (status.st_dev, status.st_ino) != self._file:
            return False
        stream.seek(self._offset - len(self._end))
        return stream.read(len(self._end)) == self._end

    def _take(self, data: bytes) -> list[PairEvent]:
        """The events of whole lines, which follow on those read before."""
        lines = data.split(b"\n")[:-1]
        if lines and b"\0" in lines[-1]:  # a power cut: its length came to disk, and not its content
            data = data[: -len(lines.pop()) - 1]
        events = []
        for number, line in enumerate(lines, self._number + 1):
            where = f"{self.path}:{number}"
            if number == 1 and not is_journal_line(line):
                raise DataError(
                    f"{self.path} is not a journal of pairs; bring its pairs into one: nshot pairs import"
                )
            record = read_line(line + b"\n", where)
            if number == 1:
                _check_format(record["nshot_pairs"], self.path)
            else:
                events.append(to_event(record, where))
        self._move(data)
        return events

    def _move(self, lines: bytes) -> None:
        self._offset += len(lines)
        self._number += lines.count(b"\n")
        self._end = (self._end + lines)[-_SEEN:]


def _look(status: os.stat_result) -> tuple[int, int, int, int]:
    """What an append to the file changes."""
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns


def _write_or_undo(descriptor: int, data: bytes, size: int) -> None:
    """Writes all of it and flushes it to disk; if that fails, the file has its former size."""
    try:
        view = memoryview(data)
        while view:
            view = view[os.write(descriptor, view) :]
        os.fsync(descriptor)
    except OSError:
        os.ftruncate(descriptor, size)
        raise


def is_journal_line(line: bytes) -> bool:
    """Whether the first line of a file begins a journal."""
    try:
        record = parse_json(line)
    except ValueError:
        return False
    return isinstance(record, dict) and "nshot_pairs" in record


def is_journal(path: Path) -> bool:
    """Whether a file is a journal, and no plain file of pairs; a file that is not there yet may
    become one.

    An empty file, and one whose first line a kill cut off, count as journals if they end in
    `.jsonl`.
    """
    if path.suffix.lower() != ".jsonl":
        return False
    if not path.is_file():
        return True
    with path.open("rb") as stream:
        first = stream.readline()
    return is_journal_line(first) or not first.strip() or header_line().startswith(first)


def _check_format(found: object, path: Path) -> None:
    if found != 1:
        raise DataError(f"{path} has format {found}, this nshot reads format 1; upgrade nshot")
