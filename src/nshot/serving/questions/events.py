"""The steps of one question, as events: what every endpoint that answers questions sends or
gathers.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncGenerator, Collection
from contextlib import aclosing
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any, NamedTuple

import anyio.to_thread

from nshot.errors import NshotError, SqlError
from nshot.pipeline import Work, today
from nshot.serving.answers import new_id
from nshot.serving.cells import rows_to_json
from nshot.serving.errors import as_request_error, details_for_log, server_error
from nshot.serving.questions.followup import StandAlone, Turn, stand_alone
from nshot.serving.questions.job import AskOptions, Failure, Job, Stage
from nshot.serving.service import Service
from nshot.types import Candidate, Completion, Prediction, Prompt, Question, ReusedPair

CANDIDATES = 8
"""SQL candidates that a question may have where the request does not say how many."""
AFTER: dict[str, Stage] = {
    "queue": "retrieve",
    "retrieve": "prompt",
    "prompt": "generate",
    "generate": "execute",
}
"""The stage that follows one."""
NO_ANSWER = "no answer, as the SQL is less probably right than this server asks for"
NO_MODEL: dict[str, Any] = {
    "source": "verified",
    "error": "",
    "confidence": None,
    "logprob": None,
    "tokens": 0,
    "alternatives": [],
}
"""Of the SQL of a verified pair."""


@dataclass(frozen=True)
class Asked:
    """A question as a request puts it."""

    text: str
    db_id: str
    options: AskOptions = field(default_factory=AskOptions)
    history: tuple[Turn, ...] = ()
    stand_alone: bool = False
    """Whether the asker says that the question needs no history."""
    answer_id: str = field(default_factory=new_id)


class Event(NamedTuple):
    """One step of a question, for clients."""

    name: str
    """question, retrieved, prompt, sql, rows or done."""
    data: dict[str, Any]


async def follow(service: Service, asked: Asked, note: dict[str, Any]) -> AsyncGenerator[Event, None]:
    """Yields the events of a question while it is answered; the model stops if the iteration is
    given up.

    Args:
        service: Answers.
        asked: The question.
        note: Gets the fields that the log may hold: ids, hashes and fixed words.

    Raises:
        RequestError: There will be no answer.
    """
    begun = perf_counter()
    progress = _Progress(service, asked, note)
    try:
        async with aclosing(progress.events()) as events:
            async for event in events:
                yield event
    except (asyncio.CancelledError, GeneratorExit):
        progress.finish("cancelled")
        raise
    except Exception as error:
        if not isinstance(error, NshotError):
            service.log.fault(error)
        note.update(details_for_log(error))
        progress.finish(as_request_error(error).code)
        raise
    done = progress.make_last_event(perf_counter() - begun)
    service.answers.keep(asked.answer_id, progress.kept)
    progress.finish(progress.outcome)
    yield done


class _Progress:
    """What is known of a question so far."""

    def __init__(self, service: Service, asked: Asked, note: dict[str, Any]) -> None:
        self._service, self._asked, self._note = service, asked, note
        self._seconds: dict[str, float] = {}
        self.outcome = "failed"
        self.kept: dict[str, Any] = {"asked": asked.text, "db_id": asked.db_id}
        note.update(db_id=asked.db_id, answer_id=asked.answer_id)

    async def events(self) -> AsyncGenerator[Event, None]:
        asked = self._asked
        alone = StandAlone(asked.text)
        if asked.history and not asked.stand_alone:
            # Off the event loop: the database's cell values may have to be read.
            alone = await anyio.to_thread.run_sync(
                stand_alone, asked.text, asked.db_id, asked.history, self._service.catalog
            )
        data = {"text": alone.text, "asked": asked.text, "rewritten": alone.rewritten, "how": alone.how}
        self.kept["question"] = alone.text
        question = alone.question(asked.db_id, asked_on=today())
        reused = await self._service.find_verified(question)
        if reused is not None and (answer := await self._answer_verified(reused)):
            yield Event("question", data)
            for event in answer:
                yield event
            return
        job = self._service.submit(question, asked.options)
        try:
            yield Event("question", data)
            async with aclosing(self._steps(job)) as events:
                async for event in events:
                    yield event
        finally:
            job.cancellation.cancel()

    async def _steps(self, job: Job) -> AsyncGenerator[Event, None]:
        stage: Stage | None = "queue"
        while stage is not None:
            work = await await_stage(self._service, job, stage)
            if stage == "retrieve":
                ids = await self._service.list_verified_ids() if work.candidates else ()
                yield self._keep("retrieved", list_retrieved(work.candidates, ids))
                self._note["examples"] = [one.example.id for one in work.candidates]
            elif stage == "prompt":
                yield self._keep("prompt", prompt_data(work.prompt))
                self._note["prompt_sha256"] = work.prompt.sha256
            elif stage == "execute":
                for event in self._result(work.prediction()):
                    yield event
            stage = AFTER.get(stage)

    async def _answer_verified(self, reused: ReusedPair) -> list[Event]:
        """The events of an answer that a person has verified: no model, and so no prompt.

        There are none if its SQL does not run: then the model is asked.
        """
        example, rows, outcome = reused.example, None, "untried"
        if self._asked.options.execute and self._service.pipeline_config.execution.enabled:
            begun = perf_counter()
            try:
                rows = await self._service.sql.run(example.sql, example.db_id)
            except SqlError:
                return []
            outcome = "ok"
            self._seconds["execute"] = perf_counter() - begun
        self.outcome, self._note["examples"] = outcome, [example.id]
        data = {**NO_MODEL, "sql": example.sql, "outcome": outcome, "note": reused.note}
        found = list_retrieved((Candidate(example, 1.0, reused.note),), {example.id})
        events = [self._keep("retrieved", found), self._keep("sql", data)]
        return events if rows is None else [*events, Event("rows", rows_to_json(rows))]

    def _result(self, prediction: Prediction) -> list[Event]:
        chosen = prediction.attempts[0]
        if chosen.outcome == "failed":  # such as a server that refuses the prompt
            raise server_error(502, chosen.error, "model_failed")
        self.outcome = "abstained" if prediction.abstained else chosen.outcome
        self._seconds = {name.replace(" ", "_"): spent for name, spent in prediction.seconds.items()}
        self._count(prediction)
        events = [self._keep("sql", sql_data(prediction))]
        if prediction.rows is not None:
            events.append(Event("rows", rows_to_json(prediction.rows)))
        return events

    def _keep(self, name: str, data: dict[str, Any]) -> Event:
        self.kept[name] = data
        return Event(name, data)

    def _count(self, prediction: Prediction) -> None:
        metrics = self._service.metrics
        metrics.tokens.labels("prompt").inc(prediction.prompt.tokens)
        metrics.tokens.labels("completion").inc(sum(one.completion.tokens for one in prediction.attempts))
        for stage, spent in self._seconds.items():
            metrics.stages.labels(stage).observe(spent)
        for attempt in prediction.attempts:
            if attempt.outcome == "refused":
                metrics.refusals.labels("sql").inc()

    def make_last_event(self, total: float) -> Event:
        """The last event."""
        seconds = {name: round(spent, 6) for name, spent in self._seconds.items()}
        data = {"id": self._asked.answer_id, "seconds": {**seconds, "total": round(total, 6)}}
        self._note["stage_seconds"] = data["seconds"]
        return self._keep("done", data)

    def finish(self, outcome: str) -> None:
        """Counts the question by its outcome, which the log gets, too."""
        self._service.metrics.answers.labels(outcome).inc()
        self._note["outcome"] = outcome


async def await_stage(service: Service, job: Job, stage: Stage) -> Work:
    """What is known when a stage is over.

    Raises:
        RequestError: The question failed, or the stage took too long.
    """
    limit = _limit(service, job, stage)
    try:
        async with asyncio.timeout(limit):  # wait_for may lose a cancellation that comes with the event
            event = await job.events.get()
    except TimeoutError as error:
        raise server_error(
            504, f"the stage {stage} took more than {limit:g} seconds; ask again later", f"{stage}_timeout"
        ) from error
    if isinstance(event, Failure):
        raise as_request_error(event.error) from event.error
    return event.work


def _limit(service: Service, job: Job, stage: Stage) -> float:
    """Seconds that a stage may take."""
    config = service.config
    if stage == "queue":
        return config.queue_timeout
    if stage == "generate":
        return config.generate_timeout
    if stage == "execute":  # each candidate has its own limit, and may wait for those of other questions
        candidates = job.options.candidates or CANDIDATES
        return service.pipeline_config.execution.timeout * candidates + config.queue_timeout
    return config.prepare_timeout


def list_retrieved(candidates: tuple[Candidate, ...], verified: Collection[str]) -> dict[str, Any]:
    """The examples that were found, best first.

    Args:
        candidates: As found.
        verified: Ids of those that the server's own user has verified.
    """
    return {
        "examples": [
            {
                "id": found.example.id,
                "question": found.example.question,
                "sql": found.example.sql,
                "db_id": found.example.db_id,
                "score": round(float(found.score), 6),
                "why": found.why,
                "verified": found.example.id in verified,
            }
            for found in candidates
        ]
    }


def prompt_data(prompt: Prompt) -> dict[str, Any]:
    """The prompt and what was left out of it."""
    return {
        "text": prompt.text,
        "tokens": prompt.tokens,
        "sha256": prompt.sha256,
        "tables": list(prompt.tables),
        "dropped": {name: list(values) for name, values in prompt.dropped._asdict().items()},
    }


def sql_data(prediction: Prediction) -> dict[str, Any]:
    """The SQL that was chosen, and the other candidates.

    A question without an answer for lack of confidence has an empty `sql`, the outcome `abstained`,
    and its SQL first among the alternatives.
    """
    chosen, others = prediction.attempts[0], prediction.attempts[1:]
    if prediction.abstained:
        others = prediction.attempts
    return {
        "sql": prediction.sql,
        "outcome": "abstained" if prediction.abstained else chosen.outcome,
        "error": chosen.error,
        "source": prediction.source,
        "note": NO_ANSWER if prediction.abstained else prediction.reused.note if prediction.reused else "",
        "confidence": prediction.confidence,
        **_completion_data(chosen.completion),
        "alternatives": [
            {
                "sql": one.sql,
                "outcome": one.outcome,
                "error": one.error,
                **_completion_data(one.completion),
            }
            for one in others
        ],
    }


def _completion_data(completion: Completion) -> dict[str, Any]:
    """What the model says of its text: `token_logprobs` only if they were asked for."""
    data: dict[str, Any] = {"logprob": completion.logprob, "tokens": completion.tokens}
    each = completion.token_logprobs
    if each and all(math.isfinite(one.logprob) for one in each):
        data["token_logprobs"] = [
            {"token": one.piece.decode(errors="replace"), "logprob": one.logprob, "bytes": list(one.piece)}
            for one in each
        ]
    return data


async def prepare(service: Service, question: Question, options: AskOptions) -> Work:
    """The examples and the prompt of a question, which the model is not asked.

    Raises:
        RequestError: There is no prompt for it, or the server is not ready.
    """
    job = service.submit(question, options, "prompt")
    stage: Stage = "queue"
    try:
        while True:
            work = await await_stage(service, job, stage)
            if stage == "prompt":
                return work
            stage = AFTER[stage]
    finally:
        job.cancellation.cancel()


async def begin(events: AsyncGenerator[Event, None]) -> AsyncGenerator[Event, None]:
    """The same events, of which the first has come: a refusal is raised here, not in the
    iteration."""
    first = await anext(events)

    async def all_events() -> AsyncGenerator[Event, None]:
        async with aclosing(events):
            yield first
            async for event in events:
                yield event

    return all_events()
