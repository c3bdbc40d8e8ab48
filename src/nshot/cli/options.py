"""Options that several commands share; each group makes the object that it describes."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nshot.cli.first_pass import FirstPassOptions
from nshot.errors import OptionError

if TYPE_CHECKING:
    from nshot.data import Catalog
    from nshot.generation import Asking, Engine, Execution
    from nshot.index.encoder import Encoder
    from nshot.retrieval import RetrievalConfig, Retriever
    from nshot.types import Question

STRATEGY = "double-hybrid"
DIVERSITY = 0.3
OWN = "Default: the model's own (nshot.json), else"
"""Of options that a tuned model may have settings for."""
WITHOUT_EFFECT = ("adapter", "concurrency", "timeout", "device", "context_length", "allow_download")
"""Arguments of `load_engine` that do not decide what a model writes; the adapter counts by its weights."""


@dataclass(frozen=True)
class DatabaseOptions:
    """Where the databases are."""

    databases: Annotated[
        Path | None,
        typer.Option(
            help="Folder of <db_id>/<db_id>.sqlite, or one in Spider's layout. Default: the sample that "
            "ships with nshot."
        ),
    ] = None
    tables: Annotated[
        Path | None,
        typer.Option(
            help="A tables.json as Spider has it: schemas of databases whose files are not at hand."
        ),
    ] = None

    @property
    def given(self) -> bool:
        """Whether the user named any."""
        return self.databases is not None or self.tables is not None

    def catalog(self) -> Catalog:
        """The databases named, or those of the sample."""
        from nshot.data import Catalog

        if not self.given:
            return Catalog.sample()
        return Catalog(self.databases, self.tables)


@dataclass(frozen=True)
class PickingOptions(FirstPassOptions):
    """What holds for every way of picking examples."""

    min_score: Annotated[
        float | None,
        typer.Option(help="Leave out examples below this score, in the unit of the strategy."),
    ] = None
    from_db: Annotated[
        list[str] | None, typer.Option(help="Only examples of this database; may be given several times.")
    ] = None
    difficulty: Annotated[
        list[str] | None,
        typer.Option(
            help="Only examples this hard: easy, medium, hard or extra; may be given several times."
        ),
    ] = None
    tag: Annotated[
        list[str] | None, typer.Option(help="Only examples with this tag; may be given several times.")
    ] = None
    diversity: Annotated[
        float, typer.Option(help="For --select mmr: from 0 (only the score counts) to 1 (only difference).")
    ] = DIVERSITY
    encoder: Annotated[
        str | None,
        typer.Option(help="Name or folder of the encoder. Default: the one that the index was built with."),
    ] = None
    seed: Annotated[int, typer.Option(help="For --strategy random and --method sample.")] = 0

    def picking(self, strategy: str, select: str, seed: int | None = None) -> RetrievalConfig:
        """The retrieval configuration for a strategy and a selection."""
        from nshot.retrieval import Filters, RetrievalConfig

        filters = Filters(tuple(self.from_db or ()), tuple(self.difficulty or ()), tuple(self.tag or ()))
        drawn = self.seed if seed is None else seed
        passes = self.passes()
        return RetrievalConfig(strategy, select, self.min_score, filters, drawn, self.diversity, **passes)

    def refuse_idle_diversity(self, selects: Collection[str]) -> None:
        """Nothing, where `--diversity` has an effect on one of these selections.

        Raises:
            OptionError: It was given and has none.
        """
        if self.diversity != DIVERSITY and "mmr" not in selects:
            raise OptionError("--diversity has no effect without --select mmr; leave it out")

    def make_encoder(self) -> Encoder | None:
        """The encoder named; None for the one that the index names."""
        from nshot.index.encoder import SentenceTransformerEncoder

        return None if self.encoder is None else SentenceTransformerEncoder(self.encoder)


@dataclass(frozen=True)
class RetrievalOptions(PickingOptions):
    """How examples are picked."""

    strategy: Annotated[
        str,
        typer.Option(
            help="How examples are ranked: random, vector, keyword, hybrid, masked-vector, masked-keyword, "
            "masked-hybrid (masked: with the names and values of the schema taken out of the question), "
            "double-hybrid (both), or by SQL that was written without examples, too: skeleton, "
            "skeleton-hybrid."
        ),
    ] = STRATEGY
    select: Annotated[
        str,
        typer.Option(
            help="What is taken of the ranking: top (the best), mmr (unlike one another), distinct (each "
            "form of SQL once), or coverage (together the parts of SQL that the best agree on)."
        ),
    ] = "top"

    def config(self) -> RetrievalConfig:
        """The retrieval configuration."""
        self.refuse_idle((self.strategy,))
        self.refuse_idle_diversity((self.select,))
        return self.picking(self.strategy, self.select)

    def retriever(self, index: Path, catalog: Catalog, questions: Sequence[Question] = ()) -> Retriever:
        """A retriever bound to the index, and to the first pass of the questions where a file has it."""
        from nshot.retrieval import Retriever

        return Retriever(
            index,
            self.config(),
            catalog=catalog,
            encoder=self.make_encoder(),
            first_pass=self.known_first_pass(questions),
        )


@dataclass(frozen=True)
class PromptStyle:
    """How a prompt is written, whatever the number of examples."""

    template: Annotated[
        str | None,
        typer.Option(
            help=f"zero-shot, n-shot, ddl, context-first, compact, or a Jinja2 file. {OWN} n-shot; "
            "zero-shot for --shots 0."
        ),
    ] = None
    context: Annotated[
        str | None,
        typer.Option(
            help=f"Schemas as natural (sentences), ddl (CREATE TABLE) or compact (a line a table). {OWN} "
            "the template's."
        ),
    ] = None
    scope: Annotated[
        str | None,
        typer.Option(help=f"full: the whole schema; relevant: the part that the question needs. {OWN} full."),
    ] = None
    max_tables: Annotated[
        int | None, typer.Option(help=f"For --scope relevant: most tables kept. {OWN} 6.")
    ] = None
    max_columns: Annotated[
        int | None,
        typer.Option(help=f"For --scope relevant: most columns kept of a table, keys aside. {OWN} no limit."),
    ] = None
    show_values: Annotated[
        bool | None,
        typer.Option(
            "--show-values/--no-show-values",
            help=f"Show the cell values that the question mentions. {OWN} no.",
        ),
    ] = None
    example_context: Annotated[
        str | None,
        typer.Option(
            help="How much of its own schema an example shows: full, tables (those of its SQL), gold (their "
            f"columns, too, are only those of its SQL), or none. {OWN} the template's, else tables."
        ),
    ] = None
    form: Annotated[
        str | None,
        typer.Option(
            help="How the SQL of examples is written and the answer read: written, tidy, named or "
            f"from-first. {OWN} written."
        ),
    ] = None
    order: Annotated[
        str | None,
        typer.Option(
            help="Place of the best example: best-last (next to the question) or best-first. "
            f"{OWN} best-last."
        ),
    ] = None
    budget: Annotated[
        int | None,
        typer.Option(help="Most tokens that the prompt may have. Default: what the model's context leaves."),
    ] = None

    def over(self, own: Asking) -> Asking:
        """What is given here put over a model's own settings."""
        names = [field.name for field in fields(own.prompt)]
        given: Any = {name: value for name in names if (value := getattr(self, name)) is not None}
        return replace(own, template=self.template or own.template, prompt=replace(own.prompt, **given))


