"""A pool of child processes that run statements and are killed at the deadline.

Processes are needed for three reasons. A single call of a built-in function (`trim` of a long text,
LIKE with a long pattern) can run for hours, and SQLite cannot be interrupted inside it. Limits on
memory and on file growth apply to whole processes only. And a crash of the engine must not affect
the parent.
"""

from __future__ import annotations

import atexit
import contextlib
import io
import os
import select
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple, cast

from nshot.databases.processes.messages import RELEASE, Reply, Request, read_message, write_message
from nshot.databases.processes.plain import load_plain
from nshot.errors import SqlExecutionError, SqlTimeoutError
from nshot.timer import call_after

_ROOT: Final = Path(__file__).resolve().parents[3]


class Program(NamedTuple):
    """What runs in the child processes of a pool."""

    module: str
    """Its `main` answers requests until stdin ends."""
    load: Callable[[bytes], Any] = load_plain
    """Unpickles a reply. It comes from a process that ran hostile SQL: it may hold plain values
    only.
    """
    path: Callable[[], tuple[str, ...]] = tuple
    """Folders from which the child imports, beside that of this package."""

    def command(self) -> list[str]:
        """The command that starts a child.

        It is isolated and without site-packages: so it starts faster, and reads no code from the
        user's folders.
        """
        code = f"import sys; sys.path += sys.argv[1:]; from {self.module} import main; main()"
        return [sys.executable, "-I", "-S", "-c", code, str(_ROOT), *self.path()]


_IDLE: Final = 8
"""Idle processes that are kept for later use."""

_BUSY: Final = 16
"""Statements that run at the same time; others wait, and their deadline starts only when they run.
"""

_START: Final = 60.0
"""Seconds that a process may take to start."""


