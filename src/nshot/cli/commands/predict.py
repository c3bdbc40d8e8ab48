"""`nshot predict`: predictions for a whole file of questions, resumable."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nshot.artifacts import Shard, check_not_read, check_replaceable, is_same_file, run_path
from nshot.cli.options.derive import derive_options
from nshot.cli.options.parameters import QuestionFileOptions
from nshot.cli.output.console import progress, say, write
from nshot.cli.wiring import check_shown, configure, questions_at_once, report_missing_first_pass, with_index
from nshot.errors import NshotError, OptionError
from nshot.options import Given, check_least, option
from nshot.pipeline import PipelineConfig, describe, index_pair_file, make_pipeline

if TYPE_CHECKING:
    from nshot.data import Catalog

SHOWN_REASONS = 5
"""Reasons why questions failed that are shown, at most."""


@dataclass(frozen=True, kw_only=True)
class PredictOptions(QuestionFileOptions):
    """What is predicted, and where predictions are written; checked on construction."""

    out: Path = option()
    """Output file of predictions: JSONL, one line per question. A run that was stopped continues.
    """
    sql_out: Path | None = option(None)
    """Also write plain SQL, one per line, for the official evaluators."""
    limit: int | None = option(None)
    """Only this many questions, from the first."""
    shard: str | None = option(None)
    """Only this part of the questions, such as 2/4, the second of four; `nshot merge` joins the
    files of all parts."""
    batch: int | None = option(None)
    """How many questions are answered, and then written, together. By default 64; with a server or
    llama.cpp 8."""
    overwrite: bool = option(False, only_on=True)
    """Start again and discard what is in `out`."""

    def __post_init__(self) -> None:
        for name in ("limit", "batch"):
            check_least(name, getattr(self, name))
        self.part()
        if "-" in (str(self.out), str(self.sql_out)):
            raise OptionError(
                "predictions are resumed from their file, so `out` cannot be - (stdout); name a file"
            )
        if self.sql_out is not None and any(
            is_same_file(self.sql_out, one) for one in (self.out, run_path(self.out))
        ):
            raise OptionError(f"`out` and `sql_out` both write {self.sql_out}; name two files")

    def part(self) -> Shard | None:
        """The part of the questions that is wanted; None: all of them."""
        return None if self.shard is None else Shard.parse(self.shard)

    def check_files(self, inputs: Sequence[Path | None]) -> None:
        """Refuse outputs that would replace a file that is read, or that is not nshot's.

        Raises:
            OptionError: The message names the file.
        """
        for name, path in (("out", self.out), ("sql_out", self.sql_out)):
            if path is not None:
                check_not_read(path, (self.questions, *inputs), name)
        if self.out.is_dir():
            raise OptionError(f"`out` is a file of predictions, and {self.out} is a folder; name a file")
        if self.sql_out is not None:
            check_replaceable(self.sql_out)


@derive_options
def predict(wanted: PredictOptions, options: Given[PipelineConfig]) -> None:
    """Predict the SQL of every question of a file.

    Questions without gold SQL are taken for a user's own: verified pairs may answer them (--reuse).
    Exit status 1 if no question got SQL, or none of it could be run, with the reason.
    """
    from nshot.pipeline import PredictionFile, fingerprint_databases, read_predictions, write_sql_lines

    wanted.check_files((options.get("first_pass"), options.get("tables")))
    everything = wanted.read()
    whole, shard = everything[: wanted.limit], wanted.part()
    asked = whole if shard is None else shard.cut(whole)
    if not asked:
        raise OptionError(f"part {shard} of {len(whole)} questions is empty; use fewer parts")
    out, sql_out = wanted.out, wanted.sql_out
    config, settings = configure(options)
    catalog = config.databases.catalog(say)
    _check_databases(catalog, [question.db_id for question in asked])
    check_shown(catalog, filter(catalog.knows, (question.db_id for question in asked)), settings)
    config = replace(config, examples=index_pair_file(config.examples, catalog, note=say))
    config = with_index(config, settings)
    wants_reuse = options.get("reuse", False) and "reuse" not in options.soft
    live = wants_reuse or not any(question.sql for question in asked)
    config = replace(config, examples=replace(config.examples, reuse=live and config.examples.reuse))
    described = describe(config, settings) | ({"live": True} if live else {})
    say(f"loading {config.engine.model} ...")
    pipeline = make_pipeline(config, catalog=catalog, questions=everything)
    some_at_once = questions_at_once(config, wanted.batch, elsewhere=8)
    seed = config.examples.retrieval.seed
    found = fingerprint_databases(catalog, (question.db_id for question in asked))
    with PredictionFile(
        out, whole, described, seed=seed, databases=found, overwrite=wanted.overwrite, shard=shard
    ) as file:
        if file.done:
            say(f"resuming: {file.done} of {len(asked)} are done")
        with progress() as start:
            step = start("predicting", len(asked))
            step(file.done)
            while some := asked[file.done : file.done + some_at_once]:
                file.append(list(pipeline.predict(some, batch=some_at_once, live=live)), pipeline.engine.name)
                step(len(some))
    report_missing_first_pass(pipeline.retriever)
    outcomes: dict[str, int] = {}
    lines = list(read_predictions(out))
    for line in lines:
        outcome = "abstained" if "withheld" in line.record else line.record["candidates"][0]["outcome"]
        outcomes[outcome] = outcomes.get(outcome, 0) + 1
    if sql_out is not None:
        sql_out.parent.mkdir(parents=True, exist_ok=True)
        write_sql_lines(sql_out, (line.sql for line in lines))
    write(
        f"{out}: {len(lines)} predictions: "
        + ", ".join(f"{n} {o}" for o, n in sorted(outcomes.items()))
        + "\n"
    )
    _check_answered([line.record for line in lines])


def _check_answered(records: Sequence[Mapping[str, Any]]) -> None:
    """Tells why no question has an answer, if that is so.

    Raises:
        NshotError: No SQL was written, or none of it ran.
    """
    firsts = [record["candidates"][0] for record in records if "withheld" not in record]
    missing = Counter(one["error"] for one in firsts if one["outcome"] in ("failed", "empty"))
    reasons = Counter(one["error"] for one in firsts if one["outcome"] not in ("ok", "untried"))
    if not records or reasons.total() < len(records):
        return
    for reason, count in reasons.most_common(SHOWN_REASONS):
        say(f"failed, {count} of {len(records)}: {reason}")
    if missing.total() == len(records):
        raise NshotError(f"none of the {len(records)} questions got an answer; start again with --overwrite")
    raise NshotError(
        f"none of the {len(records)} answers could be run; check --databases, which may be "
        "the folder of another data set"
    )


def _check_databases(catalog: Catalog, db_ids: list[str]) -> None:
    """Tells which databases are not there, before a model is loaded.

    Raises:
        DatabaseNotFoundError: None of them is.
    """
    unknown = Counter(db_id for db_id in db_ids if not catalog.knows(db_id))
    if unknown and unknown.total() == len(db_ids):
        catalog.schema(db_ids[0])
    if unknown:
        named = ", ".join(list(unknown)[:SHOWN_REASONS]) + (" ..." if len(unknown) > SHOWN_REASONS else "")
        say(f"note: no database for {unknown.total()} of {len(db_ids)} questions: {named}")
