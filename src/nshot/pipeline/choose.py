"""Choose the prediction among several candidates: by the model's order, by execution, or by a
vote."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal, get_args

from nshot.errors import OptionError, SqlError, UnknownNameError
from nshot.generation import Cancellation, answer_sql
from nshot.options import Switch, check_least, check_seconds, option
from nshot.prompting import restore_names
from nshot.types import Attempt, Completion, Form, Prompt, Rows, Schema

Way = Literal["first", "guided", "vote"]
WAYS: tuple[Way, ...] = get_args(Way)
_GUIDED = Switch("guided", "execute_guided", "Of several `candidates`, take the first that runs.")
_VOTE = Switch(
    "vote",
    "vote",
    "Of several `candidates`, take one with the result that most of them return (self-consistency).",
)


@dataclass(frozen=True, slots=True)
class Execution:
    """How the prediction is chosen, and the limits of executing SQL; checked on construction."""

    PANEL: ClassVar = "Execution"

    way: Way = option("first", name="choose", switches=(_GUIDED, _VOTE))
    """Of several candidates, take the first that runs (guided) or the result that most of them
    return (vote: self-consistency). By default the most probable."""
    enabled: bool = option(True, name="execute")
    """Run the SQL, read-only and within limits. If off, a guided choice takes the first that
    parses.
    """
    timeout: float = option(10.0)
    """Seconds that one SQL statement may take."""
    max_rows: int = option(1000)
    """Maximum number of rows that are read of a result."""
    run_all: bool = option(False, needs=("execute", (True,)))
    """Run all `candidates`, not only those that the choice needs. A confidence needs it, and
    switches it on."""
    repair: bool = option(False)
    """If the SQL does not run, show the model the database's message and let it try once more."""

    def __post_init__(self) -> None:
        if self.way not in WAYS:
            raise UnknownNameError("way to choose", self.way, WAYS)
        check_seconds("timeout", self.timeout)
        check_least("max_rows", self.max_rows)
        if self.repair and not self.enabled:
            raise OptionError(
                "`repair` needs the database's message, so SQL has to be executed; "
                "leave it out, or give `execute`",
                option="repair",
            )
        if self.way == "vote" and not self.enabled:
            raise OptionError(
                "`vote` compares results, so SQL has to be executed; leave it out, or give `execute`"
            )


def choose(
    completions: Sequence[Completion],
    database: str | Path | None,
    *,
    schema: Schema | None = None,
    execution: Execution | None = None,
    stop: Sequence[str] = (),
    form: Form = "written",
    prompt: Prompt | None = None,
    cancellation: Cancellation | None = None,
) -> tuple[Attempt, ...]:
    """All candidates with their outcome, the chosen one first; the others keep the engine's order.

    - `first`: the best completion is chosen, and only this one is executed.
    - `guided`: candidates are executed in the engine's order until one runs (an empty result counts
      as running); the rest is `untried`.
    - `vote`: all candidates are executed. The result returned by most of them wins, and its
      best-ranked candidate is chosen; ties go to the result whose best candidate ranks higher.
      Results are equal if they have the same rows with the same counts, in any order.

    With `run_all`, all candidates are executed in every way.

    Candidates with the same normalised SQL are executed once and share the outcome. If none runs,
    the first one that contains any SQL is chosen. Without a database, `guided` takes the first that
    parses.

    Args:
        completions: At least one, best first.
        database: A SQLite file or a SQLAlchemy URL; None executes nothing.
        schema: The schema for parsing and normalising.
        execution: How to choose, and the limits.
        stop: Stop strings for extracting the SQL.
        form: The form in which the completions are written; an attempt's `sql` is SQL whatever the
            form.
        prompt: What the completions answer, if it shows names in another spelling.
        cancellation: Stops the statement that runs; what was not run by then is not run, either.
    """
    execution = execution or Execution()
    if prompt is None or not prompt.names:
        prompt = Prompt("", schema=schema)
    candidates = [
        (_for_database(read_answer(one.text, prompt, form, stop), form, schema), one) for one in completions
    ]
    runnable = database if execution.enabled else None
    attempts = _WAYS[execution.way](candidates, _trial(runnable, schema, execution, cancellation))
    at = _find_preferred(attempts, execution.way)
    return (attempts[at], *attempts[:at], *attempts[at + 1 :])


def is_same_sql(one: str, other: str, schema: Schema | None) -> bool:
    """Whether two statements are the same in their normal form; that form is SQLite's, and
    elsewhere letter case or quotes may tell two statements apart."""
    return _sql_key(one, schema) == _sql_key(other, schema)


def _sql_key(sql: str, schema: Schema | None) -> str:
    from nshot.sql import normalise

    return normalise(sql, schema) if schema is None or schema.dialect == "sqlite" else sql.strip()


def _for_database(sql: str, form: Form, schema: Schema | None) -> str:
    """The SQL in the dialect of the database, with its own spelling of names.

    Models that write a form learned it from SQL of SQLite.
    """
    from nshot.sql import translate, use_own_letters

    if schema is None or not sql:
        return sql
    own = use_own_letters(sql, schema)
    return own if form == "written" else use_own_letters(translate(own, schema), schema)