class _Worker:
    def __init__(self, program: Program) -> None:
        self._load = program.load
        self._process = subprocess.Popen(
            program.command(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C in the terminal reaches the parent alone
            cwd=_ROOT,
        )
        ready = None
        try:
            ready = self._read(_START)
        finally:
            if ready is None:
                self.close()
        if ready is None:
            raise SqlExecutionError("the SQL sandbox process did not start")

    def ask(self, request: Request, wait: float) -> Reply | None:
        """The reply, or None if the process is gone: killed after `wait` seconds, or crashed."""
        try:
            write_message(self._stdin, request)
        except OSError:
            return None
        return self._read(wait)

    def _read(self, wait: float) -> Reply | None:
        with self._kill_after(wait):
            message = read_message(self._stdout, self._load)
        return None if message is None else Reply(*message)

    @contextlib.contextmanager
    def _kill_after(self, seconds: float) -> Iterator[None]:
        """Kill the process if no reply has begun after this time."""
        if hasattr(select, "poll"):
            # Waits for the first byte only: a worker that has begun its reply writes it without a pause.
            poller = select.poll()
            poller.register(self._stdout, select.POLLIN)
            if not poller.poll(seconds * 1000):
                self._process.kill()
            yield
            return
        with call_after(seconds, self._process.kill):
            yield

    def kill(self) -> None:
        """Ends the process."""
        self._process.kill()

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def close(self) -> None:
        """Ends the process and forgets it."""
        self._process.kill()
        self._process.wait()
        for stream in (self._stdin, self._stdout):
            with contextlib.suppress(OSError):
                stream.close()

    @property
    def _stdin(self) -> io.BufferedWriter:
        return cast("io.BufferedWriter", self._process.stdin)

    @property
    def _stdout(self) -> io.BufferedReader:
        return cast("io.BufferedReader", self._process.stdout)


class Pool:
    """Child processes that run one program."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._lock = threading.Lock()
        self._idle: list[_Worker] = []
        self.slots = threading.BoundedSemaphore(_BUSY)

    def take(self) -> tuple[_Worker, bool]:
        """A process, and whether it is a new one."""
        # A process that died while it was idle is replaced; starting one needs no lock.
        while True:
            with self._lock:
                worker = self._idle.pop() if self._idle else None
            if worker is None:
                return _Worker(self._program), True
            if worker.alive:
                return worker, False
            worker.close()

    def give(self, worker: _Worker) -> None:
        """Keeps the process for later, unless enough are kept."""
        with self._lock:
            if len(self._idle) < _IDLE:
                self._idle.append(worker)
                return
        worker.close()

    def close(self) -> None:
        """Ends the idle processes."""
        with self._lock:
            idle, self._idle = self._idle, []
        for worker in idle:
            worker.close()

    def forget(self) -> None:
        """Forget the idle processes in a forked child: they belong to the parent."""
        # Locks may have been held by threads that do not exist here. The workers are kept referenced, so that
        # no destructor touches the parent's pipes.
        self._lock = threading.Lock()
        self.slots = threading.BoundedSemaphore(_BUSY)
        self._inherited, self._idle = self._idle, []


def make_pool(program: Program) -> Pool:
    """A pool that is closed when this process ends."""
    pool = Pool(program)
    atexit.register(pool.close)
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=pool.forget)
    return pool


_pool: Final = make_pool(Program("nshot.databases.sqlite.worker"))


class WorkerSession:
    """Runs the requests of one thread, if possible in the same child, which may keep its
    connection.
    """

    def __init__(self, pool: Pool | None = None) -> None:
        """
        Args:
            pool: Where the processes come from; by default those that run SQLite.
        """
        self._pool = pool or _pool
        self._worker: _Worker | None = None
        self._busy: _Worker | None = None
        self._ended = False

    def run(self, request: Request) -> Reply:
        """The reply of a child process to the request; processes are started and killed as needed.

        Raises:
            SqlTimeoutError: The process had to be killed after the deadline.
            SqlExecutionError: The process died before the deadline, or the session was ended.
        """
        # The child stops at the deadline itself where SQLite listens; the kill after `grace` is for the rest.
        grace = min(max(0.05 * request.timeout, 0.05), 1.0)
        with self._pool.slots:
            # The slot is taken first: waiting for it is no part of the statement's time.
            while True:
                worker, fresh = self._take()
                self._busy = worker  # before the look at `_ended`: `end` sets that before it looks here
                started = time.monotonic()
                reply = None
                try:
                    if self._ended:
                        raise SqlExecutionError("the session was ended")
                    reply = worker.ask(request, request.timeout + grace)
                finally:
                    self._busy = None
                    # Also after an exception: an answer that comes later must not meet the next request.
                    if reply is None:
                        worker.close()
                if reply is not None:
                    self._worker = worker
                    return reply
                if time.monotonic() - started >= request.timeout:
                    raise SqlTimeoutError(f"stopped after {request.timeout:g} s")
                # A used process may have died before this statement; only a new one that dies is proof.
                if fresh or self._ended:
                    raise SqlExecutionError("the database engine crashed on this statement")

    def end(self) -> None:
        """Kill the child of a running statement, from another thread; this and later statements
        fail.
        """
        self._ended = True
        if (busy := self._busy) is not None:
            busy.kill()

    def _take(self) -> tuple[_Worker, bool]:
        worker, self._worker = self._worker, None
        return self._pool.take() if worker is None else (worker, False)

    def close(self, *, kept: bool = True) -> None:
        """Return the child to the pool, without the connection that it may have kept."""
        worker, self._worker = self._worker, None
        if worker is None:
            return
        if kept and worker.ask(_RELEASE, _RELEASED) is None:
            worker.close()
        else:
            self._pool.give(worker)


_RELEASE: Final = Request("", "", 1.0, 0, 1 << 20, "replace", work=RELEASE)
_RELEASED: Final = 5.0
"""Seconds that closing may take."""


def run(request: Request, pool: Pool | None = None) -> Reply:
    """What a child process made of one request; see `WorkerSession.run`."""
    session = WorkerSession(pool)
    reply = session.run(request)
    session.close(kept=False)
    return reply
