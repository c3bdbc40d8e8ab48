"""Writes a folder of fine-tuning data: rows, data card, leakage report, run.json."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Literal, NamedTuple

from nshot.artifacts import (
    StartStage,
    questions_sha256,
    replacing_folder,
    start_silently,
    surroundings,
    write_run,
)
from nshot.data import Catalog
from nshot.errors import DataError, UnknownNameError
from nshot.index import Encoder, StoredExamples
from nshot.options import check_least, option
from nshot.prompting import PLAIN, TextFormat, load_template
from nshot.retrieval import FirstPass
from nshot.training.data.config import SftConfig
from nshot.training.data.holdout import HeldOutPart, HoldoutConfig
from nshot.training.data.make import MadeRows, RowMaker
from nshot.training.data.output.card import card
from nshot.training.data.output.files import FORMATS, read_rows, write_rows
from nshot.training.data.output.folder import CARD, KIND, PARTS, RUN, check_folder
from nshot.training.data.output.layouts import LAYOUTS, to_record
from nshot.training.data.output.leaks import Leaks, find_leaks
from nshot.training.data.output.stats import Counts, count
from nshot.types import Question


@dataclass(frozen=True)
class OutputConfig:
    """Settings of the output; checked on construction."""

    PANEL: ClassVar = "Files"

    layout: str = option("prompt-completion", common=True)
    """Columns: prompt-completion, text (both in one) or messages (turns of a chat); see
    docs/training-data.md."""
    format: Literal["jsonl", "parquet"] = option("jsonl")
    """What is written: jsonl or parquet."""
    seed: int = option(0, hidden=True)
    """Seed of all draws."""
    holdout: HoldoutConfig = field(default_factory=HoldoutConfig)

    def __post_init__(self) -> None:
        if self.layout not in LAYOUTS:
            raise UnknownNameError("layout", self.layout, tuple(LAYOUTS))
        if self.format not in FORMATS:
            raise UnknownNameError("format", self.format, FORMATS)
        check_least("seed", self.seed, 0)


class DataFile(NamedTuple):
    """One file of the folder."""

    file: str
    made: MadeRows
    counts: Counts
    leaks: Leaks
    sha256: str


class WrittenData(NamedTuple):
    """The result of `write_data`."""

    parts: tuple[DataFile, ...]
    held_out: tuple[str, ...]
    """Databases."""
    no_database: int
    """Questions whose database has no file, so that no cell values were looked up."""
    run: dict[str, Any]
    """The content of run.json."""


def write_data(
    questions: Sequence[Question],
    catalog: Catalog,
    out: Path,
    config: SftConfig,
    output: OutputConfig | None = None,
    *,
    index: StoredExamples | None = None,
    text: TextFormat = PLAIN,
    tokenizer: str = "an estimate",
    encoder: Encoder | None = None,
    first_pass: FirstPass | None = None,
    overwrite: bool = False,
    report: StartStage = start_silently,
) -> WrittenData:
    """Makes rows and writes them atomically to the folder `out`.

    Args:
        questions: Solved questions.
        catalog: Their databases.
        out: A folder that does not exist yet, is empty, or has fine-tuning data.
        config: Settings of the rows.
        output: Settings of the output.
        index: Index of the demonstrations.
        text: The model's tokenizer and chat template.
        tokenizer: Its name, for the card.
        encoder: Encoder of the questions; by default the index's.
        first_pass: First-pass SQL, for strategies of two passes.
        overwrite: Replace the data in `out`.
        report: Shows the progress of the stages.

    Raises:
        DataError: `out` has fine-tuning data and `overwrite` is False, or it has other files; or no
            question gave a row.
        OptionError: An option does not fit the questions.
    """
    output = output or OutputConfig()
    check_folder(out, overwrite)
    config = config.for_index(index)
    held = output.holdout.choose(questions)
    maker = RowMaker(
        catalog, config, index=index, text=text, encoder=encoder, first_pass=first_pass, without=held
    )
    split = held.split(questions)
    made = [maker.make(split[0], output.seed, report=report)]
    if held:
        made.append(maker.make(split[1], output.seed, repeats=1, report=report))
    if not made[0].rows:
        if not split[0]:
            raise DataError("no row was made: there is no question; check the pool and `holdout_databases`")
        raise DataError("no row was made: no question fits the budget; raise `budget`")
    texts = {question.id: question.text for question in questions}
    pool = {entry.example.id: entry.example for entry in index.entries} if index else {}
    missing = sum(catalog.path(question.db_id) is None for question in questions)
    parts = []
    with replacing_folder(out) as work:
        for name, rows in zip(PARTS, made, strict=False):
            file = work / f"{name}.{output.format}"
            write_rows(file, rows.rows, output.layout)
            digest = hashlib.sha256(file.read_bytes()).hexdigest()
            back = read_rows(file, exact=False)
            leaks = find_leaks(back, pool, texts, catalog, held)
            parts.append(DataFile(file.name, rows, count(back), leaks, digest))
        chat = text.chat("") is not None
        run = _describe(config, output, questions, parts, held, missing, index, tokenizer, chat)
        (work / CARD).write_text(card(run, made[0].rows[0]), encoding="utf-8")
        write_run(work / RUN, run)
    return WrittenData(tuple(parts), held.databases, missing, run)


def _describe(
    config: SftConfig,
    output: OutputConfig,
    questions: Sequence[Question],
    parts: Sequence[DataFile],
    held: HeldOutPart,
    missing: int,
    index: StoredExamples | None,
    tokenizer: str,
    chat: bool,
) -> dict[str, Any]:
    rows = config.rows
    settings = asdict(rows) | {"retrieval": asdict(config.retrieval), "prompt": asdict(config.prompt)}
    settings["template"] = config.template
    settings |= {"shots": str(rows.shot_weights), "contexts": str(rows.context_weights)}
    template = load_template(config.template)
    return {
        "kind": KIND,
        "format": 1,
        "config": settings,
        "output": asdict(output),
        "template_sha256": hashlib.sha256(template.source.encode()).hexdigest(),
        "tokenizer": tokenizer,
        "chat": chat,
        "questions": {
            "count": len(questions),
            "sha256": questions_sha256(questions),
            "databases": len({question.db_id for question in questions}),
            "without_database_file": missing,
        },
        "index": None if index is None else _index(index),
        "held_out": list(held.databases),
        "held_out_questions": [question.id for question in held.questions],
        "files": {part.file: _part(part) for part in parts},
        "columns": list(to_record(parts[0].made.rows[0], output.layout)),
        **surroundings(),
    }


def _index(index: StoredExamples) -> dict[str, Any]:
    manifest = index.manifest
    return {"sha256": manifest.identity(), "same_db": manifest.same_db, "examples": len(index)}


def _part(part: DataFile) -> Mapping[str, Any]:
    return {
        "sha256": part.sha256,
        "too_long": list(part.made.too_long),
        "whole_schema": part.made.whole_schema,
        "contained": part.made.contained,
        "blind": part.made.blind,
        "bare": part.made.bare,
        "leaks": part.leaks._asdict(),
        **part.counts.to_json(),
    }