def read_answer(text: str, prompt: Prompt, form: Form, stop: Sequence[str]) -> str:
    """The SQL of a completion, with the database's own names; "" if none.

    Args:
        text: The completion.
        prompt: Says which schema and which names the model was shown.
        form: What the completion is written in.
        stop: Strings at which the answer is over.
    """
    sql = answer_sql(text, stop, form, prompt.schema)
    return restore_names(sql, prompt.names, prompt.schema.dialect if prompt.schema else "sqlite")


Candidates = Sequence[tuple[str, Completion]]
Outcome = tuple[str, str, Rows | None]
Trial = Callable[[str, bool], Outcome]
"""(sql, must it be tried) -> outcome, error, rows."""


def _first(candidates: Candidates, trial: Trial) -> list[Attempt]:
    return [_attempt(*candidate, trial, wanted=at == 0) for at, candidate in enumerate(candidates)]


def _try_in_order(candidates: Candidates, trial: Trial) -> list[Attempt]:
    attempts: list[Attempt] = []
    for candidate in candidates:
        wanted = not any(_good(attempt) for attempt in attempts)
        attempts.append(_attempt(*candidate, trial, wanted=wanted))
    return attempts


def _vote(candidates: Candidates, trial: Trial) -> list[Attempt]:
    return [_attempt(*candidate, trial, wanted=True) for candidate in candidates]


_WAYS: dict[str, Callable[[Candidates, Trial], list[Attempt]]] = {
    "first": _first,
    "guided": _try_in_order,
    "vote": _vote,
}


def _attempt(sql: str, completion: Completion, trial: Trial, *, wanted: bool) -> Attempt:
    if completion.finish == "error":
        return Attempt(sql, completion, "failed", completion.error)
    if not sql:
        return Attempt(sql, completion, "empty", f"the completion contains no SQL{_cut_message(completion)}")
    outcome, error, rows = trial(sql, wanted)
    error = f"{error}{_cut_message(completion)}" if error else error
    return Attempt(sql, completion, outcome, error, rows)  # type: ignore[arg-type]


def _cut_message(completion: Completion) -> str:
    """A note that the completion was cut off; empty if it was not."""
    if completion.finish != "length":
        return ""
    return f"; the model was cut off after {completion.tokens} tokens: allow more by max_new_tokens"


def _trial(
    database: str | Path | None,
    schema: Schema | None,
    execution: Execution,
    cancellation: Cancellation | None,
) -> Trial:
    """A function that executes each distinct SQL once or, without a database, parses it."""
    known: dict[str, Outcome] = {}

    def trial(sql: str, wanted: bool) -> Outcome:
        wanted = wanted or execution.run_all
        same = _sql_key(sql, schema)
        if same not in known and wanted:
            if database is None:
                known[same] = _parse(sql, schema) if execution.way == "guided" else ("untried", "", None)
            else:
                known[same] = _execute(database, sql, schema, execution, cancellation)
        return known.get(same, ("untried", "", None))

    return trial


def _execute(
    database: str | Path,
    sql: str,
    schema: Schema | None,
    execution: Execution,
    cancellation: Cancellation | None,
) -> Outcome:
    from nshot.databases import execute

    on_cancel = None if cancellation is None else cancellation.calling
    try:
        rows = execute(
            database, sql, timeout=execution.timeout, max_rows=execution.max_rows, on_cancel=on_cancel
        )
    except SqlError as error:
        kind = error.kind
        if kind == "error":
            kind = "unparsed" if _parse(sql, schema)[0] == "unparsed" else "error"
        return kind, str(error), None
    return "ok", "", rows


def _parse(sql: str, schema: Schema | None) -> Outcome:
    from nshot.sql import parse

    try:
        parse(sql, schema, schema.dialect if schema else "sqlite")
    except SqlError as error:
        return error.kind, str(error), None
    return "untried", "", None


def _good(attempt: Attempt) -> bool:
    return attempt.outcome in ("ok", "untried")


def _find_preferred(attempts: Sequence[Attempt], way: str) -> int:
    if way == "vote":
        ballots: dict[object, list[int]] = {}
        for at, attempt in enumerate(attempts):
            if attempt.outcome == "ok" and attempt.rows is not None:
                ballots.setdefault(result_key(attempt.rows), []).append(at)
        if ballots:
            return max(ballots.values(), key=lambda places: (len(places), -places[0]))[0]
    if way == "guided":
        for wanted in ("ok", "untried"):
            for at, attempt in enumerate(attempts):
                if attempt.outcome == wanted:
                    return at
    return next((at for at, attempt in enumerate(attempts) if attempt.sql), 0)


def result_key(rows: Rows) -> object:
    """A value that is the same for equal results: the same rows with the same counts, in any
    order."""
    return len(rows.columns), tuple(sorted(map(repr, rows.rows))), rows.truncated
