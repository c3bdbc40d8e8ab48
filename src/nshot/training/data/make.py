"""Makes rows from questions: prompts by the prompt builder, demonstrations through the leak
rule."""

from __future__ import annotations

import random
from collections.abc import Collection, Sequence
from dataclasses import replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import NamedTuple

from nshot.artifacts import StartStage, start_silently
from nshot.data import Catalog
from nshot.errors import BudgetError, OptionError, SqlParseError
from nshot.index import Encoder, StoredExamples
from nshot.pipeline import CatalogDatabases
from nshot.prompting import (
    PLAIN,
    PromptBuilder,
    ShownNames,
    TextFormat,
    answer_form,
    find_named,
    gold,
    gold_with_distractors,
    show_names,
    shuffle_schema,
)
from nshot.retrieval import FirstPass
from nshot.sql import normalise, read_form
from nshot.training.data.config import SftConfig
from nshot.training.data.finding import Draw, Finder, contains, draw
from nshot.training.data.holdout import NOTHING_HELD_OUT, HeldOutPart
from nshot.training.data.renaming.renaming import Lexicon, Renaming
from nshot.training.data.row import SftRow
from nshot.types import CellMatch, Demonstration, Dropped, Example, Form, Prompt, Question, Schema

FIRST = 0.6
"""Probability with which a paraphrase has the best rank whatever the draw of its place."""


class MadeRows(NamedTuple):
    """Rows, and counts of what was left out or changed."""

    rows: tuple[SftRow, ...]
    too_long: tuple[str, ...]
    """Ids of questions that do not fit the budget even without demonstrations, once for each row.
    """
    whole_schema: int
    """Rows with their whole schema, as their SQL cannot be parsed for the names in it."""
    contained: int
    """Demonstrations left out because their SQL contains the row's own."""
    blind: int = 0
    """Rows whose answer names a table or column that the budget left out of the prompt."""
    bare: int = 0
    """Rows that were to show examples, and for which no example may be shown."""


def make_rows(
    questions: Sequence[Question],
    catalog: Catalog,
    config: SftConfig,
    *,
    index: StoredExamples | Path | None = None,
    text: TextFormat = PLAIN,
    seed: int = 0,
) -> list[SftRow]:
    """The rows of all questions that fit the budget; `RowMaker` does this for several seeds."""
    return list(RowMaker(catalog, config, index=index, text=text).make(questions, seed).rows)


