"""A loaded pipeline that answers the questions of several requests together."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from time import perf_counter
from typing import TYPE_CHECKING, Any

from nshot.errors import NshotError, OptionError
from nshot.generation import Resident
from nshot.options import Given
from nshot.pipeline import SAMPLE, PipelineConfig, Work, make_pipeline
from nshot.serving.log import JsonLog
from nshot.serving.questions.job import AskOptions, Failure, Job, Stage, StageDone
from nshot.types import Question

if TYPE_CHECKING:
    from nshot.data import Catalog
    from nshot.generation import Engine
    from nshot.pairs import PairBook
    from nshot.pipeline import Pipeline, WaitingRetriever
    from nshot.retrieval import Retriever

VARIANTS = 16
"""Pipelines with other options than the server's own that are kept."""
FOR_ANY_MODEL: dict[str, Any] = {
    "template": "n-shot",
    "context": None,
    "scope": "full",
    "form": "written",
    "constrain": False,
}
"""Options of a prompt that any model understands."""
RUNNERS = 4
"""Threads that run SQL while the model answers the next questions."""


class Answerer:
    """Answers with one model and one catalog; a request's options choose among pipelines over them.

    Its `answer` belongs to the engine thread; SQL is run by threads of its own.
    """

    def __init__(
        self,
        config: PipelineConfig,
        catalog: Catalog,
        *,
        log: JsonLog,
        engine: Engine | None = None,
        retriever: Retriever | None = None,
        book: PairBook | None = None,
    ) -> None:
        """
        Args:
            config: The server's own options.
            catalog: The databases.
            log: Is told unexpected errors.
            engine: In place of the config's, loaded already.
            retriever: In place of the config's.
            book: Verified pairs, which are examples, too.

        Raises:
            NshotError: As `make_pipeline`.
        """
        self._config, self._catalog, self._log = config, catalog, log
        self._given, self._book = retriever, book
        self._retrievers: dict[bool, Any] = {}
        """With the sample's examples, and without."""
        self._pipelines: OrderedDict[AskOptions, Pipeline] = OrderedDict()
        base = make_pipeline(config, engine=engine, catalog=catalog, retriever=retriever, book=book)
        base.pairs = replace(
            base.pairs, way=None
        )  # the service looks for verified answers, so that they wait for no batch
        self._engine, self._base = base.engine, base
        if base.retriever is not None:
            self._retrievers[False] = base.retriever
        self._runners = ThreadPoolExecutor(RUNNERS, thread_name_prefix="nshot-sql")

    def warm_up(self, db_id: str) -> None:
        """Answers one question for nobody: the first asker does not wait for what is read once
        only.

        A model elsewhere is not asked: its answers may cost money.
        """
        if isinstance(self._engine, Resident):
            self._engine.warm_up()
        if self._config.engine.in_process:
            self._base.ask(Question("How many are there?", db_id))

    def answer(self, jobs: Sequence[Job]) -> None:
        """Answers the questions, those with the same options together."""
        groups: dict[AskOptions, list[Job]] = {}
        for job in jobs:
            groups.setdefault(job.options, []).append(job)
        for options, group in groups.items():
            try:
                self._answer(self._pipeline(options), group)
            except NshotError as error:
                for job in group:
                    job.tell(Failure(error))

    def rest(self) -> None:
        """Gives back memory that only answers need."""
        if isinstance(self._engine, Resident):
            self._engine.release()

    def close(self) -> None:
        """Starts no further SQL."""
        self._runners.shutdown(wait=False, cancel_futures=True)

    def _answer(self, pipeline: Pipeline, jobs: Sequence[Job]) -> None:
        going = [(job, Work(job.question, job.cancellation)) for job in jobs]
        for job, work in going:
            work.seconds["queue"] = perf_counter() - job.begun
            job.tell(StageDone("queue", work))
        pipeline.find_examples([work for _, work in going], live=True)
        going = _tell(going, "retrieve")
        pipeline.build_prompts([work for _, work in going])
        going = _tell(going, "prompt")
        if not going:
            return
        if pipeline.execution.repair:
            pipeline.write_completions([work for _, work in going])
            going = _tell(going, "generate")
            for _, work in going:
                pipeline.run_candidates(work)
            pipeline.mend([work for _, work in going])
            _tell(going, "execute")
            return
        jobs_of = {id(work): job for job, work in going}

        def run(work: Work) -> None:
            for job, _ in _tell([(jobs_of[id(work)], work)], "generate"):
                self._runners.submit(self._execute, pipeline, job, work)

        # SQL that is settled is run while the model still writes that of other questions.
        pipeline.write_completions([work for _, work in going], on_done=run)

    def _execute(self, pipeline: Pipeline, job: Job, work: Work) -> None:
        if job.cancellation.cancelled:
            return
        try:
            pipeline.run_candidates(work)
        except Exception as error:  # noqa: BLE001
            # It would be lost in the pool.
            self._log.fault(error)
            job.tell(Failure(error))
        else:
            _tell([(job, work)], "execute")

    def _pipeline(self, options: AskOptions) -> Pipeline:
        if options == AskOptions():
            return self._base
        if options not in self._pipelines:
            self._pipelines[options] = self._make(options)
            while len(self._pipelines) > VARIANTS:
                self._pipelines.popitem(last=False)
        self._pipelines.move_to_end(options)
        return self._pipelines[options]

    def _make(self, options: AskOptions) -> Pipeline:
        config = with_options(self._config, options)
        settings = config.check()
        retriever = self._retriever_of(config) if settings.shots or settings.own_shots else None
        made = make_pipeline(
            config, engine=self._engine, catalog=self._catalog, retriever=retriever, book=self._book
        )
        made.pairs = replace(made.pairs, way=None)
        made.decoding = replace(made.decoding, token_logprobs=options.token_logprobs)
        return made

    def _retriever_of(self, config: PipelineConfig) -> Retriever | WaitingRetriever:
        """A retriever over what is open already; the sample is opened when its examples are asked
        for.
        """
        examples = config.examples
        sample = bool(config.check().shots) and examples.index is None and examples.pairs is None
        found = self._given or self._retrievers.get(sample)
        if found is None:
            opened = replace(self._config.examples, index=SAMPLE if sample else examples.index)
            found = self._retrievers[sample] = opened.retriever(self._catalog, book=self._book)
        if examples.retrieval == self._config.examples.retrieval:
            return found
        return found.with_config(examples.retrieval)


