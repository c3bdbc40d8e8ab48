"""Functions shared by the commands that run the pipeline: configuration, notes, streaming."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from nshot.cli.options.derive import spell_options
from nshot.cli.output.console import progress, say, visible
from nshot.errors import FileMissingError
from nshot.options import Given, list_options
from nshot.pipeline import ExampleConfig, PipelineConfig

if TYPE_CHECKING:
    from pathlib import Path

    from nshot.data import Catalog
    from nshot.generation import Decoding, ModelSettings
    from nshot.pipeline import Retrieves
    from nshot.serving import ServeConfig, Service

LOCAL_BATCH = 64
"""Questions answered together by a model in this process; with beams they fill a batch."""


def configure(options: Given[PipelineConfig]) -> tuple[PipelineConfig, ModelSettings]:
    """The config from the given options, and the resolved settings of the model; all is checked.

    That includes that the model and its adapter are there, so that no index is built for nothing.

    Raises:
        OptionError: An option is refused, or has no effect.
        FileMissingError: There is no such model file, adapter or first pass.
        EngineError: There is no such model or encoder, or the model's settings are damaged.
        TemplateError: The template cannot be used.
        IndexFolderError: The index cannot be used.
    """
    from nshot.generation import check_engine

    options, config, settings = check_options(options)
    check_engine(config.engine)
    _check_files(config, settings)
    if not settings.shots and not config.examples.has_own() and (idle := list_given_for_examples(options)):
        names = spell_options(", ".join(f"`{name}`" for name in idle))
        say(f"note: {names}: no effect, as the prompt shows no examples; for some, give --shots")
    return config, settings


def _check_files(config: PipelineConfig, settings: ModelSettings) -> None:
    """Check that what a run reads later can be read, before anything is built or loaded.

    Raises:
        FileMissingError: There is no such file.
        TemplateError: The template cannot be used.
        IndexFolderError: The index cannot be used.
        EngineError: There is no such encoder.
    """
    from nshot.prompting import TEMPLATES, load_template

    examples, template = config.examples, settings.template_name()
    if template not in TEMPLATES:
        load_template(template)
    if examples.first_pass is not None and not examples.first_pass.is_file():
        raise FileMissingError("first pass", examples.first_pass)
    if examples.encoder is not None:
        from nshot.index import check_encoder_folder

        check_encoder_folder(examples.encoder)
    if examples.index is not None and not examples.is_sample and examples.pairs is None:
        from nshot.index import read_manifest

        read_manifest(examples.index)


def check_options(
    options: Given[PipelineConfig],
) -> tuple[Given[PipelineConfig], PipelineConfig, ModelSettings]:
    """The options with their config and settings, without those of a profile that others leave no
    effect.

    Raises:
        OptionError: An option is refused, or has no effect.
        EngineError: The model's settings are damaged.
    """

    def check(some: Given[PipelineConfig]) -> tuple[Given[PipelineConfig], PipelineConfig, ModelSettings]:
        config = some.make()
        some.check_effect(config)
        return some, config, config.check()

    return options.drop_idle(check, ("model", "adapter"))


def check_shown(catalog: Catalog, db_ids: Iterable[str], settings: ModelSettings) -> None:
    """Refuses tables to show that a database does not have, before anything is built or loaded.

    Of a single database, it also tells what else of the choice and the notes means nothing there.

    Raises:
        OptionError: A table of `only_tables` is not there, or no table is left.
        DataError: The file of notes cannot be read.
    """
    from nshot.pipeline import check_shown_schema

    some = list(dict.fromkeys(db_ids))
    for db_id in some if settings.prompt.chooses else ():
        remarks = check_shown_schema(catalog.schema(db_id), settings.prompt)
        for remark in remarks if len(some) == 1 else ():
            say(f"note: {spell_options(remark)}")


def list_given_for_examples(options: Given[PipelineConfig]) -> list[str]:
    """The options of the command line that only affect retrieval."""
    names = [one.name for one in list_options(ExampleConfig) if one.name != "seed"]
    return [name for name in names if name in options and name not in options.soft]


def sample_index() -> Path:
    """The folder of the sample's index, built once in the cache; a note says when it is built."""
    from nshot.retrieval import is_fresh, sample_index_folder
    from nshot.retrieval.sample_index import sample_index as build

    if is_fresh(sample_index_folder()):
        return sample_index_folder()
    say("no --index given: building one over the sample that ships with nshot")
    with progress() as report:
        return build(report)


def index_folder(index: Path | None) -> Path:
    """The folder of `--index`; the sample's index if it is missing or the word sample."""
    return sample_index() if index is None or ExampleConfig(index).is_sample else index


def with_index(config: PipelineConfig, settings: ModelSettings) -> PipelineConfig:
    """The config with the folder of the sample's index, if examples are shown and no other index is
    given.
    """
    if not settings.shots or not config.examples.is_sample or config.examples.pairs is not None:
        return config
    return replace(config, examples=replace(config.examples, index=sample_index()))


def make_service(options: Given[PipelineConfig], server: ServeConfig, db: str | None) -> Service:
    """The service of a server's options, with its model not loaded yet.

    Args:
        options: Of the pipeline.
        server: Of the server.
        db: The database of requests that name none.

    Raises:
        MissingExtraError: The server's libraries are not installed.
        DataError: The database is not there.
        OptionError: An option is refused, or has no effect.
    """
    from nshot.serving import check_installed

    check_installed()
    from nshot.pipeline import index_pair_file
    from nshot.serving import Service, choose_databases

    config, settings = configure(options)
    found = choose_databases(config.databases, db, say)
    check_shown(found.catalog, filter(None, [found.default]), settings)
    config = replace(config, examples=index_pair_file(config.examples, found.catalog, found.default, say))
    return Service(
        server,
        with_index(config, settings),
        found.catalog,
        served=found.ids,
        default_db=found.default,
        pairs=config.examples.pairs or found.journal,
    )


def questions_at_once(config: PipelineConfig, batch: int | None, elsewhere: int) -> int:
    """Number of questions answered together: `batch` if given, otherwise what suits the model.

    Args:
        config: The config of the pipeline.
        batch: The requested number.
        elsewhere: Number for a server or llama.cpp, which gain nothing from more; less is lost when
            a run stops.
    """
    return batch or (LOCAL_BATCH if config.engine.in_process else elsewhere)


def report_missing_first_pass(retriever: Retrieves | None) -> None:
    """Report how many questions had no usable first pass."""
    from nshot.retrieval import Retriever

    if isinstance(retriever, Retriever) and retriever.without_first_pass:
        say(
            f"note: {len(retriever.without_first_pass)} without a usable first-pass SQL: their "
            f"examples are ranked by {retriever.config.first} alone"
        )


def live_text(decoding: Decoding, *, rated: bool = False) -> Callable[[str], None] | None:
    """Print a completion while it is written, if stderr is a terminal and there is only one
    completion.

    Args:
        decoding: The resolved decoding, because a model's own settings may require a beam.
        rated: Whether a confidence is stated: a streamed completion has no log-probability.
    """
    if decoding.n > 1 or decoding.method == "beam" or rated or not sys.stderr.isatty():
        return None
    return lambda piece: print(visible(piece), end="", file=sys.stderr, flush=True)  # noqa: T201
