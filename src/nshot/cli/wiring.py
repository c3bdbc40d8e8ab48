"""The parts of the pipeline put together from options: what `prompt`, `ask` and `predict` share."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nshot.cli.options import DecodingOptions, ModelOptions, PromptOptions, RetrievalOptions
from nshot.cli.output.console import progress, say, visible

if TYPE_CHECKING:
    from nshot.data import Catalog
    from nshot.generation import Decoding, ModelSettings
    from nshot.pipeline import Pipeline
    from nshot.retrieval import Retriever
    from nshot.types import Question


def settle(
    prompts: PromptOptions, model: ModelOptions, decoding: DecodingOptions, seed: int
) -> ModelSettings:
    """How the model is asked: as the options say, else as the model wants, else as usual."""
    return decoding.over(prompts.over(model.model_settings()), seed, model.local)


def settings_of(asked: ModelSettings) -> dict[str, Any]:
    """What it came to, under the names of the options."""
    own = {"template": asked.template_name(), "chat": asked.chat, "shots": asked.shots}
    return {**asdict(asked.prompt), **asdict(asked.decoding), **own}


def make_retriever(
    index: Path | None,
    catalog: Catalog,
    retrieval: RetrievalOptions,
    shots: int,
    questions: Sequence[Question] = (),
) -> Retriever | None:
    """Who finds the examples; None where the prompt shows none."""
    retrieval.config()
    idle = ["--index", *retrieval.given()] if index is not None else retrieval.given()
    if not shots and idle:
        names = ", ".join(idle)
        say(f"note: {names}: no effect, as the prompt shows no examples; for some, give --shots")
    return retrieval.retriever(index or sample_index(), catalog, questions) if shots else None


def make_pipeline(
    retriever: Retriever | None,
    catalog: Catalog,
    retrieval: RetrievalOptions,
    asked: ModelSettings,
    model: ModelOptions,
    decoding: DecodingOptions,
) -> Pipeline:
    """The whole pipeline, as `settle` says. Options are checked before the model is loaded.

    The first pass of a strategy of two that no file has is written by the model itself.
    """
    from nshot.pipeline import CatalogDatabases, Pipeline, WrittenFirstPass
    from nshot.retrieval import STRATEGIES

    execution = decoding.execution()
    say(f"loading {model.model} ...")
    engine = model.engine()
    databases = CatalogDatabases(catalog, retriever, show_values=asked.prompt.show_values)
    context = engine.context_length
    two_pass = STRATEGIES[retrieval.strategy].two_pass
    if retriever is not None and retriever.first_pass is None and two_pass:
        without = asked.builder(engine, context, shots=0)
        retriever.first_pass = WrittenFirstPass(engine, databases, without, asked.decoding)
    return Pipeline(
        engine,
        databases,
        retriever=retriever,
        first_pass=retriever.first_pass if retriever else None,
        builder=asked.builder(engine, context),
        shots=asked.shots,
        decoding=asked.decoding,
        execution=execution,
        repair=decoding.repair,
    )


def report_missing_first_pass(retriever: Retriever | None) -> None:
    """How many questions had no first pass to rank by."""
    if retriever is not None and retriever.without_first_pass:
        say(
            f"note: {len(retriever.without_first_pass)} without a usable first-pass SQL: their "
            f"examples are ranked by {retriever.config.first} alone"
        )


def live_text(decoding: Decoding) -> Callable[[str], None] | None:
    """Shows a completion while it is written, where a person watches and there is only one.

    Args:
        decoding: As settled, not as the options say: a model's own settings may ask for a beam.
    """
    if decoding.n > 1 or decoding.method == "beam" or not sys.stderr.isatty():
        return None
    return lambda piece: print(visible(piece), end="", file=sys.stderr, flush=True)  # noqa: T201


def sample_index() -> Path:
    """The index over the sample, built once into the cache."""
    from nshot import __version__
    from nshot.artifacts.cache import cache_folder
    from nshot.data import Catalog, read_pool, sample_dir
    from nshot.retrieval import IndexConfig, build_index

    path = cache_folder() / f"sample-index-{__version__}"
    pool = sample_dir() / "train_spider.json"
    manifest = path / "manifest.json"
    if not manifest.is_file() or manifest.stat().st_mtime < pool.stat().st_mtime:
        say("no --index given: building one over the sample that ships with nshot")
        with progress() as report:
            build_index(
                path, read_pool("sample").examples, Catalog.sample(), IndexConfig("never"), report=report
            )
    return path