def with_options(config: PipelineConfig, options: AskOptions) -> PipelineConfig:
    """The server's config with what a request sets.

    Raises:
        OptionError: A value is refused.
    """
    values = dict(config.settings.values)
    if options.shots is not None:
        values["shots"] = options.shots
    if options.candidates is not None:
        values["candidates"] = options.candidates
    if options.any_model:
        values |= FOR_ANY_MODEL
    execution = config.execution
    if not options.execute and execution.enabled:
        if execution.way == "vote" or execution.repair:
            raise OptionError("this server needs the results of SQL to choose it: leave `execute` out")
        execution = replace(execution, enabled=False)
    examples = config.examples
    if options.strategy is not None:
        retrieval = replace(examples.retrieval, strategy=options.strategy)
        examples = replace(examples, retrieval=retrieval, first_pass=None)
    return replace(
        config, settings=Given(config.settings.kind, values), execution=execution, examples=examples
    )


def _tell(going: Sequence[tuple[Job, Work]], stage: Stage) -> list[tuple[Job, Work]]:
    """Tells of a stage that is over; those that go on."""
    left = []
    for job, work in going:
        if job.cancellation.cancelled:
            continue
        if work.error is not None:
            job.tell(Failure(work.error))
            continue
        job.tell(StageDone(stage, work))
        if job.last != stage:
            left.append((job, work))
    return left
