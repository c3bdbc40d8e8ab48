"""Execute SQL for an evaluation: in parallel, each statement in the sandbox."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeVar

from nshot.databases import Session, Source
from nshot.errors import DataError, SqlError
from nshot.eval.execution.blank import is_blank
from nshot.eval.execution.result import ResultRows

Job = TypeVar("Job")


class Ran(NamedTuple):
    """The result of one statement on one database file."""

    outcome: str
    """`ok`, or the kind of the error: error, refused, timeout, too large."""
    rows: ResultRows = ()
    message: str = ""

    @property
    def reason(self) -> str:
        """The kind of the error with its message."""
        return self.message if self.message.startswith(self.outcome) else f"{self.outcome}: {self.message}"


class Runner:
    """Executes statements for one thread, each (file, text) once. Use it in a `with` block."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._kept: dict[tuple[Source, str], Ran] = {}

    def run(self, file: Source, sql: str, max_rows: int | None = None) -> Ran:
        """The result of the text. A text without a statement gives no rows and no error.

        Args:
            file: The database.
            sql: The text, passed to SQLite unchanged.
            max_rows: Rows to read at most; it must be the same for all calls with the same file and
                text until `forget`.
        """
        key = file, sql
        if key not in self._kept:
            self._kept[key] = self.run_anew(file, sql, max_rows)
        return self._kept[key]

    def forget(self) -> None:
        """Drop all kept results."""
        self._kept.clear()

    def run_anew(self, file: Source, sql: str, max_rows: int | None = None) -> Ran:
        """Like `run`, but execute the text even if its result is known."""
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
    """Call `work` once for each job, in several threads with one session each.

    Jobs start in order. The first exception of a job stops the others and is raised. An interrupt
    also stops the statements that are running.

    Args:
        jobs: The jobs.
        work: Called with the thread's runner and a job.
        session: Makes a session for a thread.
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
