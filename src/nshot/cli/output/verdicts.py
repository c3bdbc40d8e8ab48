"""Print verdicts of an evaluation as tables, JSON and JSONL."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from nshot.artifacts import check_replaceable, recognise_lines
from nshot.cli.options.derive import spell_options
from nshot.cli.output.confidence import confidence_lines
from nshot.cli.output.console import say, sink, table, write, write_json
from nshot.data import ColumnMap
from nshot.errors import DataError, OptionError, UnknownNameError
from nshot.eval import (
    ETYPES,
    Summary,
    count_disagreements,
    disagreements,
    judge_all_ways,
    read_gold,
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


IS_VERDICTS = recognise_lines("index", "hardness", "outcome")
"""Whether a file holds verdicts of an evaluation."""


class Output(NamedTuple):
    """The output options of `nshot eval`."""

    out: Path | None
    """The file for the verdicts; `-` is stdout, which then contains nothing else."""
    layout: str
    etype: str
    as_json: bool
    partial: bool
    compare_modes: bool

    def check(self, inputs: Sequence[Path]) -> None:
        """Refuse options without effect, and outputs that could not be written after judging.

        Args:
            inputs: The files that are read.

        Raises:
            OptionError: The message names the option.
        """
        self._check_layout()
        if self.out is None:
            return
        if str(self.out) == "-":
            for option, given in (
                ("--json", self.as_json),
                ("--partial", self.partial),
                ("--layout", self.layout != "table"),
            ):
                if given:
                    raise OptionError(
                        f"--out - fills stdout with the verdicts; leave {option} out or name a file"
                    )
            return
        if any(self.out.resolve() == file.resolve() for file in inputs):
            raise OptionError(f"--out would replace {self.out}, which is read; name another file")
        _check_place(self.out)
        if self.out.is_file():
            check_replaceable(self.out, IS_VERDICTS)

    def _check_layout(self) -> None:
        if self.layout not in ("table", "official"):
            raise UnknownNameError("layout", self.layout, ("table", "official"))
        if self.etype not in ETYPES:
            raise UnknownNameError("etype", self.etype, ETYPES)
        if self.layout == "table" and self.etype != "all":
            raise OptionError("--etype goes with --layout official")
        extra = {"--json": self.as_json, "--partial": self.partial, "--compare-modes": self.compare_modes}
        given = [name for name, on in extra.items() if on]
        if self.layout == "official" and given:
            raise OptionError(f"--layout official prints what Spider's program prints; leave {given[0]} out")
        if self.as_json and self.partial:
            raise OptionError("--json holds the parts of exact match by itself; leave --partial out")


def _check_place(out: Path) -> None:
    """Raise OptionError if the file cannot be created; checked before judging, which takes long."""
    if out.is_dir():
        raise OptionError(f"--out is a folder: {out}; name a file")
    if out.exists() and not out.is_file():  # a pipe or a device
        return
    place = next(folder for folder in out.absolute().parents if folder.exists())
    if not place.is_dir() or not os.access(place, os.W_OK):
        raise OptionError(f"--out {out} cannot be written: {place} is no folder, or a read-only one")


def read_gold_file(gold: Path, columns: str) -> list[Question]:
    """Read gold; an error about its columns names this command's option for them."""
    try:
        return read_gold(gold, ColumnMap.parse(columns))
    except DataError as error:
        raise DataError(str(error).replace("`columns`", "`gold_columns`")) from error


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
    """The text with lone surrogates escaped, because no file can contain them; JSON reads them back."""
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
    output: Output,
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
    """Print the table by hardness, the counts of errors, and the databases and rules that were used."""
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
