"""The one thread that owns the model. It takes the questions that wait and answers them
together."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from time import monotonic
from typing import Literal, Protocol

from nshot.serving.errors import RequestError, server_error
from nshot.serving.log import JsonLog
from nshot.serving.metrics import Metrics
from nshot.serving.questions.job import Failure, Job
from nshot.serving.questions.long_lived import LongLived

MOST = 64
"""Questions answered together, at most."""
IDLE = 10.0
"""Seconds without a question after which there is time for what would keep one waiting."""
LINGER = 0.03
"""Seconds that a question waits for others to be answered with, at most."""
RETRY_AFTER = 2
"""Seconds after which a refused client should ask again."""

State = Literal["loading", "ok", "failed", "closing"]


class Answers(Protocol):
    """Answers questions with a loaded model."""

    def answer(self, jobs: Sequence[Job]) -> None:
        """Tells each job each of its steps; does not wait for SQL that another thread runs."""
        ...

    def rest(self) -> None:
        """Called when no question has come for a while."""
        ...

    def close(self) -> None:
        """Waits for nothing and answers no more."""
        ...


class EngineThread:
    """A bounded queue, and the thread that empties it."""

    def __init__(
        self,
        load: Callable[[], Answers],
        *,
        max_waiting: int,
        metrics: Metrics,
        log: JsonLog,
        on_state: Callable[[State], None] = lambda _: None,
    ) -> None:
        """
        Args:
            load: Loads the model; called in the thread.
            max_waiting: Questions that may wait.
            metrics: Is told the depth of the queue and the size of batches.
            log: Is told unexpected errors.
            on_state: Is told, in the thread, when the model is loaded or has failed to load.
        """
        self._load, self._max_waiting, self._on_state = load, max_waiting, on_state
        self._metrics, self._log = metrics, log
        self._waiting: deque[Job] = deque()
        self._running: list[Job] = []
        self._changed = threading.Condition()
        self._company = False
        self._thread = threading.Thread(target=self._run, name="nshot-engine", daemon=True)
        self.state: State = "loading"
        self.error: Exception | None = None
        """Why the model could not be loaded."""

    def start(self) -> None:
        """Begins to load the model."""
        self._thread.start()

    def submit(self, job: Job) -> None:
        """Puts a question into the queue.

        Raises:
            RequestError: The queue is full (429), or the model is not there (503).
        """
        with self._changed:
            if self.state != "ok":
                raise _not_there(self.state)
            if len(self._waiting) >= self._max_waiting:  # nobody waits for those that are cancelled
                self._waiting = deque(job for job in self._waiting if not job.cancellation.cancelled)
            if len(self._waiting) >= self._max_waiting:
                raise RequestError(
                    429,
                    f"{len(self._waiting)} questions are waiting, which is the most; ask again later",
                    "queue_full",
                    kind="rate_limit_error",
                    headers={"Retry-After": str(RETRY_AFTER)},
                )
            self._waiting.append(job)
            self._metrics.waiting.set(len(self._waiting))
            self._changed.notify_all()

    def refuse_new(self) -> None:
        """No further questions; those that wait fail, those in progress go on."""
        with self._changed:
            self.state = "closing"
            self._fail(self._waiting, _not_there("closing"))
            self._waiting.clear()
            self._metrics.waiting.set(0)
            self._changed.notify_all()

    def cancel_running(self) -> None:
        """Stops the model; the questions in progress fail."""
        with self._changed:
            running = list(self._running)
        for job in running:
            job.cancellation.cancel()
        self._fail(running, _not_there("closing"))

    def close(self, seconds: float) -> None:
        """Stops the model and waits for the thread.

        Args:
            seconds: At most.
        """
        self.refuse_new()
        self.cancel_running()
        if self._thread.ident is not None:
            self._thread.join(seconds)

    def _run(self) -> None:
        try:
            answers = self._load()
        except Exception as error:  # noqa: BLE001
            # Reported by the one who started the server.
            self.error = error
            self._enter("failed")
            return
        long_lived = LongLived()
        long_lived.settle()
        self._enter("ok")
        try:

            def rest() -> None:
                long_lived.when_idle()
                answers.rest()

            while batch := self._take(rest):
                self._answer(answers, batch)
                with self._changed:
                    self._running = []
                del batch
                long_lived.after_batch()
            answers.close()
        finally:
            long_lived.end()

    def _enter(self, state: State) -> None:
        with self._changed:
            if self.state == "loading":
                self.state = state
        self._on_state(state)

    def _has_work(self) -> bool:
        return bool(self._waiting) or self.state == "closing"

    def _take(self, on_idle: Callable[[], None]) -> list[Job]:
        """The questions to answer next, at least one; none when the server closes.

        A question waits for company only if the last ones had some: a single client loses no time.

        Args:
            on_idle: Called once if none has come for `IDLE` seconds.
        """
        with self._changed:
            found = self._changed.wait_for(self._has_work, IDLE)
        if not found:
            on_idle()
        with self._changed:
            self._changed.wait_for(self._has_work)
            if self._company or len(self._waiting) > 1:
                until = monotonic() + LINGER
                while len(self._waiting) < MOST and self.state != "closing":
                    if (left := until - monotonic()) <= 0:
                        break
                    self._changed.wait(left)
            taken = [self._waiting.popleft() for _ in range(min(MOST, len(self._waiting)))]
            batch = [job for job in taken if not job.cancellation.cancelled]
            self._company = len(taken) > 1
            self._metrics.waiting.set(len(self._waiting))
            self._running = batch
        if taken and not batch:
            return self._take(on_idle)
        return batch

    def _answer(self, answers: Answers, batch: list[Job]) -> None:
        self._metrics.batch.observe(len(batch))
        try:
            answers.answer(batch)
        except Exception as error:  # noqa: BLE001
            # One batch must not end the server.
            self._log.fault(error)
            self._fail(batch, error)

    @staticmethod
    def _fail(jobs: Sequence[Job] | deque[Job], error: Exception) -> None:
        for job in jobs:
            job.tell(Failure(error))


def _not_there(state: State) -> RequestError:
    if state == "loading":
        message, code = "the model is being loaded; ask again in some seconds", "model_loading"
    elif state == "closing":
        message, code = "the server is shutting down", "shutting_down"
    else:
        message, code = "the model could not be loaded; the server's log tells why", "model_failed"
    return server_error(503, message, code, headers={"Retry-After": str(RETRY_AFTER)})
