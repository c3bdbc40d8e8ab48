"""Ask a database from Python, in one call: `nshot.connect("shop.sqlite", pairs="pairs.csv")`."""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nshot.errors import OptionError
from nshot.pipeline.config import PipelineConfig, make_pipeline
from nshot.types import Prediction, Problem, Question, Schema

if TYPE_CHECKING:
    from nshot.data import Catalog
    from nshot.pipeline.pipeline import Pipeline

SHOTS = 3
"""Examples in a prompt if pairs are given and the number is not."""
SHOWN_PROBLEMS = 5
"""Rows of a file of pairs that a warning lists at most."""


class Connection:
    """One database, the examples for it and a loaded model; `ask` answers one question at a time."""

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

    def ask(self, question: str, *, evidence: str = "") -> Prediction:
        """The SQL for a question, its rows, and the examples that were shown to the model.

        Errors in the SQL raise nothing: `attempts[0].outcome` and `attempts[0].error` describe them.

        Args:
            question: The question in natural language.
            evidence: A hint for the model, such as the meaning of a word in this database.

        Raises:
            OptionError: The question is empty, or no text.
            EngineError: The model fails.
        """
        if not isinstance(question, str):
            raise OptionError(f"the question must be a text, got {question!r}")
        if not question.strip():
            raise OptionError("the question is empty; write what you want to know")
        return self.pipeline.ask(Question(question, self.db_id, evidence=evidence))


def connect(database: str | Path, *, pairs: str | Path | None = None, **options: Any) -> Connection:
    """Open a database, index your verified pairs, and load the model.

    Args:
        database: A file, a SQLAlchemy URL, or the name of a database of the sample or of `databases`.
        pairs: File of solved questions (question, sql, db_id): CSV, JSON, JSONL or Parquet; rows that name
            no database are of this one. Their index is kept in the cache until the file changes; a warning
            lists the rows to check when it is built. Without pairs, examples come from `index`, or from the
            sample.
        **options: Options of the pipeline by their names on the command line: `model`, `shots`, `strategy`,
            `beams` ... See `nshot ask --help-all`.

    Returns:
        The connection. Its `ask` may be called again and again.

    Raises:
        DatabaseNotFoundError: There is no such database.
        PoolError: The file of pairs has no row that can be used.
        UnknownNameError: There is no such option.
        EngineError: The model cannot be loaded.
    """
    if pairs is not None:
        if "index" in options:
            raise OptionError("give either `pairs` or `index`, not both", option="index")
        options = {"shots": SHOTS, **options}
    config = PipelineConfig.of(**options)
    catalog = config.databases.catalog()
    db_id = catalog.include(str(database)).db_id
    if pairs is not None:
        index = _index_of(Path(pairs), catalog, db_id)
        config = replace(config, examples=replace(config.examples, index=index))
    return Connection(make_pipeline(config, catalog=catalog), db_id)


def _index_of(pairs: Path, catalog: Catalog, db_id: str) -> Path:
    """The folder of the index of a file of pairs; it is built if it is not in the cache."""
    from nshot import __version__
    from nshot.artifacts import cache_folder
    from nshot.data import read_pool
    from nshot.errors import FileMissingError, PoolError
    from nshot.retrieval import IndexConfig, build_index

    if not pairs.is_file():
        raise FileMissingError("file of pairs", pairs, "give a CSV, JSON, JSONL or Parquet file")
    key = hashlib.sha256(repr((__version__, db_id, catalog.schema(db_id))).encode() + pairs.read_bytes())
    folder = cache_folder() / f"pairs-{key.hexdigest()[:16]}"
    if not (folder / "manifest.json").is_file():
        report = read_pool(str(pairs), catalog=catalog, db_id=db_id)
        if not report.examples:
            raise PoolError(f"{pairs} holds no pair that can be used", report.problems)
        _warn_of_rows(pairs, [*report.problems, *report.notes])
        build_index(folder, report.examples, catalog, IndexConfig("allow"))
    return folder


def _warn_of_rows(pairs: Path, problems: Sequence[Problem]) -> None:
    """Warn about rows that are left out, or whose SQL the database rejects."""
    if problems:
        lines = "\n".join(f"  {problem}" for problem in problems[:SHOWN_PROBLEMS])
        more = f"\n  and {len(problems) - SHOWN_PROBLEMS} more" if len(problems) > SHOWN_PROBLEMS else ""
        warnings.warn(f"{pairs}: check {len(problems)} rows:\n{lines}{more}", stacklevel=4)
