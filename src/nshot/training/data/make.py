"""Questions in, rows out: every prompt by the prompt builder, every demonstration through the leak rule."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from nshot.data import Catalog
from nshot.errors import BudgetError, OptionError, SqlParseError
from nshot.generation import CatalogDatabases
from nshot.index import ExampleIndex
from nshot.index.encoder import Encoder, SentenceTransformerEncoder
from nshot.prompting import PLAIN, PromptBuilder, TextFormat, answer_form, gold, gold_with_distractors
from nshot.retrieval import Filters, FirstPass, RetrievalConfig, Retriever
from nshot.training.data.config import SftConfig
from nshot.training.data.remember import RememberingEncoder
from nshot.training.data.row import SftRow
from nshot.types import CellMatch, Demonstration, Example, Prompt, Question, Schema

Report = Callable[[str, int | None], Callable[[int], None]]
"""`report(stage, steps)` gives what to call with steps done."""


class Made(NamedTuple):
    """Rows, and what became of the questions that gave none."""

    rows: tuple[SftRow, ...]
    too_long: tuple[str, ...]
    """Ids of questions that do not fit the budget even alone, once for each row."""
    whole_schema: int
    """Rows that show their whole schema because their SQL does not say what it names."""
    contained: int
    """Demonstrations not shown because their SQL contains the row's own."""


class Draw(NamedTuple):
    """What chance decides of one row; `rng` goes on to decide the rest."""

    question: Question
    repeat: int
    strategy: str
    shots: int
    context: str
    rng: random.Random


def silent(_stage: str, _steps: int | None) -> Callable[[int], None]:
    """Reports nothing."""
    return lambda _done: None


def make_rows(
    questions: Sequence[Question],
    catalog: Catalog,
    config: SftConfig,
    *,
    index: ExampleIndex | Path | None = None,
    text: TextFormat = PLAIN,
    seed: int = 0,
) -> list[SftRow]:
    """Rows of all questions that fit the budget; see `RowMaker`, which makes them again and again."""
    return list(RowMaker(catalog, config, index=index, text=text).make(questions, seed).rows)


