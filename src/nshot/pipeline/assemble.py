"""Assembles a pipeline from its config: the engine, the databases, the retriever, the verified
pairs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from nshot.errors import OptionError
from nshot.pipeline.choose import Execution
from nshot.pipeline.config import ExampleConfig, PipelineConfig

if TYPE_CHECKING:
    from nshot.data import Catalog
    from nshot.generation import Engine, ModelSettings
    from nshot.pairs import PairBook
    from nshot.pipeline.confidence import Confidence
    from nshot.pipeline.databases.sources import Databases
    from nshot.pipeline.parts import Retrieves
    from nshot.pipeline.pipeline import Pipeline
    from nshot.pipeline.reuse import NearRule, ReuseWay
    from nshot.pipeline.waiting_retriever import WaitingRetriever
    from nshot.retrieval import Retriever
    from nshot.types import Question


def make_pipeline(
    config: PipelineConfig,
    *,
    engine: Engine | None = None,
    catalog: Catalog | None = None,
    retriever: Retriever | WaitingRetriever | None = None,
    book: PairBook | None = None,
    questions: Sequence[Question] = (),
) -> Pipeline:
    """The pipeline of a config, with its model loaded.

    Args:
        config: The settings.
        engine: A loaded engine, used in place of the config's.
        catalog: Used in place of the config's databases.
        retriever: Used in place of the config's.
        book: Verified pairs, used in place of the journal that the config names.
        questions: The questions for which a file has a first pass.

    Raises:
        EngineError: The model cannot be loaded.
        IndexFolderError: The index cannot be used.
        OptionError: It is no config, or options contradict each other.
    """
    from nshot.generation import check_engine, load_engine
    from nshot.pipeline.databases.sources import CatalogDatabases
    from nshot.pipeline.first_pass import WrittenFirstPass
    from nshot.pipeline.pair_file import index_pair_file
    from nshot.pipeline.reuse import SHIPPED
    from nshot.pipeline.waiting_retriever import WaitingRetriever
    from nshot.retrieval import Retriever

    if not isinstance(config, PipelineConfig):
        raise OptionError(
            f"make_pipeline takes a PipelineConfig, such as PipelineConfig.of(shots=2), "
            f"got {type(config).__name__}"
        )
    settings = config.check()
    if engine is None:
        check_engine(config.engine)
    confidence = config.make_confidence()
    catalog = catalog or config.databases.catalog()
    config = replace(config, examples=index_pair_file(config.examples, catalog))
    book = config.examples.open_book(catalog) if book is None else book
    own_shots = settings.own_shots if book is not None or config.examples.has_own() else 0
    found = retriever
    if found is None and (settings.shots or own_shots):
        make = partial(config.examples.retriever, catalog, questions, book=book)
        alone = config.examples.index is None and not config.examples.retrieval.needs_first_pass
        found = WaitingRetriever(book, catalog, make) if book is not None and alone else make()
    engine = engine or load_engine(config.engine, chat=settings.chat if config.engine.in_process else None)
    databases = CatalogDatabases(catalog, found, config=settings.prompt)
    if isinstance(found, Retriever) and found.first_pass is None and found.config.needs_first_pass:
        without = settings.builder(engine, engine.context_length, shots=0)
        found.first_pass = WrittenFirstPass(engine, databases, without, settings.decoding)
    return bind_pipeline(
        engine,
        databases,
        settings,
        own_shots=own_shots,
        retriever=found,
        reuse=find_reuse_ways(config.examples, catalog, book) if config.examples.reuse else None,
        near=SHIPPED if config.examples.reuse and own_shots else None,
        execution=config.execution,
        confidence=confidence,
    )


def find_reuse_ways(examples: ExampleConfig, catalog: Catalog, book: PairBook | None) -> ReuseWay | None:
    """The ways by which verified pairs answer live questions, to be asked as one; None without
    pairs.

    Args:
        examples: An index with own examples has verified pairs.
        catalog: Has the schemas and cell values of their databases.
        book: Pairs of a journal. They come first, and what was withdrawn there is not used.
    """
    from nshot.pipeline.reuse import ExactReuse, ExchangedReuse, FirstOf, ListedPairs, VerifiedPairs

    sources: list[VerifiedPairs] = [] if book is None else [book]
    if examples.has_own_index():
        sources.append(ListedPairs(examples.read_own, catalog.find_schema, book))
    exact = [ExactReuse(one) for one in sources]
    exchanged = [ExchangedReuse(one, catalog.values) for one in sources]
    return FirstOf([*exact, *exchanged]) if sources else None


def bind_pipeline(
    engine: Engine,
    databases: Databases,
    settings: ModelSettings,
    *,
    own_shots: int | None = None,
    retriever: Retrieves | None = None,
    reuse: ReuseWay | None = None,
    near: NearRule | None = None,
    execution: Execution | None = None,
    confidence: Confidence | None = None,
) -> Pipeline:
    """Build a pipeline from existing parts; shared by `make_pipeline` and comparisons.

    Args:
        engine: Writes completions.
        databases: Schemas, paths and cell values.
        settings: How the engine is prompted and decoded.
        own_shots: Examples of the question's own database; by default as many as `shots`.
        retriever: Retrieves examples; None means prompts without examples.
        reuse: Finds verified answers; None means that the model answers every question.
        near: Decides on near ones; None leaves them to the model.
        execution: How a candidate is chosen, and the limits of executing it.
        confidence: Rates answers; all candidates are run for it, if any is.
    """
    from nshot.pipeline.pipeline import Pipeline
    from nshot.retrieval import Retriever

    execution = execution or Execution()
    if confidence is not None:
        execution = replace(execution, run_all=execution.enabled)
    return Pipeline(
        engine,
        databases,
        retriever=retriever,
        first_pass=retriever.first_pass if isinstance(retriever, Retriever) else None,
        builder=settings.builder(engine, engine.context_length, max(settings.shots, own_shots or 0)),
        shots=settings.shots,
        own_shots=own_shots,
        reuse=reuse,
        near=near,
        ask_twice=settings.ask_twice,
        decoding=settings.decoding,
        execution=execution,
        confidence=confidence,
    )
