"""A question on its way through the engine thread, and the events that tell how far it has come."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from time import perf_counter
from typing import Literal, NamedTuple

from nshot.generation import Cancellation
from nshot.pipeline import Work
from nshot.types import Question

Stage = Literal["queue", "retrieve", "prompt", "generate", "execute"]
"""Stages in their order."""


@dataclass(frozen=True, slots=True)
class AskOptions:
    """What a request may set in place of the server's own options; None leaves it as it is."""

    shots: int | None = None
    """Examples in the prompt."""
    strategy: str | None = None
    """How they are ranked."""
    candidates: int | None = None
    """SQL candidates."""
    token_logprobs: bool = False
    """Whether the model reports the log-probability of each token."""
    execute: bool = True
    """Whether the SQL is run; a server that runs none never does."""
    any_model: bool = False
    """Whether the prompt is for some other model: in plain SQL, not as the server's own model was
    tuned.
    """


class StageDone(NamedTuple):
    """A stage of a question is over."""

    stage: Stage
    work: Work
    """As far as it is known."""


class Failure(NamedTuple):
    """The question will get no answer."""

    error: Exception


@dataclass(eq=False)
class Job:
    """One question, and the queue of events that its asker reads."""

    question: Question
    options: AskOptions = field(default_factory=AskOptions)
    last: Stage = "execute"
    """The stage after which the question is finished: `prompt` for a prompt without an answer."""
    loop: asyncio.AbstractEventLoop | None = None
    """Of the asker; None: nobody reads the events."""
    events: asyncio.Queue[StageDone | Failure] = field(default_factory=asyncio.Queue)
    begun: float = field(default_factory=perf_counter)
    cancellation: Cancellation = field(default_factory=Cancellation)
    """Set when nobody waits for the answer any more: the model stops writing it."""

    def tell(self, event: StageDone | Failure) -> None:
        """Puts an event into the asker's queue, from any thread."""
        if self.loop is not None:
            with suppress(RuntimeError):  # the loop is closed: nobody is there
                self.loop.call_soon_threadsafe(self.events.put_nowait, event)
