"""The database that `nshot ask` asks, with its pipeline; a session may exchange it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from nshot.cli.answer_log import is_off, log_answer
from nshot.cli.asking import answer_question
from nshot.cli.options.answer import AnswerOptions
from nshot.cli.output.answer import print_answer
from nshot.cli.output.console import count_of, say
from nshot.cli.output.conversation import Conversation
from nshot.cli.output.keeping import Keeping
from nshot.cli.pair_books import user_name, with_journal
from nshot.cli.wiring import check_shown, live_text, with_index
from nshot.errors import DataError, OptionError
from nshot.options import Given
from nshot.pipeline import StandAlone, add_labels, index_pair_file, make_pipeline, today, understand

if TYPE_CHECKING:
    from nshot.data import Catalog
    from nshot.generation import Engine, ModelSettings
    from nshot.pipeline import Pipeline, PipelineConfig
    from nshot.types import Prediction, Rows, Schema, Turn


class AskedDatabase:
    """One database, asked with one model; see `nshot.cli.output.session.SessionDatabase`."""

    def __init__(
        self,
        config: PipelineConfig,
        settings: ModelSettings,
        catalog: Catalog,
        db: str,
        *,
        texts: Sequence[str] = (),
        options: AnswerOptions | None = None,
    ) -> None:
        """
        Args:
            config: As given; the examples of the database are added.
            settings: The resolved settings of the model.
            catalog: Gets the database.
            db: The database, as `Catalog.include` takes it.
            texts: All questions, if they are known; without any, pairs can be saved.
            options: How answers are shown.
        """
        self._config, self._settings, self._catalog, self._db = config, settings, catalog, db
        self._texts, self._options = texts, options or AnswerOptions()
        self._log = self._options.log and not is_off()
        self._engine: Engine | None = None
        self.db_id = catalog.include(db).db_id
        check_shown(catalog, [self.db_id], settings)
        self.pipeline = self._open(db)
        self._conversation = Conversation(self._understand, self._answer)

    @property
    def schema(self) -> Schema:
        return self.pipeline.databases.schema(self.db_id)

    @property
    def is_session(self) -> bool:
        """Whether questions come one by one."""
        return not self._texts

    def answer(self, text: str) -> Prediction:
        if self.is_session:
            return self._conversation.ask(text)
        return self._answer(StandAlone(text))

    def answer_in_words(self, text: str) -> Prediction:
        return self._conversation.ask_in_words(text)

    def forget(self) -> None:
        self._conversation.forget()

    def _understand(self, text: str, turns: Sequence[Turn]) -> StandAlone:
        return understand(text, self.db_id, turns, self.pipeline.databases)

    def _answer(self, alone: StandAlone) -> Prediction:
        options = self._options
        live = live_text(self.pipeline.decoding, rated=self.pipeline.confidence is not None)
        on_text = None if options.as_json or options.rows_as else live
        question = alone.question(self.db_id, options.evidence, today())
        prediction = answer_question(self.pipeline, question, on_text=on_text, cancellable=self.is_session)
        if self._log:
            try:
                log_answer(prediction, self.pipeline.engine.name)
            except DataError as error:
                say(f"note: {error}")
                self._log = False
        return prediction

    def show(self, prediction: Prediction) -> None:
        options = self._options
        rows = prediction.rows
        if options.labels and rows is not None:
            rows = add_labels(rows, prediction.sql, self.schema, self.run)
            first, *others = prediction.attempts
            prediction = replace(prediction, attempts=(replace(first, rows=rows), *others))
        how = self._settings if options.show_prompt else None
        print_answer(
            prediction,
            limit=options.limit,
            how=how,
            as_json=options.as_json,
            rows_as=options.rows_as,
            left_out=self._catalog.left_out(self.db_id) if options.as_json else (),
        )

    def run(self, sql: str) -> Rows:
        from nshot.databases import execute

        source = self._catalog.path(self.db_id)
        if source is None:
            raise OptionError(
                f"only the schema of {self.db_id} is known, so no SQL can be run; give its file or URL (`db`)"
            )
        execution = self._config.execution
        return execute(source, sql, timeout=execution.timeout, max_rows=execution.max_rows)

    def change_shots(self, shots: int) -> None:
        given = self._config.settings
        values = {name: value for name, value in given.values.items() if name != "own_shots"}
        settings = Given(given.kind, {**values, "shots": shots}, given.soft)
        config = replace(self._config, settings=settings)
        before = self._config, self._settings
        self._config, self._settings = config, config.check()
        self._change(lambda: self._open(self._db), before)

    def change_db(self, db: str) -> None:
        db_id = self._catalog.include(db).db_id
        check_shown(self._catalog, [db_id], self._settings)
        before, was = (self._config, self._settings), (self._db, self.db_id)
        self._db, self.db_id = db, db_id
        try:
            self._change(lambda: self._open(db), before)
            self._conversation.forget()
        except Exception:
            self._db, self.db_id = was
            raise

    def _change(self, make: Callable[[], Pipeline], before: tuple[PipelineConfig, ModelSettings]) -> None:
        """Another pipeline; if it cannot be made, all stays as it was."""
        try:
            self.pipeline = make()
        except Exception:
            self._config, self._settings = before
            raise

    def _open(self, db: str) -> Pipeline:
        from nshot.pairs import PairBook

        config, catalog = self._config, self._catalog
        examples = index_pair_file(config.examples, catalog, self.db_id, note=say)
        config, journal = with_journal(replace(config, examples=examples), catalog, db)
        config = with_index(config, self._settings)
        with_book = config.examples.has_journal or self.is_session
        book = PairBook(journal, catalog) if with_book else None
        if book is not None:
            self.keeping = Keeping(book, user_name())
            if len(book):
                say(f"{count_of(len(book), 'verified pair')} ({journal})")
        if self._engine is None:
            say(f"loading {config.engine.model} ...")
        evidence = self._options.evidence
        asked = [StandAlone(text).question(self.db_id, evidence, today()) for text in self._texts]
        pipeline = make_pipeline(config, engine=self._engine, catalog=catalog, questions=asked, book=book)
        self._engine = pipeline.engine
        return pipeline
