"""The SQL of a first pass, by which examples are ranked: read from a file, or written by the model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from nshot.errors import DataError, FileMissingError
from nshot.generation import Decoding, Engine
from nshot.pipeline.choose import read_answer
from nshot.pipeline.pipeline import OF_ONE_QUESTION, Builds
from nshot.pipeline.predictions import read_predictions
from nshot.pipeline.sources import Databases
from nshot.types import Prompt, Question


class KnownFirstPass:
    """First-pass SQL that is there already, by the text of the question and its database."""

    def __init__(self, sqls: Mapping[tuple[str, str], str]) -> None:
        self._sqls = sqls

    def __call__(self, questions: Sequence[Question]) -> list[str]:
        """The SQL of each question; may be empty.

        Raises:
            DataError: One of them is not among the known.
        """
        unknown = [q.id or q.text for q in questions if (q.text, q.db_id) not in self._sqls]
        if unknown:
            raise DataError(
                f"no first-pass SQL of {', '.join(unknown[:3])} ({len(unknown)} of {len(questions)} "
                "questions); give a first pass of these very questions"
            )
        return [self._sqls[question.text, question.db_id] for question in questions]


class WrittenFirstPass:
    """First-pass SQL that the model writes without examples, greedily; each prompt once."""

    def __init__(self, engine: Engine, databases: Databases, builder: Builds, decoding: Decoding) -> None:
        """Binds the parts.

        Args:
            engine: The model, the one of the second pass or another.
            databases: Of the questions.
            builder: Of prompts without examples.
            decoding: Its longest completion and its stops count; one candidate is taken.
        """
        self._engine, self._databases, self._builder = engine, databases, builder
        self.decoding = replace(decoding, n=1, method="greedy")
        self._by_prompt: dict[str, str] = {}
        """SQL by the hash of the prompt."""

    def __call__(self, questions: Sequence[Question]) -> list[str]:
        """The SQL of each question; empty where no prompt can be built or the model gives no SQL.

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
        """What the model is asked for each question; None where no prompt can be built."""
        return [self._prompt(question) for question in questions]

    def _prompt(self, question: Question) -> Prompt | None:
        try:
            schema = self._databases.schema(question.db_id)
            return self._builder.build(question, schema, (), self._databases.matches(question))
        except OF_ONE_QUESTION:
            return None


def read_first_pass(path: Path, questions: Sequence[Question]) -> KnownFirstPass:
    """The first pass of the questions from a file.

    Args:
        path: What `nshot predict` wrote, of these and perhaps of more questions; or plain text, one SQL a
            line (perhaps with a tab and the database behind it) in the order of the questions.
        questions: All that may be asked for.

    Raises:
        FileMissingError: There is no such file.
        DataError: It is damaged, or is not of these questions.
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
            raise DataError(f"{path} is of other questions: {error}") from None
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
