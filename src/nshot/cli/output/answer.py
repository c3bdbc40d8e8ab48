"""Print a prediction, for people or as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from nshot.cli.options.derive import spell_options
from nshot.cli.output.confidence import answer_confidence
from nshot.cli.output.console import out, say, table, visible, write, write_json
from nshot.cli.output.row_formats import RowFormat, json_cell, write_rows
from nshot.pipeline import describe_settings

if TYPE_CHECKING:
    from nshot.generation import ModelSettings
    from nshot.types import Attempt, LeftOut, Prediction, Rows


MOST_WRITTEN = 300
"""Characters of an answer without SQL that are shown, at most."""
MOST_EXAMPLES = 10
"""Examples that are printed with an answer, at most; `--json` has all."""


def print_answer(
    prediction: Prediction,
    *,
    limit: int = 20,
    how: ModelSettings | None = None,
    as_json: bool = False,
    rows_as: RowFormat | None = None,
    left_out: Sequence[LeftOut] = (),
) -> None:
    """Print the examples used, the SQL and the rows; or one JSON value; or only the rows.

    Args:
        prediction: The prediction.
        limit: Most rows that are printed.
        how: The settings of the model, printed together with the prompt; None prints neither.
        as_json: Print JSON.
        rows_as: Print all rows in this form to stdout, and the SQL to stderr.
        left_out: What could not be read of the database; for JSON.
    """
    if as_json:
        write_json(answer_record(prediction, how=how, left_out=left_out))
        return
    if rows_as is not None:
        _print_rows_only(prediction, rows_as)
        return
    _print_examples(prediction)
    if how is not None:
        say(f"asked with {how}")
        write(f"\n{prediction.prompt.text.rstrip()}\n\n")
    if prediction.abstained:
        _print_withheld(prediction)
        return
    if not prediction.sql:
        say(_explain_no_sql(prediction))
        return
    if prediction.reused is not None:
        say(f"{prediction.source}: {prediction.reused.note}")
    print_sql(prediction.sql)
    _print_rows(prediction, limit)
    if prediction.source == "near":
        say(f"the model's own answer: {prediction.attempts[1].sql or 'none'}")
    if sure := answer_confidence(prediction):
        say(sure)
    stages = ", ".join(f"{stage} {seconds:.1f} s" for stage, seconds in prediction.seconds.items())
    tokens = f"{prediction.prompt.tokens} prompt tokens; " if prediction.source != "verified" else ""
    say(f"({tokens}{stages})")


def _print_rows_only(prediction: Prediction, rows_as: RowFormat) -> None:
    chosen = prediction.attempts[0]
    if prediction.abstained:
        _print_withheld(prediction)
        return
    say(prediction.sql or _explain_no_sql(prediction))
    if chosen.rows is not None:
        write_rows(chosen.rows, rows_as)
        if chosen.rows.truncated:
            say(f"the first {len(chosen.rows.rows)} rows; for more: --max-rows")
    elif prediction.sql:
        say(_explain(chosen))


def _explain_no_sql(prediction: Prediction) -> str:
    """Why there is no SQL, and what the model wrote in its place."""
    wrote = " ".join(prediction.completion.text.split())
    if len(wrote) > MOST_WRITTEN:
        wrote = wrote[:MOST_WRITTEN] + " ..."
    said = f"; the model wrote: {wrote}" if wrote else ""
    return f"no SQL: {spell_options(prediction.attempts[0].error)}{said}"


def _print_withheld(prediction: Prediction) -> None:
    """Say why there is no answer, and what it would have been: to stderr, as it is no answer."""
    sure = answer_confidence(prediction) or "its confidence is not known"
    say(f"no answer: {sure}, less than --abstain-below asks for; it would have been:")
    say(prediction.withheld)


def _explain(chosen: Attempt) -> str:
    """Why there are no rows."""
    if chosen.outcome == "untried":
        return "the SQL was not run"
    reported = chosen.error.startswith(f"{chosen.outcome}:")
    cure = "; --timeout gives it more seconds" if chosen.outcome == "timeout" else ""
    return (chosen.error if reported else f"{chosen.outcome}: {chosen.error}") + cure


def _print_examples(prediction: Prediction) -> None:
    used = {demonstration.example.id for demonstration in prediction.prompt.demonstrations}
    rows = [
        (
            f"{c.score:.4f}",
            c.example.question,
            c.example.sql,
            c.why + ("" if prediction.source == "verified" or c.example.id in used else " (dropped)"),
        )
        for c in prediction.candidates[:MOST_EXAMPLES]
    ]
    if rows:
        table(("score", "example", "its SQL", "why"), rows)
    if len(prediction.candidates) > MOST_EXAMPLES:
        say(f"{MOST_EXAMPLES} of {len(prediction.candidates)} examples, {len(used)} in the prompt")


def print_sql(sql: str) -> None:
    """Print SQL in colours, where they can be shown."""
    from rich.syntax import Syntax

    out().print(Syntax(visible(sql), "sql", word_wrap=True, background_color="default"))


def _print_rows(prediction: Prediction, limit: int) -> None:
    chosen = prediction.attempts[0]
    if chosen.outcome == "untried":
        return
    if chosen.rows is None:
        say(_explain(chosen))
        return
    print_rows(chosen.rows, limit)


def print_rows(rows: Rows, limit: int = 20) -> None:
    """Print a result, and how many rows there are if not all are printed.

    Args:
        rows: The result.
        limit: Most rows that are printed.
    """
    table(rows.columns, rows.rows[:limit])
    if not rows.rows:
        say("no rows")
    if rows.truncated or len(rows.rows) > limit:
        more = "more than " if rows.truncated else ""
        cure = "--limit prints more" if len(rows.rows) > limit else "--max-rows reads more"
        say(f"{min(limit, len(rows.rows))} of {more}{len(rows.rows)} rows; {cure}")


def answer_record(
    prediction: Prediction, *, how: ModelSettings | None = None, left_out: Sequence[LeftOut] = ()
) -> dict[str, Any]:
    """The value that `--json` prints; with the prompt and its settings if they are given."""
    chosen = prediction.attempts[0]
    rows = prediction.rows
    return {
        "question": prediction.question.text,
        "db_id": prediction.question.db_id,
        "sql": prediction.sql,
        "source": prediction.source,
        "confidence": prediction.confidence,
        "abstained": prediction.abstained,
        **({"withheld": prediction.withheld} if prediction.abstained else {}),
        **({} if prediction.reused is None else {"note": prediction.reused.note}),
        "outcome": chosen.outcome,
        "error": chosen.error,
        "columns": rows.columns if rows else [],
        "rows": [[json_cell(cell) for cell in row] for row in rows.rows] if rows else [],
        "truncated": bool(rows and rows.truncated),
        "completion": prediction.completion.text,
        "examples": [
            {
                "id": c.example.id,
                "db_id": c.example.db_id,
                "question": c.example.question,
                "sql": c.example.sql,
            }
            | {"score": c.score, "why": c.why}
            for c in prediction.candidates
        ],
        "prompt_sha256": prediction.prompt.sha256,
        "prompt_tokens": prediction.prompt.tokens,
        "dropped": prediction.prompt.dropped._asdict(),
        "left_out": [one._asdict() for one in left_out],
        "seconds": prediction.seconds,
        **({"asked": describe_settings(how), "prompt": prediction.prompt.text} if how else {}),
    }
