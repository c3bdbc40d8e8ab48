"""What the endpoints share: the databases, the queue, kept answers, figures and the log."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import anyio.to_thread

from nshot.pairs import PairBook
from nshot.pipeline import PipelineConfig, find_reuse_ways
from nshot.serving.answers import KeptAnswers
from nshot.serving.config import ServeConfig
from nshot.serving.errors import RequestError
from nshot.serving.log import JsonLog
from nshot.serving.metrics import Metrics
from nshot.serving.questions.engine_thread import Answers, EngineThread, State
from nshot.serving.questions.job import AskOptions, Job, Stage
from nshot.serving.questions.sql_runner import SqlRunner
from nshot.types import Question, ReusedPair

if TYPE_CHECKING:
    from nshot.data import Catalog

SHOWN = 10
"""Names of databases that a message lists."""


class Service:
    """One server's parts, made before the model is loaded."""

    def __init__(
        self,
        config: ServeConfig,
        pipeline_config: PipelineConfig,
        catalog: Catalog,
        *,
        served: Sequence[str],
        default_db: str | None,
        pairs: Path,
        load: Callable[[Service], Answers] | None = None,
        log: JsonLog | None = None,
    ) -> None:
        """
        Args:
            config: How the server is reached.
            pipeline_config: How questions are answered.
            catalog: Knows the databases.
            served: Ids of those that may be asked.
            default_db: That of requests that name none; None: they are refused.
            pairs: The journal of verified pairs; made when the first one is saved.
            load: Loads what answers, in the engine thread; by default the pipeline of the config.
            log: Where events go.
        """
        self.config, self.pipeline_config, self.catalog = config, pipeline_config, catalog
        self.served, self.default_db = tuple(served), default_db
        self.log, self.metrics = log or JsonLog(), Metrics()
        self.answers = KeptAnswers(config.keep_answers)
        self.book = PairBook(pairs, catalog)
        examples = pipeline_config.examples
        self._reuse = find_reuse_ways(examples, catalog, self.book) if examples.reuse else None
        self.sql = SqlRunner(catalog, pipeline_config.execution)
        self.on_failure: Callable[[], None] = lambda: None
        """Called when the model could not be loaded."""
        loader = load or load_pipeline
        self.engine = EngineThread(
            lambda: loader(self),
            max_waiting=config.max_waiting,
            metrics=self.metrics,
            log=self.log,
            on_state=self._on_state,
        )

    @property
    def state(self) -> State:
        """Whether questions can be answered now."""
        return self.engine.state

    def database(self, name: str | None) -> str:
        """The id of the database that a request means.

        A name is only ever compared with the ids that are served: it is no path.

        Raises:
            RequestError: It is not served, or the request must name one.
        """
        if name is None:
            if self.default_db is not None:
                return self.default_db
            raise RequestError(
                400,
                f"name the database, as in the model nshot/{self.served[0]}; there are: {self._names()}",
                "database_missing",
                param="model",
            )
        if name not in self.served:
            raise RequestError(
                404,
                f"no database {name!r}; choose one of: {self._names()}",
                "database_not_found",
                param="model",
            )
        return name

    def submit(self, question: Question, options: AskOptions, last: Stage = "execute") -> Job:
        """Puts a question into the queue; called in the event loop.

        Args:
            question: What is asked.
            options: Of the request.
            last: The stage after which it is finished.

        Raises:
            RequestError: The queue is full, or the model is not there.
        """
        job = Job(question, options, last, asyncio.get_running_loop())
        self.engine.submit(job)
        return job

    async def find_verified(self, question: Question) -> ReusedPair | None:
        """The verified pair that answers a question; looks for changes of its database, too."""
        if self._reuse is None:
            return None
        return await anyio.to_thread.run_sync(self._reuse.find, question)

    async def list_verified_ids(self) -> frozenset[str]:
        """Ids of the verified pairs that are in use."""
        pairs = await anyio.to_thread.run_sync(self.book.active)
        return frozenset(pair.id for pair in pairs)

    def begin_to_close(self, grace: float) -> None:
        """Refuses what is new, and gives up what is not answered in time.

        Args:
            grace: Seconds that questions in progress get to finish.
        """
        self.engine.refuse_new()
        timer = threading.Timer(grace, self.engine.cancel_running)
        timer.daemon = True
        timer.start()

    def _names(self) -> str:
        more = ", ..." if len(self.served) > SHOWN else ""
        return ", ".join(self.served[:SHOWN]) + more

    def _on_state(self, state: State) -> None:
        if state == "failed":
            self.log("model failed", error=type(self.engine.error).__name__)
            self.on_failure()
        else:
            self.log("model loaded")


def load_pipeline(service: Service) -> Answers:
    """The model and the index of a service; takes seconds."""
    from nshot.serving.questions.answering import Answerer

    answerer = Answerer(service.pipeline_config, service.catalog, log=service.log, book=service.book)
    first = service.default_db or service.served[0]
    answerer.warm_up(first)
    service.book.warm_up(first)
    return answerer
