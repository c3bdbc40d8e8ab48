"""First-pass SQL, by which two-pass strategies rank examples: read from a file, or written by the
model.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from nshot.errors import DataError, FileMissingError
from nshot.generation import Decoding, Engine
from nshot.pipeline.choose import read_answer
from nshot.pipeline.databases.sources import Databases
from nshot.pipeline.parts import OF_ONE_QUESTION, Builds
from nshot.pipeline.predictions.prediction_file import read_predictions
from nshot.types import Prompt, Question


class KnownFirstPass:
    """First-pass SQL from a file, by the text of the question and its database."""

    def __init__(self, sqls: Mapping[tuple[str, str], str]) -> None:
        self._sqls = sqls

    def __call__(self, questions: Sequence[Question]) -> list[str]:
        """The SQL of each question; may be empty.

        Raises:
            DataError: The file has no SQL for one of the questions.
        """
        unknown = [q.id or q.text for q in questions if (q.text, q.db_id) not in self._sqls]
        if unknown:
            raise DataError(
                f"no first-pass SQL of {', '.join(unknown[:3])} ({len(unknown)} of {len(questions)} "
                "questions); give a first pass of these questions"
            )
        return [self._sqls[question.text, question.db_id] for question in questions]


class WrittenFirstPass:
    """First-pass SQL that the model writes without examples, greedily; each prompt once."""

    def __init__(self, engine: Engine, databases: Databases, builder: Builds, decoding: Decoding) -> None:
        """Creates the first pass.

        Args:
            engine: The model, either the one of the second pass or another.
            databases: The databases of the questions.
            builder: Builds prompts without examples.
            decoding: Its `max_new_tokens` and stop strings are used; one candidate is generated.
        """
        self._engine, self._databases, self._builder = engine, databases, builder
        self.decoding = replace(decoding, n=1, method="greedy")
        self._by_prompt: dict[str, str] = {}
        """SQL by the hash of the prompt."""

    def __call__(self, questions: Sequence[Question]) -> list[str]:
        """The SQL of each question; empty if no prompt can be built or the model gives no SQL.

        Raises:
            EngineError: The engine fails.
        """
        prompts = self.prompts(questions)
        new = {prompt.sha256: prompt for prompt in prompts if prompt and prompt.sha256 not in self._by_prompt}
        if new:
            found = self._engine.generate(list(new.values()), self.decoding)
            for (sha256, prompt), completions in zip(new.items(), found, strict=True):
                stop, form = (*prompt.stop, *self.decoding.stop), self._builder.form
                self._by_prompt[sha256] = read_answer(completions[0].text, prompt, form, stop)
        return [self._by_prompt[prompt.sha256] if prompt else "" for prompt in prompts]

    def prompts(self, questions: Sequence[Question]) -> list[Prompt | None]:
        """The prompt for each question; None if it cannot be built."""
        return [self._prompt(question) for question in questions]

    def _prompt(self, question: Question) -> Prompt | None:
        try:
            schema = self._databases.schema(question.db_id)
            return self._builder.build(question, schema, (), self._databases.matches(question))
        except OF_ONE_QUESTION:
            return None


def read_first_pass(path: Path, questions: Sequence[Question]) -> KnownFirstPass:
    """Read the first pass of the questions from a file.

    Args:
        path: The output of `nshot predict` for these and possibly more questions; or plain text
            with one SQL per line (optionally followed by a tab and the database) in the order of
            the questions.
        questions: All questions that may be requested.

    Raises:
        FileMissingError: There is no such file.
        DataError: The file is damaged, or belongs to other questions.
    """
    if not path.is_file():
        raise FileMissingError("first pass", path)
    text = path.read_text(encoding="utf-8", errors="replace")
    if text.lstrip().startswith("{"):
        lines = list(read_predictions(path))
        known = KnownFirstPass({(line.question, line.db_id): line.sql for line in reversed(lines)})
        try:
            known(questions)
        except DataError as error:
            raise DataError(f"{path} is of other questions ({error}); give a first pass of these") from None
        return known
    sqls = text.removesuffix("\n").split("\n")
    if len(sqls) != len(questions):
        raise DataError(
            f"{path} has {len(sqls)} lines, expected one SQL for each of the {len(questions)} questions, in "
            "their order"
        )
    pairs = list(zip(questions, sqls, strict=True))
    return KnownFirstPass({(q.text, q.db_id): _sql(line, q.db_id) for q, line in reversed(pairs)})


def _sql(line: str, db_id: str) -> str:
    return line.rstrip("\r").removesuffix(f"\t{db_id}").strip()