@dataclass(frozen=True)
class PromptOptions(PromptStyle):
    """How the prompt is written."""

    shots: Annotated[
        int | None, typer.Option(help=f"How many examples the prompt shows; 0 for none. {OWN} 3.")
    ] = None

    def over(self, own: Asking) -> Asking:
        """As in `PromptStyle`, with the number of examples."""
        own = super().over(own)
        return own if self.shots is None else replace(own, shots=self.shots)


@dataclass(frozen=True)
class ModelOptions:
    """Which model writes."""

    model: Annotated[
        str,
        typer.Option(
            help="embedded (small, tuned for nshot, ships with it), embedded-base (the model beneath), a hub "
            "id, a folder, a .gguf file, or http(s)://host/v1 of any OpenAI-compatible server (key: "
            "NSHOT_API_KEY or OPENAI_API_KEY)."
        ),
    ] = "embedded"
    adapter: Annotated[
        Path | None,
        typer.Option(help="Folder of a LoRA adapter for the model; over embedded instead of its own."),
    ] = None
    dtype: Annotated[
        str, typer.Option(help="Precision of the weights: auto, float32, bfloat16 or float16.")
    ] = "auto"
    quantise: Annotated[str | None, typer.Option(help="nf4 loads the weights in 4 bits.")] = None
    device: Annotated[
        str, typer.Option(help="Where the model runs: auto (a GPU if there is one), cpu, cuda ...")
    ] = "auto"
    chat: Annotated[
        str | None, typer.Option(help=f"Use the model's chat template: auto, on or off. {OWN} auto.")
    ] = None
    backend: Annotated[str, typer.Option(help="What runs a .gguf file: transformers or llamacpp.")] = (
        "transformers"
    )
    server_model: Annotated[
        str | None, typer.Option(help="The model's name at the server. Default: the only one it has.")
    ] = None
    api: Annotated[str, typer.Option(help="Interface of the server: chat or completions.")] = "chat"
    concurrency: Annotated[int, typer.Option(help="Requests to a server under way at once.")] = 4
    request_timeout: Annotated[float, typer.Option(help="Seconds that a server may take to answer.")] = 120.0
    context_length: Annotated[
        int | None, typer.Option(help="Tokens of prompt and answer. Default: the model's; 8192 for a server.")
    ] = None
    allow_download: Annotated[
        bool,
        typer.Option(
            "--allow-download", help="Let a model that is not on this machine be fetched from the hub."
        ),
    ] = False

    def settings(self) -> dict[str, Any]:
        """The arguments of `load_engine`."""
        return {
            "model": self.model,
            "adapter": self.adapter,
            "dtype": self.dtype,
            "quantise": self.quantise,
            "device": self.device,
            "chat": self.asking().chat,
            "backend": self.backend,
            "server_model": self.server_model,
            "api": self.api,
            "concurrency": self.concurrency,
            "timeout": self.request_timeout,
            "context_length": self.context_length,
            "allow_download": self.allow_download,
        }

    def asking(self) -> Asking:
        """How the model wants to be asked, else as any other; with the chat mode given here.

        Raises:
            EngineError: Its settings are damaged.
        """
        from nshot.generation.asking import Asking, asking_of

        own = asking_of(self.model, self.adapter) or Asking()
        own = own if self.local else own.unconstrained()
        return replace(own, chat=self.chat) if self.chat else own  # type: ignore[arg-type]

    def adapter_sha256(self) -> str | None:
        """Of the adapter's weights: a folder may change under its name."""
        from nshot.generation.shipped import EMBEDDED, SHIPPED

        folder = SHIPPED if self.adapter is None and self.model == EMBEDDED else self.adapter
        if folder is None:
            return None
        digest = hashlib.sha256()
        for file in sorted(folder.glob("adapter_model.*")):
            digest.update(file.read_bytes())
        return digest.hexdigest()

    def identity(self, engine: str) -> str:
        """Digest of all that decides what the model writes: name, weights, adapter, precision, chat mode.

        Weights of a folder or file are told apart by size and time of change; a server is taken at its name.
        """
        asked = {name: value for name, value in self.settings().items() if name not in WITHOUT_EFFECT}
        place = Path(self.model)
        files = sorted(place.glob("*")) if place.is_dir() else [place] if place.is_file() else []
        weights = [(file.name, file.stat().st_size, file.stat().st_mtime_ns) for file in files]
        whole = repr((engine, sorted(asked.items()), self.adapter_sha256(), weights))
        return hashlib.sha256(whole.encode()).hexdigest()

    @property
    def local(self) -> bool:
        """Whether tokens are chosen in this process: servers and llama.cpp know no beams and constraints."""
        return not self.model.startswith(("http://", "https://")) and self.backend != "llamacpp"

    def engine(self) -> Engine:
        """The engine, loaded."""
        from nshot.generation import load_engine

        return load_engine(**self.settings())


