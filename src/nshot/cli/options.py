"""Options that several commands share; each group makes the object that it describes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nshot.errors import OptionError

if TYPE_CHECKING:
    from nshot.data import Catalog
    from nshot.generation import Decoding, Engine, Execution
    from nshot.prompting import PromptBuilder, TextFormat
    from nshot.retrieval import RetrievalConfig

STRATEGY = "masked-hybrid"


@dataclass(frozen=True)
class DatabaseOptions:
    """Where the databases are."""

    databases: Annotated[
        Path | None,
        typer.Option(
            help="Folder with <db_id>/<db_id>.sqlite, or in Spider's layout. Default: the sample's."
        ),
    ] = None
    tables: Annotated[Path | None, typer.Option(help="Spider's tables.json, for schemas.")] = None

    def catalog(self) -> Catalog:
        """The databases named, or those of the sample."""
        from nshot.data import Catalog

        if self.databases is None and self.tables is None:
            return Catalog.sample()
        return Catalog(self.databases, self.tables)


@dataclass(frozen=True)
class RetrievalOptions:
    """How examples are picked."""

    strategy: Annotated[
        str,
        typer.Option(help="random, vector, keyword, hybrid, masked-vector, masked-keyword or masked-hybrid."),
    ] = STRATEGY
    select: Annotated[str, typer.Option(help="Of the ranking take: top, mmr, or distinct skeletons.")] = "top"
    min_score: Annotated[float | None, typer.Option(help="Leave out candidates below this score.")] = None
    from_db: Annotated[
        list[str] | None, typer.Option(help="Only examples of this db_id; may be repeated.")
    ] = None
    difficulty: Annotated[
        list[str] | None, typer.Option(help="Only examples of this difficulty; may be repeated.")
    ] = None
    tag: Annotated[list[str] | None, typer.Option(help="Only examples with this tag; may be repeated.")] = (
        None
    )
    diversity: Annotated[float, typer.Option(help="Of mmr: 0 (score only) to 1 (difference only).")] = 0.3
    encoder: Annotated[
        str | None, typer.Option(help="Encoder of the questions. Default: the one the index names.")
    ] = None
    seed: Annotated[int, typer.Option(help="Of random draws: strategy random, method sample.")] = 0

    def config(self) -> RetrievalConfig:
        """The retrieval configuration."""
        from nshot.retrieval import Filters, RetrievalConfig

        filters = Filters(tuple(self.from_db or ()), tuple(self.difficulty or ()), tuple(self.tag or ()))
        return RetrievalConfig(self.strategy, self.select, self.min_score, filters, self.seed, self.diversity)

    def retriever(self, index: Path, catalog: Catalog) -> Any:
        """A retriever bound to the index."""
        from nshot.index.encoder import SentenceTransformerEncoder
        from nshot.retrieval import Retriever

        encoder = None if self.encoder is None else SentenceTransformerEncoder(self.encoder)
        return Retriever(index, self.config(), catalog=catalog, encoder=encoder)


@dataclass(frozen=True)
class PromptOptions:
    """How the prompt is written."""

    shots: Annotated[int, typer.Option(help="Examples in the prompt; 0 asks without any.")] = 3
    template: Annotated[
        str | None,
        typer.Option(help="zero-shot, n-shot, ddl, context-first, or a Jinja2 file. Default: n-shot."),
    ] = None
    context: Annotated[str | None, typer.Option(help="Schemas as natural sentences or as ddl.")] = None
    scope: Annotated[str, typer.Option(help="The full schema, or its relevant part.")] = "full"
    show_values: Annotated[
        bool, typer.Option("--show-values", help="Show cell values that the question names.")
    ] = False
    example_context: Annotated[
        str, typer.Option(help="Of an example's schema show: full, tables, gold (columns too), none.")
    ] = "tables"
    order: Annotated[str, typer.Option(help="The best example: best-last or best-first.")] = "best-last"
    budget: Annotated[
        int | None, typer.Option(help="Most tokens of the prompt. Default: what the model's context leaves.")
    ] = None

    def builder(self, text: TextFormat, room: int | None) -> PromptBuilder:
        """A prompt builder that keeps within the budget, or within `room` tokens."""
        from nshot.prompting import PromptBuilder, PromptConfig

        if self.shots < 0:
            raise OptionError(f"--shots must be at least 0, got {self.shots}")
        if self.budget is not None and room is not None and self.budget > room:
            raise OptionError(
                f"--budget must be at most {room}, what the model's context leaves, got {self.budget}"
            )
        config = PromptConfig(
            context=self.context,  # type: ignore[arg-type]
            scope=self.scope,  # type: ignore[arg-type]
            show_values=self.show_values,
            example_context=self.example_context,  # type: ignore[arg-type]
            order=self.order,  # type: ignore[arg-type]
            budget=self.budget or room,
        )
        template = self.template or ("n-shot" if self.shots else "zero-shot")
        return PromptBuilder(template, config, text)


@dataclass(frozen=True)
class ModelOptions:
    """Which model writes."""

    model: Annotated[
        str,
        typer.Option(help="embedded, a hub id, a folder, a .gguf file, or http(s)://host/v1 of a server."),
    ] = "embedded"
    adapter: Annotated[Path | None, typer.Option(help="Folder of a LoRA adapter.")] = None
    dtype: Annotated[str, typer.Option(help="auto, float32, bfloat16 or float16.")] = "auto"
    quantise: Annotated[str | None, typer.Option(help="nf4: load the weights in 4 bits.")] = None
    device: Annotated[str, typer.Option(help="auto, cpu, cuda ...")] = "auto"
    chat: Annotated[str, typer.Option(help="Use the model's chat template: auto, on or off.")] = "auto"
    backend: Annotated[str, typer.Option(help="What runs a .gguf file: transformers or llamacpp.")] = (
        "transformers"
    )
    server_model: Annotated[str | None, typer.Option(help="The model's name at the server.")] = None
    api: Annotated[str, typer.Option(help="Interface of the server: chat or completions.")] = "chat"
    allow_download: Annotated[
        bool, typer.Option("--allow-download", help="Let a hub id be fetched from the hub.")
    ] = False

    def settings(self) -> dict[str, Any]:
        """The arguments of `load_engine`."""
        return {
            "model": self.model,
            "adapter": self.adapter,
            "dtype": self.dtype,
            "quantise": self.quantise,
            "device": self.device,
            "chat": self.chat,
            "backend": self.backend,
            "server_model": self.server_model,
            "api": self.api,
            "allow_download": self.allow_download,
        }

    def engine(self) -> Engine:
        """The engine, loaded."""
        from nshot.generation import load_engine

        return load_engine(**self.settings())


@dataclass(frozen=True)
class DecodingOptions:
    """How tokens are chosen, and which candidate is taken."""

    method: Annotated[
        str | None, typer.Option(help="greedy, beam or sample. Default: greedy; beam for -n > 1.")
    ] = None
    n: Annotated[int, typer.Option("-n", "--candidates", help="Candidates a question.")] = 1
    max_new_tokens: Annotated[int, typer.Option(help="Longest completion, in tokens.")] = 256
    temperature: Annotated[float, typer.Option(help="Of method sample.")] = 1.0
    top_p: Annotated[float, typer.Option(help="Of method sample.")] = 1.0
    execute_guided: Annotated[
        bool, typer.Option("--execute-guided", help="Take the first candidate that runs.")
    ] = False
    vote: Annotated[bool, typer.Option("--vote", help="Take the result that most candidates agree on.")] = (
        False
    )
    repair: Annotated[
        bool, typer.Option("--repair", help="One more round, with the error, for SQL that does not run.")
    ] = False
    execute: Annotated[
        bool, typer.Option("--execute/--no-execute", help="Run the SQL, read-only and within limits.")
    ] = True
    timeout: Annotated[float, typer.Option(help="Of one SQL statement, seconds.")] = 10.0
    max_rows: Annotated[int, typer.Option(help="Rows read of a result.")] = 1000

    def decoding(self, seed: int) -> Decoding:
        """The decoding settings."""
        from nshot.generation import Decoding

        method: Any = self.method or ("beam" if self.n > 1 else "greedy")
        return Decoding(self.max_new_tokens, self.n, method, self.temperature, self.top_p, seed)

    def execution(self) -> Execution:
        """The execution settings."""
        from nshot.generation import Execution

        if self.vote and self.execute_guided:
            raise OptionError("--vote and --execute-guided are two ways to choose; give one")
        way: Any = "vote" if self.vote else "guided" if self.execute_guided else "first"
        return Execution(way, self.execute, self.timeout, self.max_rows)