class RowMaker:
    """Makes rows with one index, set of databases and prompt builder; `make` draws again for every
    seed.
    """

    def __init__(
        self,
        catalog: Catalog,
        config: SftConfig,
        *,
        index: StoredExamples | Path | None = None,
        text: TextFormat = PLAIN,
        encoder: Encoder | None = None,
        first_pass: FirstPass | None = None,
        without: HeldOutPart = NOTHING_HELD_OUT,
    ) -> None:
        """
        Args:
            catalog: The databases of the questions.
            config: Settings of the rows.
            index: Index of the demonstrations; not needed if no row has any.
            text: The model's tokenizer and chat template.
            encoder: Encoder of the questions; by default the one that the index names.
            first_pass: First-pass SQL, for strategies of two passes.
            without: What is held out, so that its examples are never shown.

        Raises:
            OptionError: Rows have demonstrations, but there is no index or the template shows none.
        """
        self.config = config
        self._catalog, self._text = catalog, text
        self._builder = PromptBuilder(config.template, config.prompt, text)
        self._narrow = PromptBuilder(self._builder.template, replace(config.prompt, scope="relevant"), text)
        most = config.rows.most_shots
        if most and index is None:
            raise OptionError(f"rows of up to {most} shots need examples; give an index")
        if most and not self._builder.template.shows_examples:
            raise OptionError(
                f"template {config.template} shows no examples, but rows may have up to {most} shots; "
                "use another template, or shots 0"
            )
        self._finder = (
            Finder(index, catalog, config, encoder=encoder, first_pass=first_pass, without=without)
            if index is not None and most
            else None
        )
        if self._finder:
            self.config = config.for_index(self._finder.index)
        self._databases = CatalogDatabases(
            catalog,
            self._finder.retriever(config.rows.strategies[0]) if self._finder else None,
            config=config.prompt,
        )
        self._demonstration = lru_cache(maxsize=None)(self._databases.demonstration)

    def make(
        self,
        questions: Sequence[Question],
        seed: int = 0,
        *,
        repeats: int | None = None,
        report: StartStage = start_silently,
    ) -> MadeRows:
        """The rows of all questions in their order, the repeats of a question next to each other.

        Each row has a random stream of its own, from the seed, its question's id and its repeat, so
        it does not depend on the other questions. Only exchanged names come from the databases of
        all questions.

        Args:
            questions: With gold SQL and ids.
            seed: Seed of all draws.
            repeats: Replaces the configuration's number.
            report: Shows the progress of the stages.

        Raises:
            OptionError: A question has no SQL.
            DatabaseNotFoundError: The catalog knows no schema of a question's database.
        """
        if bare := [question.id for question in questions if not question.sql]:
            raise OptionError(f"rows need questions with SQL; add that of: {', '.join(bare[:5])}")
        count = self.config.rows.repeats if repeats is None else repeats
        draws = [draw(one, repeat, seed, self.config) for one in questions for repeat in range(count)]
        found = self._finder.find(draws, seed, report) if self._finder else [[] for _ in draws]
        renamings = self._renamings(draws, seed)
        step = report("rows", len(draws))
        rows, too_long, whole, contained, blind, exampleless = [], [], 0, 0, 0, 0
        for drawn, examples in zip(draws, found, strict=True):
            schema, as_drawn = self._schema(drawn, seed)
            response, form = self._answer(drawn.question.sql or "", drawn.question.db_id)
            parts = _RowParts(drawn, schema, self._databases.matches(drawn.question), response, form)
            if renaming := renamings.get((drawn.question.db_id, drawn.repeat)):
                parts = _rename(parts, renaming)
            answers = {response, parts.response}
            free = [one for one in examples if not self._contains_answer(one, drawn.question, answers)]
            shown = self._draw_demonstrations(free, drawn.rng)
            share = self.config.rows.paraphrases
            if share and drawn.shots and drawn.rng.random() < share:
                shown = self._add_paraphrase(drawn, shown)
            if parts.drawn.context == "renamed" and renaming:
                shown = [new for one in shown if (new := _rename_demonstration(one, renaming, form))]
            try:
                prompt = self._prompt(parts, shown)
            except BudgetError:
                too_long.append(drawn.question.id)
            else:
                rows.append(self._row(parts, prompt))
                blind += _is_blind(parts, prompt.dropped)
                exampleless += drawn.shots > 0 and not examples
            whole += not as_drawn
            contained += len(examples) - len(free)
            step(1)
        return MadeRows(tuple(rows), tuple(too_long), whole, contained, blind, exampleless)

    def show(self, db_id: str) -> ShownNames:
        """The schema of a database as prompts show it, all of it."""
        return self._builder.show(self._databases.schema(db_id))

    def _add_paraphrase(self, drawn: Draw, shown: list[Demonstration]) -> list[Demonstration]:
        """The demonstrations with one whose SQL is the row's own, in place of the last; the best
        rank is the most probable."""
        question = drawn.question
        key = question.db_id, normalise(question.sql or "", self._catalog.schema(question.db_id))
        asked = " ".join(question.text.split()).casefold()
        same = [
            one
            for one in self._by_sql.get(key, ())
            if one.id != question.id and " ".join(one.question.split()).casefold() != asked
        ]
        if not same:
            return shown
        kept = shown[: drawn.shots - 1]
        place = 0 if drawn.rng.random() < FIRST else drawn.rng.randrange(len(kept) + 1)
        return [*kept[:place], self._demonstration(drawn.rng.choice(same)), *kept[place:]]

    @cached_property
    def _by_sql(self) -> dict[tuple[str, str], list[Example]]:
        """The examples of the index, by database and normalised SQL."""
        found: dict[tuple[str, str], list[Example]] = {}
        for example in self._finder.examples() if self._finder else ():
            sql = normalise(example.sql, self._catalog.schema(example.db_id))
            found.setdefault((example.db_id, sql), []).append(example)
        return found

    def _answer(self, sql: str, db_id: str) -> tuple[str, Form]:
        return answer_form(sql, self._builder.form, self._databases.schema(db_id))

    def _contains_answer(self, example: Example, question: Question, answers: Collection[str]) -> bool:
        """Whether the example's SQL contains an answer, in the pool's spelling or the prompt's."""
        if contains(example.sql, question.sql or ""):
            return True
        shown = answer_form(example.sql, self._builder.form, self._demonstration(example).schema)
        return any(contains(shown[0], answer) for answer in answers)

    def _schema(self, drawn: Draw, seed: int) -> tuple[Schema, bool]:
        """The part of the schema in a row, and whether it is the part that was drawn."""
        db_id = drawn.question.db_id
        schema, sql = self._databases.schema(db_id), drawn.question.sql or ""
        # One order for all rows of a database, so that they share a prefix.
        if drawn.context in ("shuffled", "renamed"):
            return shuffle_schema(schema, f"{seed}/{drawn.repeat}/{db_id}"), True
        try:
            if drawn.context == "gold":
                return gold(schema, sql), True
            if drawn.context == "gold+distractors":
                return gold_with_distractors(schema, sql, drawn.rng.getrandbits(64)), True
        except SqlParseError:
            return schema, False
        return schema, True

    def _draw_demonstrations(self, examples: Sequence[Example], rng: random.Random) -> list[Demonstration]:
        kept = [example for example in examples if rng.random() >= self.config.rows.dropout]
        if self.config.rows.shuffle:
            rng.shuffle(kept)
        return [self._demonstration(example) for example in kept]

    def _renamings(self, draws: Sequence[Draw], seed: int) -> dict[tuple[str, int], Renaming]:
        """Exchanged names for each database and repeat with renamed rows, from the names of all
        databases.
        """
        drawn = sorted({(one.question.db_id, one.repeat) for one in draws if one.context == "renamed"})
        if not drawn:
            return {}
        lexicon = Lexicon.of(map(self._databases.schema, sorted({one.question.db_id for one in draws})))
        return {
            (db_id, repeat): Renaming.draw(
                shuffle_schema(self._databases.schema(db_id), f"{seed}/{repeat}/{db_id}"),
                lexicon,
                random.Random(f"names/{seed}/{repeat}/{db_id}"),
            )
            for db_id, repeat in drawn
        }

    def _prompt(self, parts: _RowParts, shown: Sequence[Demonstration]) -> Prompt:
        builder = self._narrow if parts.drawn.context == "relevant" else self._builder
        return builder.build(parts.drawn.question, parts.schema, shown, parts.matches)

    def _row(self, parts: _RowParts, prompt: Prompt) -> SftRow:
        drawn, question = parts.drawn, parts.drawn.question
        response = show_names(parts.response, prompt.names, parts.schema.dialect)
        return SftRow(
            prompt=prompt.text,
            response=response,
            id=question.id,
            db_id=question.db_id,
            shots=len(prompt.demonstrations),
            context=drawn.context,
            sha256=prompt.sha256,
            prompt_tokens=prompt.tokens,
            response_tokens=self._text.count_tokens(prompt.text + response) - prompt.tokens,
            sql=question.sql or "",
            form=parts.form,
            strategy=drawn.strategy if drawn.shots else "",
            demonstrations=tuple(one.example.id for one in prompt.demonstrations),
            repeat=drawn.repeat,
            dropped=sum(map(len, prompt.dropped)),
            content=prompt.messages[0].content if prompt.messages else "",
        )