class RowMaker:
    """Binds index, databases and prompt builder once; `make` gives fresh draws for every seed."""

    def __init__(
        self,
        catalog: Catalog,
        config: SftConfig,
        *,
        index: ExampleIndex | Path | None = None,
        text: TextFormat = PLAIN,
        encoder: Encoder | None = None,
        first_pass: FirstPass | None = None,
        without: Sequence[str] = (),
    ) -> None:
        """
        Args:
            catalog: The databases of the questions.
            config: How rows are made.
            index: Where demonstrations come from; may be left out where no row asks for any.
            text: The model's tokenizer and chat template.
            encoder: Of the questions; by default the one that the index names.
            first_pass: For strategies of two passes.
            without: Databases of which no demonstration is shown: those held out.

        Raises:
            OptionError: Demonstrations are asked for, and there is no index or the template shows none.
        """
        self.config = config
        self._catalog, self._text, self._first = catalog, text, first_pass
        self._builder = PromptBuilder(config.template, config.prompt, text)
        relevant = replace(config.prompt, scope="relevant")
        self._narrow = PromptBuilder(self._builder.template, relevant, text)
        if config.most_shots and index is None:
            raise OptionError(f"rows of up to {config.most_shots} shots need examples: name an index")
        if config.most_shots and not self._builder.template.shows_examples:
            raise OptionError(
                f"template {config.template} shows no examples, and rows of up to {config.most_shots} shots "
                "are asked for; use another template, or shots 0"
            )
        self._index = ExampleIndex(index) if isinstance(index, Path) else index
        if self._index:
            info = self._index.manifest.encoder
            given = encoder or SentenceTransformerEncoder(info.name if info else "none")
            self._encoder: Encoder | None = RememberingEncoder(given)
        self._filters = _leaving_out(config.retrieval.filters, self._index, without)
        self._schemas: Retriever | None = self._retriever("random", 0) if self._index else None
        self._databases = CatalogDatabases(catalog, self._schemas, show_values=config.prompt.show_values)
        self._demonstration = lru_cache(maxsize=None)(self._databases.demonstration)
        self._deterministic: dict[str, Retriever] = {}

    def make(
        self,
        questions: Sequence[Question],
        seed: int = 0,
        *,
        repeats: int | None = None,
        report: Report = silent,
    ) -> Made:
        """The rows of all questions in their order, the repeats of one beside each other.

        Each row has a random stream of its own, from the seed, its question's id and its repeat: it is the
        same whatever other questions there are.

        Args:
            questions: With gold SQL and ids.
            seed: Of all draws.
            repeats: In place of the configuration's.
            report: Progress of the stages.

        Raises:
            OptionError: A question has no SQL.
            DatabaseNotFoundError: The catalog knows no schema of a question's database.
        """
        if bare := [question.id for question in questions if not question.sql]:
            raise OptionError(f"rows are made of solved questions; no SQL for: {', '.join(bare[:5])}")
        count = self.config.repeats if repeats is None else repeats
        draws = [self._draw(question, repeat, seed) for question in questions for repeat in range(count)]
        shown = self._examples(draws, seed, report)
        step = report("rows", len(draws))
        rows, too_long, whole, contained = [], [], 0, 0
        for draw, examples in zip(draws, shown, strict=True):
            free = [one for one in examples if not _contains(one, draw.question)]
            contained += len(examples) - len(free)
            schema, found = self._schema(draw)
            whole += not found
            try:
                rows.append(self._row(draw, schema, self._thinned(free, draw.rng)))
            except BudgetError:
                too_long.append(draw.question.id)
            step(1)
        return Made(tuple(rows), tuple(too_long), whole, contained)

    def _draw(self, question: Question, repeat: int, seed: int) -> Draw:
        rng = random.Random(f"{seed}/{repeat}/{question.db_id}/{question.id}")
        strategy = rng.choice(self.config.strategies)
        return Draw(
            question, repeat, strategy, self.config.shots.draw(rng), self.config.contexts.draw(rng), rng
        )

    def _examples(self, draws: Sequence[Draw], seed: int, report: Report) -> list[list[Example]]:
        """For each row the examples found, best first; rows of one strategy and number are asked together."""
        found: list[list[Example]] = [[] for _ in draws]
        groups: dict[tuple[str, int, int], list[int]] = defaultdict(list)
        for place, draw in enumerate(draws):
            if draw.shots:
                stream = draw.repeat if draw.strategy == "random" else 0
                groups[draw.strategy, stream, draw.shots].append(place)
        step = report("retrieving", sum(map(len, groups.values())))
        for (strategy, stream, shots), places in sorted(groups.items()):
            retriever = self._retriever(strategy, 1_000 * seed + stream)
            candidates = retriever.retrieve([draws[place].question for place in places], shots)
            for place, some in zip(places, candidates, strict=True):
                found[place] = [candidate.example for candidate in some]
            step(len(places))
        return found

    def _retriever(self, strategy: str, seed: int) -> Retriever:
        assert self._index is not None
        if strategy != "random" and strategy in self._deterministic:
            return self._deterministic[strategy]
        config: RetrievalConfig = replace(
            self.config.retrieval, strategy=strategy, seed=seed, filters=self._filters
        )
        made = Retriever(
            self._index,
            config,
            catalog=self._catalog,
            encoder=self._encoder,
            first_pass=self._first,
            same_db=self.config.same_db,
        )
        if strategy != "random":
            self._deterministic[strategy] = made
        return made

    def _schema(self, draw: Draw) -> tuple[Schema, bool]:
        """What the row shows of its schema, and whether that is what was drawn."""
        schema, sql = self._catalog.schema(draw.question.db_id), draw.question.sql or ""
        try:
            if draw.context == "gold":
                return gold(schema, sql), True
            if draw.context == "gold+distractors":
                return gold_with_distractors(schema, sql, draw.rng.getrandbits(64)), True
        except SqlParseError:
            return schema, False
        return schema, True

    def _thinned(self, examples: Sequence[Example], rng: random.Random) -> list[Demonstration]:
        kept = [example for example in examples if rng.random() >= self.config.dropout]
        if self.config.shuffle:
            rng.shuffle(kept)
        return [self._demonstration(example) for example in kept]

    def _row(self, draw: Draw, schema: Schema, shown: Sequence[Demonstration]) -> SftRow:
        question, config = draw.question, self.config.prompt
        matches: Sequence[CellMatch] = ()
        if config.show_values or draw.context == "relevant":
            matches = self._databases.matches(question)
        builder = self._narrow if draw.context == "relevant" else self._builder
        prompt = builder.build(question, schema, shown, matches)
        whole = self._catalog.schema(question.db_id)
        response, form = answer_form(question.sql or "", builder.form, whole)
        return SftRow(
            prompt=prompt.text,
            response=response,
            id=question.id,
            db_id=question.db_id,
            shots=len(prompt.demonstrations),
            context=draw.context,
            sha256=prompt.sha256,
            prompt_tokens=prompt.tokens,
            response_tokens=self._text.count_tokens(prompt.text + response) - prompt.tokens,
            sql=question.sql or "",
            form=form,
            strategy=draw.strategy if draw.shots else "",
            demonstrations=tuple(one.example.id for one in prompt.demonstrations),
            repeat=draw.repeat,
            dropped=sum(map(len, prompt.dropped)),
            content=_content(prompt),
        )


def _content(prompt: Prompt) -> str:
    return prompt.messages[0].content if prompt.messages else ""


def _contains(example: Example, question: Question) -> bool:
    """Whether the gold SQL could be copied out of the example's, letter case and blanks aside."""
    return _plain(question.sql or "") in _plain(example.sql)


@lru_cache(maxsize=65_536)
def _plain(sql: str) -> str:
    return "".join(sql.lower().rstrip("; \n").split())


def _leaving_out(filters: Filters, index: ExampleIndex | None, without: Sequence[str]) -> Filters:
    """The filters without these databases."""
    if index is None or not without:
        return filters
    known = dict.fromkeys(entry.example.db_id for entry in index.entries)
    wanted = filters.db_ids or tuple(known)
    left = tuple(db_id for db_id in wanted if db_id not in set(without))
    if not left:
        raise OptionError("all databases of the index are held out; no demonstration is left to show")
    return replace(filters, db_ids=left)
