"""`nshot pairs add | import | list | show | edit | retract | verify | export`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

import typer

from nshot.cli.command import Command, make_app
from nshot.cli.options.derive import Only, derive_options
from nshot.cli.options.parameters import ColumnOptions, Db, JsonOptions
from nshot.cli.output.console import say, sink, table, visible, write, write_json
from nshot.cli.output.pair import pair_record, print_pair
from nshot.cli.pair_books import open_book, user_name
from nshot.errors import OptionError
from nshot.options import Given, choices, option
from nshot.pipeline import DatabaseConfig, ExampleConfig

if TYPE_CHECKING:
    from nshot.pairs import GateResult

app = make_app(help="Keep verified pairs: questions with checked SQL.", no_args_is_help=True)

Journal = Annotated[Given[ExampleConfig], Only((), ("pairs",))]
Id = Annotated[str, typer.Argument(help="The pair's id, as list shows it.", metavar="ID")]
State = Literal["active", "set_aside", "rejected"]


@dataclass(frozen=True)
class AuthorOptions:
    """Who writes in the journal."""

    EXPLICIT: ClassVar = True

    author: str = option("")
    """Who has checked it. By default your user name."""

    @property
    def name(self) -> str:
        """The author given, else the user."""
        return self.author or user_name()


@dataclass(frozen=True)
class AddOptions(AuthorOptions, JsonOptions):
    """How a pair is added."""

    replace: str = option("")
    """Id of the pair that it replaces."""


@dataclass(frozen=True)
class ImportOptions(AuthorOptions, ColumnOptions):
    """How rows of a file are added."""

    newer: bool = option(False, only_on=True)
    """Let a row replace the pairs that it contradicts."""


@dataclass(frozen=True)
class ListOptions(JsonOptions):
    """Which pairs are listed; checked on construction."""

    search: str = option("")
    """Only pairs that contain this text."""
    state: State | None = option(None)
    """Only pairs in this state."""
    limit: int = option(50)
    """Number of pairs that are shown, the newest; 0 for all."""

    def __post_init__(self) -> None:
        if self.state not in (None, *choices(State)):
            known = ", ".join(choices(State))
            raise OptionError(f"`state` must be one of {known}, got {self.state!r}", option="state")


@dataclass(frozen=True)
class EditOptions(AuthorOptions, JsonOptions):
    """What is changed of a pair."""

    question: str | None = option(None)
    """The new question."""
    sql: str | None = option(None)
    """The new SQL."""


@dataclass(frozen=True)
class VerifyOptions:
    """Which pairs are run."""

    EXPLICIT: ClassVar = True

    everything: bool = option(False, name="all", only_on=True)
    """Run all pairs, not only those whose schema changed."""


@dataclass(frozen=True)
class PairExportOptions:
    """Where pairs are written."""

    EXPLICIT: ClassVar = True

    out: Path | None = option(None)
    """A .csv or .jsonl file. By default CSV to stdout."""


@app.command(cls=Command)
@derive_options
def add(
    question: Annotated[str, typer.Argument(help="The question, as it stands by itself.")],
    sql: Annotated[str, typer.Argument(help="The SQL that you have checked.", metavar="SQL")],
    db: Db,
    databases: DatabaseConfig,
    journal: Journal,
    wanted: AddOptions,
) -> None:
    """Save a pair if it passes the checks.

    Exit status 1 if it was refused or contradicts another pair.
    """
    opened = open_book(journal, databases, db)
    result = opened.book.add(
        question, sql, opened.only_db_id(), author=wanted.name, replace_id=wanted.replace
    )
    _tell(result, as_json=wanted.as_json)


@app.command("import", cls=Command)
@derive_options
def import_(
    file: Annotated[
        Path, typer.Argument(help="CSV, JSON (Spider's, too), JSONL, Parquet, or another journal.")
    ],
    databases: DatabaseConfig,
    journal: Journal,
    wanted: ImportOptions,
    db: Db = "",
) -> None:
    """Save the rows of a file that pass the checks; each row that is left out is named.

    Exit status 1 if no row was added, and not all are there already.
    """
    from nshot.pairs import import_pairs

    opened = open_book(journal, databases, db)
    report = import_pairs(
        opened.book,
        file,
        opened.catalog,
        columns=wanted.column_map(),
        db_id=opened.db_id,
        author=wanted.name,
        newer=wanted.newer,
    )
    for problem in report.problems:
        say(f"left out: {problem}")
    for noun, left in (("refused", report.refused), ("conflict", report.conflicts)):
        for example, reason in left:
            say(f"{noun}: {example.question!r}: {reason}")
    write(
        f"{opened.book.path}: {len(report.added)} of {report.rows} rows added, "
        f"{report.duplicates} there already, "
        f"{len(report.conflicts)} conflicts, {len(report.refused) + len(report.problems)} left out\n"
    )
    if not report.added and (report.duplicates < report.rows or not report.rows):
        raise typer.Exit(1)


@app.command("list", cls=Command)
@derive_options
def list_(
    databases: DatabaseConfig,
    journal: Journal,
    wanted: ListOptions,
    db: Db = "",
) -> None:
    """List pairs, the newest first."""
    opened = open_book(journal, databases, db)
    found = opened.book.list_pairs(
        db_id=opened.db_id or "", text=wanted.search, state=wanted.state, limit=max(wanted.limit, 0)
    )
    if wanted.as_json:
        write_json([pair_record(pair, opened.book.conflicts(pair)) for pair in found.pairs])
        return
    rows = [
        (pair.id, pair.db_id, pair.state, pair.question, pair.sql, pair.author, pair.time[:10])
        for pair in found.pairs
    ]
    if rows:
        table(("id", "db", "state", "question", "SQL", "author", "saved"), rows)
    say(f"{len(rows)} of {found.total} pairs ({opened.book.path})")
    if not rows and not db:
        say("pairs of a database of your own: --db FILE")


@app.command(cls=Command)
@derive_options
def show(pair_id: Id, databases: DatabaseConfig, journal: Journal, output: JsonOptions, db: Db = "") -> None:
    """Show one pair with everything that is known about it."""
    book = open_book(journal, databases, db).book
    pair = book.get(pair_id)
    print_pair(pair, book.conflicts(pair), as_json=output.as_json)


@app.command(cls=Command)
@derive_options
def edit(
    pair_id: Id,
    databases: DatabaseConfig,
    journal: Journal,
    wanted: EditOptions,
    db: Db = "",
) -> None:
    """Put an edited pair in place of a pair; it has a new id."""
    if wanted.question is None and wanted.sql is None:
        raise OptionError("give `question`, `sql` or both")
    book = open_book(journal, databases, db).book
    result = book.edit(pair_id, question=wanted.question, sql=wanted.sql, author=wanted.name)
    _tell(result, as_json=wanted.as_json)


@app.command(cls=Command)
@derive_options
def retract(
    ids: Annotated[list[str], typer.Argument(help="Ids of pairs, as list shows them.", metavar="ID")],
    databases: DatabaseConfig,
    journal: Journal,
    wanted: AuthorOptions,
    db: Db = "",
) -> None:
    """Take pairs out: they are never shown or reused again."""
    book = open_book(journal, databases, db).book
    for one in ids:
        book.get(one)  # all are known before one is taken out
    for one in dict.fromkeys(ids):
        question = book.retract(one, author=wanted.name).question
        write(f"retracted {one}: {visible(question)}\n")


@app.command(cls=Command)
@derive_options
def verify(
    databases: DatabaseConfig,
    journal: Journal,
    wanted: VerifyOptions,
    db: Db = "",
) -> None:
    """Run pairs again after a change of the schema, and prove that journal and index agree.

    Pairs that do not run are set aside; those that run again are restored. Exit status 1 if journal
    and index differ.
    """
    from nshot.retrieval import LivePairs

    opened = open_book(journal, databases, db)
    found = opened.book.verify(opened.db_id or "", everything=wanted.everything)
    named = (("set aside", found.set_aside), ("restored", found.restored), ("not run", found.unknown))
    for what, pairs in named:
        for pair in pairs:
            say(f"{what}: {pair.id} {pair.question!r}" + (f": {pair.reason}" if pair.reason else ""))
    check = LivePairs(None, opened.book, opened.catalog).verify()
    for what, ids in (("not in the index", check.missing), ("in the index, but not active", check.surplus)):
        for one in ids:
            say(f"{what}: {one}")
    agree = "agree" if check.is_equal else "DIFFER"
    write(
        f"{opened.book.path}: {found.checked} pairs run, {len(found.set_aside)} set aside, "
        f"{len(found.restored)} restored; journal and index of {check.active} active pairs {agree}\n"
    )
    if not check.is_equal:
        raise typer.Exit(1)


@app.command(cls=Command)
@derive_options
def export(
    databases: DatabaseConfig,
    journal: Journal,
    wanted: PairExportOptions,
    db: Db = "",
) -> None:
    """Write the active pairs as a pool: what index build, --pairs and other tools read."""
    from nshot.pairs import export_pairs

    opened = open_book(journal, databases, db)
    pairs = [pair for pair in opened.book.active() if opened.db_id in (None, pair.db_id)]
    out = wanted.out
    text = export_pairs(pairs, ".csv" if out is None or str(out) == "-" else out.suffix.lower())
    with sink(out) as file:
        file.write(text)
    say(f"{len(pairs)} pairs")


def _tell(result: GateResult, *, as_json: bool) -> None:
    """What became of a pair; status 1 if it is not there now."""
    if as_json:
        shown = None if result.pair is None else pair_record(result.pair)
        conflicts = [pair_record(pair) for pair in result.conflicts]
        write_json(
            {"outcome": result.outcome, "pair": shown, "conflicts": conflicts, "reason": result.reason}
        )
    elif result.pair is not None:
        write(f"{'added' if result.outcome == 'added' else 'there already'}: {result.pair.id}\n")
    else:
        say(f"{result.outcome}: {result.reason}")
        for pair in result.conflicts:
            say(f"  {pair.id}: {pair.sql}  (to replace it: --replace {pair.id})")
    if result.pair is None:
        raise typer.Exit(1)
