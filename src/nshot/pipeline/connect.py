"""Ask a database from Python, in one call: `nshot.connect("shop.sqlite", pairs="pairs.csv")`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nshot.errors import OptionError
from nshot.pipeline.assemble import make_pipeline
from nshot.pipeline.config import PipelineConfig
from nshot.pipeline.databases.shown_schema import check_shown_schema
from nshot.pipeline.followup import StandAlone, understand
from nshot.pipeline.pair_file import index_pair_file
from nshot.pipeline.work import today
from nshot.types import Prediction, Schema, Turn

if TYPE_CHECKING:
    from nshot.pipeline.pipeline import Pipeline


class Connection:
    """One database, the examples for it and a loaded model; `ask` answers one question at a
    time."""

    def __init__(self, pipeline: Pipeline, db_id: str) -> None:
        """
        Args:
            pipeline: Retrieval, prompt builder, model and sandbox.
            db_id: The database.
        """
        self.pipeline, self.db_id = pipeline, db_id

    @property
    def schema(self) -> Schema:
        """The tables, columns and keys of the database."""
        return self.pipeline.databases.schema(self.db_id)

    def ask(
        self, question: str, *, evidence: str = "", history: Sequence[Prediction | Turn] = ()
    ) -> Prediction:
        """The SQL for a question, its rows, and the examples that were shown to the model.

        Errors in the SQL raise nothing: `attempts[0].outcome` and `attempts[0].error` describe
        them.

        Args:
            question: The question in natural language.
            evidence: A hint for the model, such as the meaning of a word in this database.
            history: Earlier answers of the conversation, the latest last. A follow-up question such
                as "only those from France" is put so that it stands alone: see `question.text` of
                the answer. To have it in other words, ask those without a history.

        Raises:
            OptionError: The question is empty, or no text.
            EngineError: The model fails.
        """
        if not isinstance(question, str):
            raise OptionError(f"the question must be text, got {question!r}")
        if not question.strip():
            raise OptionError("the question is empty; write what you want to know")
        alone = self.understand(question, history)
        return self.pipeline.ask(alone.question(self.db_id, evidence, today()))

    def understand(self, question: str, history: Sequence[Prediction | Turn]) -> StandAlone:
        """How `ask` would put a follow-up question, without asking the model.

        Args:
            question: The question.
            history: As in `ask`.
        """
        turns = [Turn(one.question.text, one.sql) if isinstance(one, Prediction) else one for one in history]
        return understand(question, self.db_id, turns, self.pipeline.databases)


def connect(database: str | Path, *, pairs: str | Path | None = None, **options: Any) -> Connection:
    """Open a database, index your verified pairs, and load the model.

    Args:
        database: A file, a SQLAlchemy URL, or the name of a database of the sample or of
            `databases`.
        pairs: A journal of verified pairs (`.jsonl`, made when the first one is saved), or a file
            of solved questions (question, sql, db_id) as CSV, JSON, JSONL or Parquet; rows that
            name no database are of this one. The index of a file is kept in the cache until the
            file changes; a warning lists the rows to check when it is built. Without pairs,
            examples come from `index`, or from the sample.
        **options: Options of the pipeline by their names on the command line: `model`, `shots`,
            `strategy`, `beams` ... See `nshot ask --help-all`.

    Returns:
        The connection. Its `ask` may be called again and again.

    Raises:
        DatabaseNotFoundError: There is no such database.
        PoolError: The file of pairs has no row that can be used.
        UnknownNameError: There is no such option.
        EngineError: The model cannot be loaded.
        OptionError: A table of `only_tables` is not there.
    """
    if pairs is not None:
        options["pairs"] = Path(pairs)
    config = PipelineConfig.of(**options)
    catalog = config.databases.catalog()
    found = catalog.include(str(database))
    check_shown_schema(found.schema, config.resolve().prompt)
    db_id = found.db_id
    config = replace(config, examples=index_pair_file(config.examples, catalog, db_id))
    return Connection(make_pipeline(config, catalog=catalog), db_id)
