"""Answer questions: retrieve candidates, build prompts, generate completions, choose the
prediction.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from itertools import islice, repeat
from time import perf_counter
from typing import TYPE_CHECKING

from nshot.errors import BudgetError, DataError, OptionError
from nshot.generation import (
    Cancellation,
    Cancellations,
    Decoding,
    Engine,
    ModelSettings,
)
from nshot.pipeline.choose import Execution, choose
from nshot.pipeline.completing import generate, write_completions
from nshot.pipeline.confidence import Confidence
from nshot.pipeline.databases.sources import Databases
from nshot.pipeline.followup.history import show_history
from nshot.pipeline.parts import OF_ONE_QUESTION, Builds, Retrieves
from nshot.pipeline.repair import MENDABLE, repair_prompt
from nshot.pipeline.reuse import NearRule, ReuseWay
from nshot.pipeline.reuse.answering import PairAnswers
from nshot.pipeline.twice import sort_by_logprob
from nshot.pipeline.work import Work, keep_shown, share_seconds, unspoilt
from nshot.types import (
    Attempt,
    Candidate,
    Completion,
    Prediction,
    Prompt,
    Question,
)

if TYPE_CHECKING:
    from nshot.retrieval import FirstPass


class Pipeline:
    """Answers questions with one engine, one retriever and one prompt builder.

    An error with a single question (no such database, a prompt that cannot fit, an empty question)
    becomes a prediction whose only attempt has outcome `failed`. A failing engine, a broken index
    or template, and Ctrl-C stop the run.
    """

    def __init__(
        self,
        engine: Engine,
        databases: Databases,
        *,
        retriever: Retrieves | None = None,
        first_pass: FirstPass | None = None,
        builder: Builds | None = None,
        shots: int | None = None,
        own_shots: int | None = None,
        reuse: ReuseWay | None = None,
        near: NearRule | None = None,
        ask_twice: bool = False,
        decoding: Decoding | None = None,
        execution: Execution | None = None,
        confidence: Confidence | None = None,
    ) -> None:
        """Binds the parts.

        Args:
            engine: Writes completions.
            databases: Schemas, paths and cell values.
            retriever: Finds examples; None asks without any.
            first_pass: Whom the retriever asks for the SQL of a first pass, for the predictions'
                record; it must give the same again.
            builder: Writes prompts. None, here and below: as the engine's model wants to be asked,
                else as `ModelSettings` has it, within the engine's context.
            shots: Examples shown, at least 0.
            own_shots: Examples of the question's own database that are shown, at least as many as
                `shots`. What they leave of `shots` is filled up from other databases.
            reuse: Finds verified answers of live questions; None asks the model everything.
            near: Decides whether a live question is answered by the SQL of a near pair among the
                examples in place of the model's; None leaves that to the model.
            ask_twice: Ask questions that are shown examples of their own database without them,
                too, and choose among all candidates; idle unless the confidence chooses.
            decoding: Of the first round, and of the repair round.
            execution: How a candidate is chosen, the limits of running it, and whether SQL that
                does not run gets one more round with the database's message.
            confidence: Rates answers, and decides which are withheld; None rates none. It needs an
                `execution` that runs all candidates.
        """
        settings = engine.settings or ModelSettings()
        shots = settings.shots if shots is None else shots
        if shots < 0:
            raise OptionError(f"`shots` must be at least 0, got {shots}", option="shots")
        self.engine, self.databases = engine, databases
        most = max(shots, own_shots or 0)
        self.retriever = retriever if most else None
        self.first_pass = first_pass if most else None
        self.shots, self.own_shots = shots, most
        self.decoding, self.execution = decoding or settings.decoding, execution or Execution()
        self.confidence = confidence
        self.pairs = PairAnswers(databases, self.execution, reuse, near, confidence)
        ranks = confidence is not None and confidence.ranks and self.execution.run_all
        self._asks_twice = ask_twice and ranks and self.execution.way == "first"
        if builder is None:
            settings = replace(settings, decoding=self.decoding)
            builder = settings.builder(engine, engine.context_length, most if self.retriever else 0)
        self.builder = builder
        if self.decoding.constrain and self.builder.form != "from-first":
            raise OptionError(
                f"constrained decoding writes SQL in the form from-first, but examples have the form "
                f"{self.builder.form}; use from-first for both"
            )

    def prepare(self, question: Question, *, live: bool = False) -> tuple[Prompt, tuple[Candidate, ...]]:
        """The prompt and the retrieved examples, without asking the model.

        Args:
            question: What is asked.
            live: A user's own question, not one of an experiment: the retriever may know its
                answer.

        Raises:
            NshotError: What would have been recorded in a prediction.
        """
        (work,) = self._prepare_all([question], live=live, cancellations=[None])
        if work.error is not None:
            raise work.error
        return work.prompt, work.candidates

    def ask(
        self,
        question: Question,
        *,
        live: bool = True,
        on_text: Callable[[str], None] | None = None,
        cancellation: Cancellation | None = None,
    ) -> Prediction:
        """The prediction for one question.

        Args:
            question: What is asked.
            live: As in `prepare`.
            on_text: Gets the completion in pieces while it is written (one candidate only).
            cancellation: Another thread may set it. The prediction's only attempt is then `failed`
                with the error `cancelled`.

        Raises:
            EngineError: The engine fails. Other errors: see `Pipeline`.
        """
        works = self._prepare_all([question], live=live, cancellations=[cancellation])
        (prediction,) = self._answer_all(works, on_text)
        return prediction

    def predict(
        self,
        questions: Iterable[Question],
        *,
        batch: int = 32,
        live: bool = False,
        cancellations: Cancellations | None = None,
    ) -> Iterator[Prediction]:
        """A prediction for every question, in the order given.

        Time spent on a whole batch (`retrieve`, `generate`, `repair`) is divided evenly among its
        questions.

        Args:
            questions: They are read `batch` at a time.
            batch: Questions that are retrieved and generated together.
            live: As in `prepare`.
            cancellations: One for each question, as in `ask`; the other questions of the batch
                continue.
        """
        if batch < 1:
            raise OptionError(f"`batch` must be at least 1, got {batch}", option="batch")
        waiting = iter(questions)
        flags = repeat(None) if cancellations is None else iter(cancellations)
        while some := list(islice(waiting, batch)):
            some_flags = list(islice(flags, len(some)))
            yield from self._answer_all(self._prepare_all(some, live=live, cancellations=some_flags))

    def find_examples(self, works: Sequence[Work], *, live: bool = False) -> None:
        """The first stage: verified answers, the first pass where the strategy needs one, and the
        candidates.

        Callers that show intermediate results call the stages one by one. Each leaves
        alone what has an error, and gives an error to a question that is at fault or cancelled.

        Args:
            works: The questions.
            live: As in `prepare`.
        """
        for work in works:
            work.live = live
            if not work.question.text.strip():
                work.error = OptionError(f"question {work.question.id or '(no id)'} is empty; write one")
        for work in unspoilt(works):
            self.pairs.answer(work)
        if self.first_pass is not None:
            self._write_first(self.first_pass, unspoilt(works))
        if self.retriever is not None:
            self._retrieve(self.retriever, unspoilt(works), live=live)

    def build_prompts(self, works: Sequence[Work]) -> None:
        """The second stage: the prompt of each question."""
        for work in unspoilt(works):
            start = perf_counter()
            try:
                self._build(work)
            except OF_ONE_QUESTION as error:
                work.error = error
            work.seconds["prompt"] = perf_counter() - start

    def write_completions(
        self,
        works: Sequence[Work],
        on_text: Callable[[str], None] | None = None,
        on_done: Callable[[Work], object] = lambda _: None,
    ) -> None:
        """The third stage: the model's completions for all questions together.

        Args:
            works: Their prompts are built.
            on_text: As in `ask`.
            on_done: Gets each question as soon as its completions are there, if the engine settles
                one before another, else at the end; not those that were spoilt or cancelled. It
                must not block.

        Raises:
            EngineError: The engine fails.
        """
        write_completions(self.engine, self.decoding, unspoilt(works), on_text, on_done)

    def run_candidates(self, work: Work) -> None:
        """The last stage: candidates are run as the way of choosing requires, and one is chosen.

        It needs no engine, and may run in another thread than the other stages.
        """
        if work.reused is not None:
            return
        start = perf_counter()
        attempts = self._attempts(work, work.completions, work.plain_completions)
        work.check()
        if attempts is not None and work.error is None:
            work.attempts = attempts
            self._rate(work, attempts)
            self.pairs.prefer_near(work)
        work.seconds["execute"] = work.seconds.get("execute", 0.0) + perf_counter() - start

    def mend(self, works: Sequence[Work]) -> None:
        """One repair round for SQL that does not run, where the execution asks for repair.

        If the best SQL of the round runs, it becomes the prediction; all attempts are kept.
        """
        if self.execution.repair:
            self._mend([work for work in unspoilt(works) if work.attempts[0].outcome in MENDABLE])

    def _prepare_all(
        self, questions: Sequence[Question], *, live: bool, cancellations: Cancellations
    ) -> list[Work]:
        works = [Work(*both) for both in zip(questions, cancellations, strict=True)]
        self.find_examples(works, live=live)
        self.build_prompts(works)
        return works

    def _write_first(self, first_pass: FirstPass, works: Sequence[Work]) -> None:
        start = perf_counter()
        for work, sql in zip(works, first_pass([work.question for work in works]), strict=True):
            work.first_pass = sql
        share_seconds(works, "first pass", start)

    def _retrieve(self, retriever: Retrieves, works: Sequence[Work], *, live: bool) -> None:
        """Candidates for all at once; one by one where a question of the batch is at fault."""
        if not works:
            return
        start = perf_counter()
        try:
            found = retriever.retrieve([work.question for work in works], self.own_shots, live)
        except DataError as error:
            if len(works) == 1:
                works[0].error = error
            else:
                for work in works:
                    self._retrieve(retriever, [work], live=live)
            return
        for work, candidates in zip(works, found, strict=True):
            work.candidates = keep_shown(candidates, work.question.db_id, self.shots)
        share_seconds(works, "retrieve", start)

    def _build(self, work: Work) -> None:
        question = work.question
        work.schema = self.databases.schema(question.db_id)
        demonstrations = [self.databases.demonstration(candidate.example) for candidate in work.candidates]
        matches = self.databases.matches(question)
        prompt = self.builder.build(question, work.schema, demonstrations, matches)
        work.prompt = self._fit(work, prompt)
        own = any(one.example.db_id == question.db_id for one in prompt.demonstrations)
        if self._asks_twice and own:
            work.plain = self._fit(work, self.builder.build(question, work.schema, (), matches))

    def _fit(self, work: Work, prompt: Prompt) -> Prompt:
        """The prompt with the turns before it and its number of tokens.

        Raises:
            BudgetError: The model's context has no room for it.
        """
        needed = prompt.tokens or self.engine.count_tokens(prompt.text)
        room = self.engine.context_length - self.decoding.max_new_tokens
        if needed > room:
            raise BudgetError(needed, room)
        prompt, form = replace(prompt, tokens=needed), self.builder.form
        assert work.schema is not None  # set before a prompt is built
        return show_history(prompt, work.question.history, work.schema, self.engine, form, room)

    def _answer_all(
        self, works: Sequence[Work], on_text: Callable[[str], None] | None = None
    ) -> list[Prediction]:
        # SQL that is settled is run while the model still writes that of other questions.
        with ThreadPoolExecutor(1, "candidates") as pool:
            running: dict[int, Future[None]] = {}

            def run(work: Work) -> None:
                running[id(work)] = pool.submit(self.run_candidates, work)

            try:
                self.write_completions(works, on_text, run)
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise
            for work in unspoilt(works):  # those that were cancelled find that out there
                if id(work) not in running:
                    run(work)
        for done in running.values():
            done.result()
        self.mend(works)
        return [work.prediction() for work in works]

    def _attempts(
        self, work: Work, completions: Sequence[Completion], plain: Sequence[Completion] = ()
    ) -> tuple[Attempt, ...] | None:
        """What came of running the completions, the chosen one first; those of `plain` answer the
        prompt without examples."""
        try:
            attempts = self._run(work, completions, work.prompt)
            if plain and work.plain is not None:
                attempts = sort_by_logprob((*attempts, *self._run(work, plain, work.plain)))
            if self.confidence is None or self.execution.way != "first":
                return attempts
            return self.confidence.order(work.question.text, attempts, work.schema)
        except OF_ONE_QUESTION as error:
            work.error = error
            return None

    def _run(self, work: Work, completions: Sequence[Completion], prompt: Prompt) -> tuple[Attempt, ...]:
        return choose(
            completions,
            self.databases.path(work.question.db_id) if self.execution.enabled else None,
            schema=work.schema,
            execution=self.execution,
            stop=(*prompt.stop, *self.decoding.stop),
            form=self.builder.form,
            prompt=prompt,
            cancellation=work.cancellation,
        )

    def _mend(self, works: Sequence[Work]) -> None:
        start = perf_counter()
        room = self.engine.context_length - self.decoding.max_new_tokens
        form = self.builder.form
        rounds = [(work, repair_prompt(work.prompt, work.attempts[0], self.engine, form)) for work in works]
        rounds = [(work, prompt) for work, prompt in rounds if prompt.tokens <= room]
        if not rounds:
            return
        asked, prompts = [work for work, _ in rounds], [prompt for _, prompt in rounds]
        found = generate(self.engine, self.decoding, asked, prompts)
        share_seconds(asked, "repair", start)
        for (work, _), completions in zip(rounds, found, strict=True):
            work.check()
            if work.error is not None:
                continue
            again = self._attempts(work, completions) or ()
            runs = bool(again) and again[0].outcome == "ok"
            work.attempts = (*again, *work.attempts) if runs else (*work.attempts, *again)
            if runs:
                self._rate(work, again)

    def _rate(self, work: Work, attempts: Sequence[Attempt]) -> None:
        """States how sure the first of the attempts is, and whether it is withheld.

        Args:
            work: The question.
            attempts: Those of one round: candidates for another prompt tell nothing of their
                agreement.
        """
        if self.confidence is not None:
            work.confidence = self.confidence.calibration.rate(work.question.text, attempts, work.schema)
            work.abstained = bool(attempts[0].sql) and self.confidence.abstains(work.confidence)
