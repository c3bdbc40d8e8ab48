"""Print verdicts of an evaluation as tables, JSON and JSONL."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from nshot.cli.options.derive import spell_options
from nshot.cli.options.judging import IS_VERDICTS, JudgingOptions
from nshot.cli.output.confidence import confidence_lines
from nshot.cli.output.console import say, sink, table, write, write_json
from nshot.eval import (
    Summary,
    count_disagreements,
    disagreements,
    judge_all_ways,
    record,
    report_run,
    summarise,
    verdict_record,
    write_comparison,
)
from nshot.eval.official_layout import official_layout

if TYPE_CHECKING:
    from nshot.eval import Disagreement, Evaluator, JudgedAnswers
    from nshot.types import Question, Verdict


class Compared(NamedTuple):
    """The verdicts of every way to judge, and where they differ."""

    verdicts: dict[str, Sequence[Verdict]]
    found: list[Disagreement]


def compare_modes(
    evaluator: Evaluator, questions: Sequence[Question], sqls: Sequence[str], judged: Sequence[Verdict]
) -> Compared:
    """The same predictions judged in every way."""
    verdicts = judge_all_ways(evaluator, questions, sqls, judged)
    return Compared(verdicts, disagreements(verdicts))


def write_verdicts(out: Path, judged: Sequence[Verdict], compared: Compared | None) -> None:
    """Write JSONL, one line per question in order; the file is written atomically."""
    with sink(out, IS_VERDICTS) as file:
        for verdict in judged:
            line = verdict_record(verdict)
            if compared is not None:
                line["modes"] = record(compared.verdicts, verdict.index)
                line["disagreements"] = [
                    {"passes": one.yes, "fails": one.no, "why": one.why}
                    for one in compared.found
                    if one.row == verdict.index
                ]
            file.write(_unicode(json.dumps(line, ensure_ascii=False)) + "\n")


def _unicode(text: str) -> str:
    """The text with lone surrogates escaped, because no file can contain them; JSON reads them
    back.
    """
    return text.encode("utf-8", "backslashreplace").decode()


def write_report(
    folder: Path, name: str, evaluator: Evaluator, questions: Sequence[Question], judged: JudgedAnswers
) -> None:
    """Write the page of one run.

    Args:
        folder: Gets results.json, report.md and report.html.
        name: The run's name.
        evaluator: Judged it.
        questions: With gold SQL.
        judged: Their verdicts and confidences.
    """
    config = evaluator.config
    info = {
        "date": datetime.now(UTC).date().isoformat(),
        "questions": f"{len(questions):,} of {len({one.db_id for one in questions}):,} databases",
        "judged": config.mode,
        **{key: str(value) for key, value in config.options().items()},
    }
    schemas = evaluator.databases.schemas(one.db_id for one in questions)
    comparison = report_run(name, questions, judged.verdicts, schemas, info)
    found = replace(comparison, confidence=judged.confidence, answered=judged.answered)
    write_comparison(found, folder)
    say(f"written to {folder}: results.json, report.md, report.html")


def publish(
    evaluator: Evaluator,
    judged: JudgedAnswers,
    compared: Compared | None,
    output: JudgingOptions,
    *,
    seconds: float,
) -> None:
    """Write the verdicts and print the totals, according to the options."""
    if output.out is not None:
        write_verdicts(output.out, judged.verdicts, compared)
    if str(output.out) == "-":
        return
    if output.layout == "official":
        write(_unicode(official_layout(judged.verdicts, evaluator.config, output.etype)))
    elif output.as_json:
        write_json(totals(evaluator, judged, compared, seconds))
    else:
        print_totals(evaluator, judged, partial=output.partial, seconds=seconds)
        if compared is not None:
            print_disagreements(compared)


def totals(
    evaluator: Evaluator, judged: JudgedAnswers, compared: Compared | None, seconds: float
) -> dict[str, Any]:
    """All printed totals, as values."""
    config = evaluator.config
    found = {
        "mode": config.mode,
        "options": config.options(),
        "timeout": config.timeout,
        **summarise(judged.verdicts).record(),
        **({} if judged.answered is None else {"answered": judged.answered.record()}),
        **({} if judged.confidence is None else {"confidence": judged.confidence.record()}),
        "databases": evaluator.databases.record(),
        "seconds": round(seconds, 3),
    }
    if compared is not None:
        found["disagreements"] = [
            {"passes": yes, "fails": no, "why": why, "questions": count}
            for yes, no, why, count in count_disagreements(compared.found)
        ]
    return found


def print_totals(evaluator: Evaluator, judged: JudgedAnswers, *, partial: bool, seconds: float) -> None:
    """Print the table by hardness, the counts of errors, and the databases and rules that were
    used.
    """
    summary = summarise(judged.verdicts)
    config = evaluator.config
    options = ", ".join(
        f"{name.replace('_', '-')} {_word(value)}" for name, value in config.options().items()
    )
    write(f"mode {config.mode}" + (f" ({options})" if options else "") + "\n")
    rows = [(level.name, level.count, level.ex, level.em) for level in summary.levels]
    table(("hardness", "count", "EX", "EM"), rows)
    if partial:
        _print_partial(summary)
    lines = [*confidence_lines(judged.confidence, judged.answered), *_facts(summary, evaluator)]
    write("".join(f"{line}\n" for line in lines))
    write(f"{seconds:.2f} s, at most {config.timeout:g} s a statement\n")


def print_disagreements(compared: Compared) -> None:
    """Print a table of the pairs of modes that disagree, with reasons and numbers of questions."""
    table(
        ("passes", "fails", "why", "questions"),
        count_disagreements(compared.found),
        "where the modes disagree",
    )


def _word(value: object) -> str:
    return {True: "on", False: "off"}.get(value, str(value)) if isinstance(value, bool) else str(value)


def _print_partial(summary: Summary) -> None:
    names = [level.name for level in summary.levels]
    for measure in ("accuracy", "recall", "f1"):
        rows = [
            (component, *(f"{getattr(level.partial[component], measure):.3f}" for level in summary.levels))
            for component in summary.total.partial
        ]
        table(("component", *names), rows, f"parts of exact match: {measure}")


def _facts(summary: Summary, evaluator: Evaluator) -> list[str]:
    invalid = sum(summary.invalid.values())
    kinds = ", ".join(f"{count} {name}" for name, count in summary.invalid.items() if count)
    rate = 100 * invalid / summary.total.count if summary.total.count else 0.0
    databases = evaluator.databases
    lines = [
        f"invalid SQL: {rate:.1f} % ({invalid})" + (f": {kinds}" if kinds else ""),
        f"both results empty (vacuous): {summary.vacuous}",
        f"not read by Spider's parser: {summary.parse_errors}",
        f"unscored, as gold gave no result: {summary.unscored}",
    ]
    if summary.em_unjudged:
        lines.append(f"EM not judged, as gold or its database cannot be read: {summary.em_unjudged}")
    return [*lines, f"databases: {databases}"]


def remark(evaluator: Evaluator) -> None:
    """Print remarks on the databases to stderr."""
    for line in evaluator.databases.remarks():
        say(f"note: {spell_options(line)}")
