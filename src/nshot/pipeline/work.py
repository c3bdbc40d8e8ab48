"""One question between the stages of a pipeline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from time import perf_counter

from nshot.errors import AnswerCancelledError, NshotError
from nshot.generation import Cancellation
from nshot.pipeline.twice import unite
from nshot.types import Attempt, Candidate, Completion, Prediction, Prompt, Question, ReusedPair, Schema


@dataclass(slots=True)
class Work:
    """One question on its way through the stages of a pipeline; each stage fills in what it
    found."""

    question: Question
    cancellation: Cancellation | None = None
    """Set by whoever no longer wants the answer."""
    live: bool = False
    """Whether a user asks it, for whom verified pairs may answer; not one that is measured."""
    first_pass: str | None = None
    """The SQL of the first pass; None where the strategy needs none."""
    candidates: tuple[Candidate, ...] = ()
    schema: Schema | None = None
    prompt: Prompt = field(default_factory=lambda: Prompt(""))
    plain: Prompt | None = None
    """The prompt without examples, where the model is asked both ways."""
    completions: Sequence[Completion] = ()
    plain_completions: Sequence[Completion] = ()
    """Those for `plain`, apart from texts that `completions` have, too."""
    attempts: tuple[Attempt, ...] = ()
    reused: ReusedPair | None = None
    """The verified pair that answers the question: its SQL is the attempt, and no later stage has
    work.
    """
    confidence: float | None = None
    """Probability that the first attempt is right; None where it is not known."""
    abstained: bool = False
    """Whether that is too little for an answer."""
    error: NshotError | None = None
    """What spoiled the question: later stages leave it alone, and its prediction is `failed`."""
    seconds: dict[str, float] = field(default_factory=dict)
    """Time spent by stage."""

    @property
    def is_cancelled(self) -> bool:
        """Whether nobody wants the answer any more."""
        return self.cancellation is not None and self.cancellation.cancelled

    def check(self) -> None:
        """Turns a cancellation into the work's error, so that no further stage works on it."""
        if self.error is None and self.is_cancelled:
            self.error = AnswerCancelledError()

    def take(self, completions: Sequence[Completion], plain: Sequence[Completion] = ()) -> None:
        """Keeps the completions for the prompt, and those for the prompt without examples."""
        self.completions, self.plain_completions = unite(completions, plain)

    def prediction(self) -> Prediction:
        """What came of the question."""
        attempts, abstained = self.attempts, self.abstained
        if self.error is not None:
            abstained = False
            failed = Completion("", 0, "error", None, str(self.error))
            attempts = (Attempt("", failed, "failed", str(self.error)),)
        best = attempts[0]
        return Prediction(
            self.question,
            "" if abstained else best.sql,
            best.completion,
            self.prompt,
            attempts,
            self.candidates,
            self.seconds,
            self.first_pass,
            self.reused,
            self.confidence if self.error is None else None,
            abstained,
        )


def today() -> str:
    """The day of the person who asks now, such as 2026-11-30, for `Question.asked_on`."""
    return date.today().isoformat()  # noqa: DTZ011


def unspoilt(works: Sequence[Work]) -> list[Work]:
    """The works that still need an answer.

    Nothing went wrong with them, nobody has cancelled them so far, and no verified pair answers
    them.
    """
    for work in works:
        work.check()
    return [work for work in works if work.error is None and work.reused is None]


def keep_shown(candidates: Sequence[Candidate], db_id: str, shots: int) -> tuple[Candidate, ...]:
    """The candidates that a prompt shows: those of the question's own database, and others up to
    `shots`.
    """
    shown: list[Candidate] = []
    for one in candidates:
        if one.example.db_id == db_id or len(shown) < shots:
            shown.append(one)
    return tuple(shown)


def share_seconds(works: Sequence[Work], stage: str, start: float) -> None:
    """Divides the time since `start` evenly among the works, as time spent in a stage."""
    for work in works:
        work.seconds[stage] = work.seconds.get(stage, 0.0) + (perf_counter() - start) / len(works)
