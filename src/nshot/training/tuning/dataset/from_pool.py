"""Training data rendered from a pool of solved questions, drawn again for each epoch."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import asdict, replace
from functools import lru_cache, partial

from nshot.artifacts import StartStage
from nshot.data import Catalog, keep_ids_apart, read_pool
from nshot.errors import DataError, FileMissingError
from nshot.index import StoredExamples, open_store
from nshot.models import TokenizerFormat
from nshot.pipeline import DatabaseConfig, ExampleConfig
from nshot.prompting import load_template
from nshot.training.data import RowMaker, SftConfig
from nshot.training.tuning.dataset.rows import TokenRow, tokenise
from nshot.training.tuning.dataset.training_data import (
    Note,
    TrainingData,
    ValidationQuestion,
    digest,
    held_out_rows,
    longest_row,
)
from nshot.training.tuning.recipe.data import DataPart
from nshot.training.tuning.recipe.recipe import Recipe
from nshot.types import Prompt, Question

SEEDS = 10_000
"""Distance between the seeds of two recipes: this many epochs have draws of their own."""
GIVEN = {"folder of databases": "data.databases", "tables file": "data.tables"}
PROBE = 16
"""Number of training rows in the digest of the data, beside the held-out rows."""


def pool_training_data(recipe: Recipe, text: TokenizerFormat, report: StartStage, note: Note) -> TrainingData:
    """The training data of a recipe with `data.pool`; see `make_training_data`."""
    part, seed, longest = recipe.data, recipe.optim.seed, longest_row(recipe)
    catalog = _catalog(part)
    questions = read_questions(part.pool, catalog, note)
    held = part.holdout.choose(questions)
    learnt, asked = held.split(questions)
    if not learnt:
        raise DataError(
            "no question is left to train on: the pool is empty, or all of it is held out; hold out fewer "
            "databases"
        )
    index = _index(recipe)
    maker = partial(RowMaker, catalog, index=index, text=text, without=held)
    rendered = maker(sft_config(part))

    @lru_cache(maxsize=max(1, part.draws))
    def draw(number: int) -> Sequence[TokenRow]:
        made = rendered.make(learnt, SEEDS * seed + number, report=report)
        found = tokenise(made.rows, text, longest)
        if made.too_long or found.too_long:
            note(
                f"left out of epoch {number + 1}: {len(made.too_long)} rows over the budget, "
                f"{len(found.too_long)} of more than optim.tokens_per_pack {longest} tokens"
            )
        if made.blind:
            note(
                f"in epoch {number + 1} the answers of {made.blind} rows name what the budget left out of "
                "their prompts; raise data.budget"
            )
        if made.bare:
            note(
                f"in epoch {number + 1} {made.bare} rows were to show examples and show none: those of the "
                "index may not be shown to them; see data.same_db"
            )
        if not found.rows:
            raise DataError("no row is left to train on; raise data.budget and optim.tokens_per_pack")
        return found.rows

    def epoch(number: int) -> Sequence[TokenRow]:
        return draw(number % part.draws if part.draws else number)

    drawn = random.Random(f"looks/{seed}").sample(asked, len(asked))
    rows = maker(held_out_config(recipe)).make(drawn[: recipe.select.rows], SEEDS * seed, repeats=1).rows
    probe = rendered.make(learnt[:PROBE], SEEDS * seed, repeats=1).rows
    description = {
        "sha256": digest([(row.prompt, row.response) for row in (*probe, *rows)]),
        "pool_sha256": digest([(one.id, one.text, one.sql, one.db_id, one.evidence) for one in questions]),
        "schemas_sha256": _schemas_sha256(catalog, questions),
        "index": None if index is None else index.manifest.identity(),
        "questions": len(learnt),
        "held_out": list(held.databases),
        "held_out_questions": len(asked),
    }
    if held.questions:
        description["held_out_ids"] = [question.id for question in held.questions]
    few = drawn[: recipe.select.questions]
    validation_questions = (
        make_validation_questions(few, catalog, maker(inference_config(recipe))) if few else []
    )
    return TrainingData(epoch, held_out_rows(rows, text, longest, note), validation_questions, description)


def read_questions(pool: Sequence[str], catalog: Catalog, note: Note) -> list[Question]:
    """The solved questions of all files; `note` gets each row that cannot be used.

    Raises:
        OptionError: Two rows of different files have the same id.
    """
    reports = [read_pool(name, catalog=catalog) for name in pool]
    questions = []
    for report in keep_ids_apart(reports, pool):
        for problem in report.problems:
            note(f"left out: {problem}")
        questions += [
            Question(one.question, one.db_id, one.id, one.sql, report.hints.get(one.id, ""))
            for one in report.examples
        ]
    return questions


def sft_config(part: DataPart) -> SftConfig:
    """The settings by which rows are rendered."""
    return SftConfig(part.rows, part.retrieval, part.prompt)


def held_out_config(recipe: Recipe) -> SftConfig:
    """The settings of held-out rows: as in training, but with the original names of their
    databases.
    """
    return replace(sft_config(recipe.data), renames=False)


def inference_config(recipe: Recipe) -> SftConfig:
    """The settings of validation questions: as at inference, with `select.shots` demonstrations."""
    select, config = recipe.select, sft_config(recipe.data)
    rows = replace(
        config.rows,
        shots=select.shots,
        contexts=select.context,
        strategies=config.rows.strategies[:1],
        repeats=1,
        dropout=0.0,
        shuffle=False,
    )
    return replace(config, rows=rows)


def make_validation_questions(
    questions: Sequence[Question], catalog: Catalog, maker: RowMaker
) -> list[ValidationQuestion]:
    """The questions with their prompts, as `maker` renders them; those over the budget are left
    out.
    """
    by_id = {question.id: question for question in questions}
    stop, form = load_template(maker.config.template).stop, maker.config.prompt.form
    found = []
    for row in maker.make(questions).rows:
        shown = maker.show(row.db_id)
        tokens = row.prompt_tokens
        prompt = Prompt(row.prompt, tokens=tokens, stop=stop, schema=shown.schema, names=shown.pairs)
        found.append(ValidationQuestion(by_id[row.id], prompt, catalog.schema(row.db_id), form))
    return found


def _schemas_sha256(catalog: Catalog, questions: Sequence[Question]) -> str:
    """SHA-256 over the schemas of the questions' databases: tables, columns, types, keys."""
    names = sorted({question.db_id for question in questions})
    return digest([(name, asdict(catalog.schema(name))) for name in names])


def _index(recipe: Recipe) -> StoredExamples | None:
    """The index of the examples; None if no prompt shows one."""
    if recipe.data.index is None or not max(recipe.data.rows.most_shots, recipe.select.shots):
        return None
    return open_store(ExampleConfig(index=recipe.data.index).folder())


def _catalog(part: DataPart) -> Catalog:
    for noun, place in (("folder of databases", part.databases), ("tables file", part.tables)):
        if place is not None and not place.exists():
            raise FileMissingError(noun, place, f"set {GIVEN[noun]}, or fetch Spider as README.md says")
    return DatabaseConfig(part.databases, part.tables).catalog()
