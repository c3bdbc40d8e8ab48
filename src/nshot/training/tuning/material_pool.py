"""Material rendered from a pool of solved questions, with draws of its own for each epoch."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from nshot.data import Catalog, read_pool
from nshot.errors import DataError
from nshot.generation.text_format import TokenizerFormat
from nshot.index.store import pool_hash
from nshot.prompting import PromptConfig
from nshot.retrieval import RetrievalConfig
from nshot.training.data import RowMaker, SftConfig, SftRow, parse_shots, parse_weights
from nshot.training.data.holdout import held_out as held_databases
from nshot.training.data.weights import Weights
from nshot.training.tuning.material import Exam, Material, Report, digest, longest_row
from nshot.training.tuning.recipe import Recipe
from nshot.training.tuning.recipe_data import DataPart
from nshot.training.tuning.rows import TokenRow, tokenise
from nshot.types import Example, Prompt, Question

SEEDS = 10_000
"""Epochs before the seeds of two recipes' draws meet."""
PROBE = 16
"""Training rows whose text decides, with the held-out ones, whether the data is still the same."""


def pool_material(recipe: Recipe, text: TokenizerFormat, report: Report) -> Material:
    """See `make_material`."""
    part, seed, longest = recipe.data, recipe.optim.seed, longest_row(recipe)
    examples = [example for name in part.pool for example in read_pool(name).examples]
    held = held_databases([example.db_id for example in examples], part.held, part.holdout_seed)
    questions = [_question(example) for example in examples]
    learnt = [question for question in questions if question.db_id not in held]
    asked = [question for question in questions if question.db_id in held]
    if not learnt:
        raise DataError("no question is left to learn from: the pool is empty, or all of it is held out")
    catalog = _catalog(part)
    config = sft_config(part)
    maker = _maker(part, config, catalog, text, held)

    @lru_cache(maxsize=max(1, part.draws))
    def draw(number: int) -> Sequence[TokenRow]:
        made = maker.make(learnt, SEEDS * seed + number, report=report)
        found = tokenise(made.rows, text, longest)
        left_out = len(made.too_long) + len(found.too_long)
        if not found.rows:
            raise DataError(f"none of {left_out} rows fits into optim.tokens_per_pack {longest}; raise it")
        return found.rows

    def epoch(number: int) -> Sequence[TokenRow]:
        return draw(number % part.draws if part.draws else number)

    drawn = random.Random(f"looks/{seed}").sample(asked, len(asked))
    rows = maker.make(drawn[: recipe.select.rows], SEEDS * seed, repeats=1).rows
    held_out = tokenise(rows, text, longest)
    probe = maker.make(learnt[:PROBE], SEEDS * seed, repeats=1).rows
    description = {
        "sha256": digest([(row.prompt, row.response) for row in (*probe, *rows)]),
        "pool_sha256": pool_hash(examples),
        "questions": len(learnt),
        "held_out": list(held),
        "held_out_questions": len(asked),
    }
    exams = _exams(recipe, drawn[: recipe.select.questions], catalog, text, held)
    return Material(epoch, held_out.rows, exams, description)


def sft_config(part: DataPart) -> SftConfig:
    """How rows are rendered."""
    return SftConfig(
        shots=parse_shots(str(part.shots)),
        contexts=parse_weights("contexts", part.contexts),
        strategies=part.strategies,
        retrieval=RetrievalConfig(select=part.select),
        same_db=part.same_db,
        repeats=part.repeats,
        dropout=part.dropout,
        shuffle=part.shuffle,
        template=part.template,
        prompt=PromptConfig(
            context=part.schema_style,
            show_values=part.show_values,
            example_context=part.example_context,
            form=part.form,
            budget=part.budget,
        ),
    )


def _maker(
    part: DataPart, config: SftConfig, catalog: Catalog, text: TokenizerFormat, held: Sequence[str]
) -> RowMaker:
    index = Path(part.index) if part.index and config.most_shots else None
    return RowMaker(catalog, config, index=index, text=text, without=held)


def _exams(
    recipe: Recipe,
    questions: Sequence[Question],
    catalog: Catalog,
    text: TokenizerFormat,
    held: Sequence[str],
) -> list[Exam]:
    """Prompts as at inference: so many demonstrations of the first strategy, none left out, best last."""
    if not questions:
        return []
    select, config = recipe.select, sft_config(recipe.data)
    asked = replace(
        config,
        shots=Weights((select.shots,), (1.0,)),
        contexts=Weights((select.context,), (1.0,)),
        strategies=config.strategies[:1],
        repeats=1,
        dropout=0.0,
        shuffle=False,
    )
    rows = _maker(recipe.data, asked, catalog, text, held).make(questions).rows
    by_id = {question.id: question for question in questions}
    return [_exam(row, by_id[row.id], catalog, asked) for row in rows]


def _exam(row: SftRow, question: Question, catalog: Catalog, config: SftConfig) -> Exam:
    from nshot.prompting import load_template

    prompt = Prompt(row.prompt, tokens=row.prompt_tokens, stop=load_template(config.template).stop)
    return Exam(question, prompt, catalog.schema(row.db_id), config.prompt.form)


def _question(example: Example) -> Question:
    return Question(example.question, example.db_id, example.id, example.sql)


def _catalog(part: DataPart) -> Catalog:
    if not part.databases and not part.tables:
        return Catalog.sample()
    return Catalog(
        Path(part.databases) if part.databases else None, Path(part.tables) if part.tables else None
    )
