"""SQL run for an evaluation: spread over processes, each statement in the sandbox."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple, TypeVar

from nshot.databases import Session
from nshot.errors import DataError, SqlError
from nshot.eval.execution.blank import is_blank
from nshot.eval.execution.result import ResultRows

Job = TypeVar("Job")


class Ran(NamedTuple):
    """What came of one statement on one database file."""

    outcome: str
    """`ok`, or the kind of the error: error, refused, timeout, too large."""
    rows: ResultRows = ()
    message: str = ""

    @property
    def reason(self) -> str:
        """The kind of the error and what was said, once."""
        return self.message if self.message.startswith(self.outcome) else f"{self.outcome}: {self.message}"


class Runner:
    """Runs statements for one thread, each (file, text) once. Use it in a `with` block."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._kept: dict[tuple[Path, str], Ran] = {}

    def run(self, file: Path, sql: str, max_rows: int | None = None) -> Ran:
        """What comes of the text; one without any statement in it has no rows and is no error.

        Args:
            file: The database.
            sql: The text, which goes to SQLite as it stands.
            max_rows: Rows read at most; the same for all calls with the same file and text until `forget`.
        """
        key = file, sql
        if key not in self._kept:
            self._kept[key] = self.run_anew(file, sql, max_rows)
        return self._kept[key]

    def forget(self) -> None:
        """Keeps no results any longer."""
        self._kept.clear()

    def run_anew(self, file: Path, sql: str, max_rows: int | None = None) -> Ran:
        """The same, whatever was run before."""
        if is_blank(sql):
            return Ran("ok")
        try:
            return Ran("ok", self._session.execute(file, sql, max_rows).rows)
        except SqlError as error:
            return Ran(error.kind, (), str(error))
        except DataError as error:
            return Ran("error", (), str(error))


def spread(
    jobs: Sequence[Job], work: Callable[[Runner, Job], None], session: Callable[[], Session], workers: int
) -> None:
    """Calls `work` once for each job, in several threads, each with a session of its own.

    Jobs begin in their order. The first exception of a job ends the rest and is raised; an interrupt also
    stops the statements under way.

    Args:
        workers: Threads; 0 for the number of processors.
    """
    waiting = iter(jobs)
    lock = threading.Lock()
    stop = threading.Event()
    failures: list[BaseException] = []
    sessions: list[Session] = []

    def loop() -> None:
        try:
            with session() as opened:
                sessions.append(opened)
                runner = Runner(opened)
                while not stop.is_set():
                    with lock:
                        job = next(waiting, None)
                    if job is None:
                        return
                    work(runner, job)
        except BaseException as error:  # noqa: BLE001 - raised in the thread that waits
            failures.append(error)
            stop.set()

    threads = [
        threading.Thread(target=loop, daemon=True)
        for _ in range(min(workers or os.cpu_count() or 1, len(jobs)))
    ]
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    except BaseException:
        stop.set()
        for opened in sessions:
            opened.end()
        raise
    if failures:
        raise failures[0]