@dataclass(frozen=True)
class DecodingOptions:
    """How tokens are chosen, and which candidate is taken."""

    method: Annotated[
        str | None,
        typer.Option(
            help="greedy, beam or sample. Default: the model's own (nshot.json), else greedy; for -n above 1 "
            "beam, or sample on a server."
        ),
    ] = None
    n: Annotated[
        int, typer.Option("-n", "--candidates", help="How many SQL texts the model writes for a question.")
    ] = 1
    max_new_tokens: Annotated[int | None, typer.Option(help=f"Longest completion, in tokens. {OWN} 256.")] = (
        None
    )
    stop: Annotated[
        list[str] | None, typer.Option(help="End the SQL before this text, too; may be repeated.")
    ] = None
    beams: Annotated[
        int | None, typer.Option(help=f"For --method beam: how many are followed, at least. {OWN} 4.")
    ] = None
    temperature: Annotated[float, typer.Option(help="For --method sample.")] = 1.0
    top_p: Annotated[float, typer.Option(help="For --method sample.")] = 1.0
    constrain: Annotated[
        bool | None,
        typer.Option(
            "--constrain/--no-constrain",
            help="Only let the model write what can become valid SQL over the names of the schema. Needs "
            f"--form from-first and a model in this process. {OWN} no.",
        ),
    ] = None
    functions: Annotated[
        list[str] | None,
        typer.Option(
            help="With --constrain: a function that the SQL may call, and no other than those named; may be "
            f"repeated; any: all. {OWN} any."
        ),
    ] = None
    joins: Annotated[
        str | None,
        typer.Option(
            help="With --constrain: any; or keys: between tables that foreign keys connect, only from key to "
            f"key. {OWN} any."
        ),
    ] = None
    execute_guided: Annotated[
        bool, typer.Option("--execute-guided", help="Of several candidates, take the first that runs.")
    ] = False
    vote: Annotated[
        bool, typer.Option("--vote", help="Of several candidates, take the result that most agree on.")
    ] = False
    repair: Annotated[
        bool, typer.Option("--repair", help="Show the model the error of SQL that does not run, once.")
    ] = False
    execute: Annotated[
        bool, typer.Option("--execute/--no-execute", help="Run the SQL, read-only and within limits.")
    ] = True
    timeout: Annotated[float, typer.Option(help="Seconds that one SQL statement may take.")] = 10.0
    max_rows: Annotated[int, typer.Option(help="Rows read of a result, at most.")] = 1000

    def over(self, own: Asking, seed: int, local: bool = True) -> Asking:
        """What is given here put over a model's own settings, whose prompts are settled.

        Several candidates are sampled where the engine has no beam search.
        """
        from nshot.generation import Decoding

        several = "beam" if local else "sample"
        method: Any = self.method or (several if self.n > 1 else own.decoding.method)
        stop = tuple(text.replace("\\n", "\n") for text in self.stop or ())
        constrain, longest = self.constrain, self.max_new_tokens
        if constrain is None:  # another form than the model's own cannot be constrained
            constrain = own.decoding.constrain and own.prompt.form == "from-first"
        if not constrain and (self.functions or self.joins):
            raise OptionError("--functions and --joins hold constrained SQL to less; give --constrain, too")
        decoding = Decoding(
            own.decoding.max_new_tokens if longest is None else longest,
            self.n,
            method,
            self.temperature,
            self.top_p,
            seed,
            stop,
            own.decoding.beams if self.beams is None else self.beams,
            constrain,
            self._functions(own) if constrain else (),
            self._joins(own) if constrain else "any",
        )
        return replace(own, decoding=decoding)

    def _functions(self, own: Asking) -> tuple[str, ...]:
        if self.functions is None:
            return own.decoding.functions
        return tuple(name.lower() for name in self.functions if name.lower() != "any")

    def _joins(self, own: Asking) -> Any:
        return own.decoding.joins if self.joins is None else self.joins

    def execution(self) -> Execution:
        """The execution settings."""
        from nshot.generation import Execution

        if self.vote and self.execute_guided:
            raise OptionError("--vote and --execute-guided are two ways to choose; give one")
        way: Any = "vote" if self.vote else "guided" if self.execute_guided else "first"
        return Execution(way, self.execute, self.timeout, self.max_rows)
