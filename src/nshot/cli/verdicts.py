"""Verdicts of an evaluation, as tables, JSON and JSONL."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from nshot.cli.console import say, sink, table, write
from nshot.eval.disagreement import counted, disagreements, judge_all_ways, record
from nshot.eval.summary import Summary, summarise
from nshot.eval.verdict_json import verdict_record

if TYPE_CHECKING:
    from nshot.eval.disagreement import Disagreement
    from nshot.eval.evaluator import Evaluator
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
    """JSONL, one line a question in order; the file appears whole or not at all."""
    with sink(out) as file:
        for verdict in judged:
            line = verdict_record(verdict)
            if compared is not None:
                line["modes"] = record(compared.verdicts, verdict.index)
                line["disagreements"] = [
                    {"passes": one.yes, "fails": one.no, "why": one.why}
                    for one in compared.found
                    if one.row == verdict.index
                ]
            file.write(
                json.dumps(line, ensure_ascii=False).encode("utf-8", "backslashreplace").decode() + "\n"
            )


def totals(
    evaluator: Evaluator, judged: Sequence[Verdict], compared: Compared | None, seconds: float
) -> dict[str, Any]:
    """All that is printed, as values."""
    config = evaluator.config
    found = {
        "mode": config.mode,
        "options": config.options(),
        "timeout": config.timeout,
        **summarise(judged).record(),
        "databases": evaluator.databases.record(),
        "seconds": round(seconds, 3),
    }
    if compared is not None:
        found["disagreements"] = [
            {"passes": yes, "fails": no, "why": why, "questions": count}
            for yes, no, why, count in counted(compared.found)
        ]
    return found


def print_totals(evaluator: Evaluator, judged: Sequence[Verdict], *, partial: bool, seconds: float) -> None:
    """The table by hardness, what went wrong how often, and what was judged by which rules."""
    summary = summarise(judged)
    config = evaluator.config
    options = ", ".join(
        f"{name.replace('_', '-')} {_word(value)}" for name, value in config.options().items()
    )
    write(f"mode {config.mode}" + (f" ({options})" if options else "") + "\n")
    rows = [(level.name, level.count, level.ex, level.em) for level in summary.levels]
    table(("hardness", "count", "EX", "EM"), rows)
    if partial:
        _print_partial(summary)
    write("".join(f"{line}\n" for line in _facts(summary, evaluator)))
    write(f"{seconds:.2f} s, at most {config.timeout:g} s a statement\n")


def print_disagreements(compared: Compared) -> None:
    """A table of the pairs of modes that differ, why, and on how many questions."""
    table(("passes", "fails", "why", "questions"), counted(compared.found), "where the modes disagree")


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
    """What the user should know of the databases, to stderr."""
    for line in evaluator.databases.remarks():
        say(f"note: {line}")