class _RowParts(NamedTuple):
    """The parts of a row, without its demonstrations."""

    drawn: Draw
    schema: Schema
    matches: tuple[CellMatch, ...]
    response: str
    form: Form


def _is_blind(parts: _RowParts, dropped: Dropped) -> bool:
    """Whether the answer names a table or column that the budget left out."""
    if not dropped.tables and not dropped.columns:
        return False
    try:
        sql = read_form(parts.response, parts.schema) if parts.form == "from-first" else parts.response
        needed = find_named(parts.schema, sql)
    except SqlParseError:
        return False
    tables, columns = set(dropped.tables), set(dropped.columns)
    for place, some in needed.items():
        table = parts.schema.tables[place]
        if table.name in tables or any(f"{table.name}.{table.columns[at].name}" in columns for at in some):
            return True
    return False


def _rename_demonstration(
    demonstration: Demonstration, renaming: Renaming, form: Form
) -> Demonstration | None:
    """The demonstration with exchanged names if it is of the row's database; None if it cannot have
    them.
    """
    example = demonstration.example
    if example.db_id != renaming.original.db_id:
        return demonstration
    response, written = answer_form(example.sql, form, renaming.original)
    if written != form:
        return None
    new = renaming.row(example.question, response, demonstration.matches)
    if new is None:
        return None
    sql = read_form(new.response, renaming.schema)
    return Demonstration(replace(example, question=new.question, sql=sql), renaming.schema, new.matches)


def _rename(parts: _RowParts, renaming: Renaming) -> _RowParts:
    """The parts with exchanged names; as `shuffled` if the question does not mention the names."""
    if parts.drawn.context != "renamed":
        return parts
    question = parts.drawn.question
    new = (
        renaming.row(question.text, parts.response, parts.matches, question.evidence)
        if parts.form in ("named", "from-first")
        else None
    )
    if new is None:
        return parts._replace(drawn=parts.drawn._replace(context="shuffled"))
    return parts._replace(
        drawn=parts.drawn._replace(question=replace(question, text=new.question, evidence=new.evidence)),
        schema=renaming.schema,
        matches=new.matches,
        response=new.response,
    )
