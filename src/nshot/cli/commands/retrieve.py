"""`nshot retrieve`: the examples for one question, or for a file of them."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nshot.artifacts import check_not_read, check_replaceable, recognise_lines
from nshot.cli.options.derive import Without, derive_options, make_config
from nshot.cli.options.parameters import ColumnOptions, Db, check_question_text
from nshot.cli.output.console import say, sink, table, write_json
from nshot.cli.wiring import index_folder, report_missing_first_pass
from nshot.errors import DatabaseNotFoundError, DataError, OptionError
from nshot.options import Given, option
from nshot.pipeline import DatabaseConfig, ExampleConfig, index_pair_file

if TYPE_CHECKING:
    from nshot.data import Catalog
    from nshot.types import Candidate, Question


IS_CANDIDATES = recognise_lines("question", "db_id", "candidates")
"""Whether a file holds the candidates of questions."""


@dataclass(frozen=True, kw_only=True)
class RetrieveOptions(ColumnOptions):
    """For which questions examples are found, and what is printed."""

    k: int = option(5, short=("-k",))
    """How many examples are shown for a question."""
    questions: Path | None = option(None)
    """In place of one question: a file of questions, as predict takes it."""
    out: Path | None = option(None)
    """With `questions`: output file, JSONL, one line per question. By default stdout."""
    as_json: bool = option(False, name="json", only_on=True)
    """Print JSON instead of a table."""


@derive_options
def retrieve(
    databases: DatabaseConfig,
    options: Annotated[Given[ExampleConfig], Without(("reuse",))],
    wanted: RetrieveOptions,
    question: Annotated[str | None, typer.Argument(help="The question; or give a file: --questions.")] = None,
    db: Db = "",
) -> None:
    """Show the examples that would be put before a question."""
    from nshot.types import Question

    questions, out = wanted.questions, wanted.out
    if (question is None) == (questions is None):
        raise OptionError("give either a question or --questions FILE")
    if question is not None and out is not None:
        raise OptionError("--out goes with --questions; use --json and the shell's > for one question")
    config = options.drop_idle(make_config)
    catalog = databases.catalog(say)
    config = index_pair_file(config, catalog, _db_id(catalog, db) or None, note=say)
    if config.pairs is None:
        config = replace(config, index=index_folder(config.index))
    book = config.open_book(catalog)
    if questions is not None and wanted.as_json:
        raise OptionError("--questions gives JSONL by itself; leave --json out")
    if questions is not None:
        from nshot.data import read_questions

        if out is not None and out.is_file():
            check_not_read(out, (questions, config.first_pass), "out")
            check_replaceable(out, IS_CANDIDATES)
        default = _db_id(catalog, db) or None
        asked = read_questions(questions, wanted.column_map(), db_id=default)
        if not asked:
            raise DataError(f"{questions} has no questions; give another file")
        retriever = config.retriever(catalog, asked, book=book)
        found = retriever.retrieve(asked, wanted.k)
        with sink(out, IS_CANDIDATES) as file:
            for one, candidates in zip(asked, found, strict=True):
                file.write(json.dumps(_record(one, candidates), ensure_ascii=False) + "\n")
        say(f"{len(asked)} questions, {sum(map(len, found))} candidates")
        report_missing_first_pass(retriever)
        return
    asked = [Question(check_question_text(question or ""), _db_id(catalog, db))]
    retriever = config.retriever(catalog, asked, book=book)
    (candidates,) = retriever.retrieve(asked, wanted.k, live=True)
    report_missing_first_pass(retriever)
    if wanted.as_json:
        write_json(_record(asked[0], candidates, why=True))
    else:
        show(candidates)


def _db_id(catalog: Catalog, db: str) -> str:
    """The id of the given database; an id that only the index may know is passed to the
    retriever."""
    if not db or catalog.path(db) is not None:
        return db
    try:
        return catalog.include(db).db_id
    except DatabaseNotFoundError as error:
        say(f"note: {error}")
        return db


def show(candidates: list[Candidate]) -> None:
    """Print the candidates as a table, best first."""
    rows = [
        (rank, f"{c.score:.4f}", c.example.db_id, c.example.question, c.example.sql, c.why)
        for rank, c in enumerate(candidates, start=1)
    ]
    if not rows:
        say("no example is left by the filters, the lowest score and the rule of --same-db")
        return
    table(("#", "score", "db", "question", "SQL", "why"), rows)


def _record(question: Question, candidates: list[Candidate], why: bool = False) -> dict[str, Any]:
    return {
        "id": question.id,
        "question": question.text,
        "db_id": question.db_id,
        "candidates": [
            {
                "id": c.example.id,
                "db_id": c.example.db_id,
                "question": c.example.question,
                "sql": c.example.sql,
                "score": c.score,
                "rank": rank,
                **({"why": c.why} if why else {}),
            }
            for rank, c in enumerate(candidates, start=1)
        ],
    }
