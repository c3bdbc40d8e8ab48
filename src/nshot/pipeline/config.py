"""The settings of a pipeline as one value, `PipelineConfig`, and how they go over those of a
model."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

from nshot.errors import IdleOptionError, OptionError
from nshot.generation import EngineConfig, ModelSettings, load_model_settings
from nshot.models import index_of_adapted
from nshot.option_types import convert_value
from nshot.options import Given, list_options, make, option, reset_idle
from nshot.pipeline.choose import Execution
from nshot.pipeline.confidence import Confidence, ConfidenceConfig, fits_weights
from nshot.retrieval import RetrievalConfig

if TYPE_CHECKING:
    from nshot.data import Catalog
    from nshot.pairs import PairBook
    from nshot.retrieval import FirstPass, Retriever
    from nshot.types import Example, Question

_LOG = logging.getLogger(__name__)
Note = Callable[[str], None]
SERVED = "served"
"""Template of the prompts for a model behind a server, which is taken to be able to follow
instructions.
"""
SAMPLE = Path("sample")
"""Stands for the index of the sample that ships with nshot, in place of an index folder."""


@dataclass(frozen=True)
class DatabaseConfig:
    """The location of the databases."""

    PANEL: ClassVar = "Databases"

    databases: Path | None = option(None, common=True)
    """Folder of <db_id>/<db_id>.sqlite, or one in Spider's layout. By default the sample that ships
    with nshot."""
    tables: Path | None = option(None)
    """A tables.json in Spider's format: schemas of databases without database files."""

    @property
    def is_given(self) -> bool:
        """Whether any location is given."""
        return self.databases is not None or self.tables is not None

    def catalog(self, note: Note = lambda _: None) -> Catalog:
        """The given databases, or those of the sample.

        Args:
            note: Called once for each database with what could not be read and is left out.
        """
        from nshot.data import Catalog

        return Catalog(self.databases, self.tables, note=note) if self.is_given else Catalog.sample(note=note)


_TOLD: set[tuple[str | None, str]] = set()
"""Notes on single databases that were told."""


@dataclass(frozen=True)
class DatabasesOrOne(DatabaseConfig):
    """The location of the databases, or one database by itself."""

    db: str | None = option(None, common=True)
    """One database: a file (SQLite, DuckDB) or a URL (postgresql://, mysql://, mariadb://), under
    its own name; beside `databases` if that is given, too."""

    @property
    def is_given(self) -> bool:
        return self.db is not None or super().is_given

    def catalog(self, note: Note = lambda _: None) -> Catalog:
        if self.db is None:
            return super().catalog(note)
        from nshot.data import Catalog

        def tell(text: str) -> None:
            if (self.db, text) not in _TOLD:  # a command makes several catalogs
                _TOLD.add((self.db, text))
                note(text)

        catalog = Catalog(self.databases, self.tables, note=tell)
        catalog.include(self.db)
        return catalog

    def one(self) -> dict[str, Path | str]:
        """The file or URL of `db` by its db_id; empty if it is not given."""
        from nshot.data import Catalog

        if self.db is None:
            return {}
        found = Catalog().resolve(self.db)
        return {} if found.source is None else {found.db_id: found.source}


@dataclass(frozen=True)
class ExampleConfig:
    """The source of examples, and how they are retrieved."""

    PANEL: ClassVar = "Examples"

    index: Path | None = option(None, common=True)
    """The index folder of solved examples, or the word sample. By default that of a `model` which
    nshot adapt made, else the sample's."""
    pairs: Path | None = option(None, common=True)
    """Verified pairs of your own: the journal that nshot pairs keeps (a .jsonl file, made when the
    first pair is saved), or a file of pairs as CSV, JSON, JSONL or Parquet. By default ask, prompt
    and serve use the journal of the database, and predict uses none."""
    reuse: bool = option(True)
    """Answer a question that a verified pair asks, too, by the SQL of that pair, without the model;
    if it asks the same with other values, these are exchanged. Pairs are those of `pairs`, and of
    an index that shows questions examples of their own database. Answers that are measured are the
    model's, unless this is given."""
    retrieval: RetrievalConfig = field(default_factory=RetrievalConfig)
    encoder: str | None = option(None)
    """Name or folder of the question encoder. By default the one that the index was built with."""
    first_pass: Path | None = option(None)
    """For `strategy` skeleton and skeleton-hybrid: a file with the SQL by which examples are
    ranked. Either the output of predict, or one SQL per line in the order of the questions. By
    default the model writes it."""

    def __post_init__(self) -> None:
        if self.first_pass is not None and not self.retrieval.needs_first_pass:
            raise IdleOptionError(
                "`first_pass` has no effect without `strategy` skeleton or skeleton-hybrid; leave it out",
                option="first_pass",
                because=("strategy",),
            )

    def load_first_pass(self, questions: Sequence[Question]) -> FirstPass | None:
        """First-pass SQL for all these questions from the given file; None if no file is given."""
        from nshot.pipeline.first_pass import read_first_pass

        return None if self.first_pass is None else read_first_pass(self.first_pass, questions)

    @property
    def is_sample(self) -> bool:
        """Whether the examples are those of the sample."""
        return self.index in (None, SAMPLE)

    def folder(self) -> Path:
        """The index folder; the sample's index is built if it does not exist."""
        from nshot.retrieval.sample_index import sample_index

        return sample_index() if self.index is None or self.is_sample else self.index

    @property
    def has_journal(self) -> bool:
        """Whether the pairs are a journal, to which pairs can be saved."""
        from nshot.pairs import is_journal

        return self.pairs is not None and is_journal(self.pairs)

    def open_book(self, catalog: Catalog) -> PairBook | None:
        """The book of the journal named; None if there is none, or the pairs are a plain file."""
        from nshot.pairs import PairBook

        return PairBook(self.pairs, catalog) if self.pairs is not None and self.has_journal else None

    def has_own(self) -> bool:
        """Whether examples of a question's own database may be there: pairs, or an index that
        allows them.
        """
        return self.pairs is not None or self.has_own_index()

    def has_own_index(self) -> bool:
        """Whether the index has examples that questions of their own database may be shown."""
        if self.index is None or self.is_sample:
            return False
        from nshot.index import read_manifest

        return read_manifest(self.index).same_db != "never"

    def read_own(self) -> list[Example]:
        """The examples of the index that questions of their own database may be shown."""
        from nshot.index import open_store

        if not self.has_own_index():
            return []
        return [one.example for one in open_store(self.folder()).entries if one.same_db == "allow"]

    def retriever(
        self, catalog: Catalog, questions: Sequence[Question] = (), *, book: PairBook | None = None
    ) -> Retriever:
        """A retriever for the index, with the first pass of the questions if a file has it.

        Args:
            catalog: The databases.
            questions: Those that a file of first-pass SQL answers.
            book: Verified pairs, used as examples in addition to those of the index, or alone if no
                index is named.
        """
        from nshot.index import SentenceTransformerEncoder, open_store
        from nshot.retrieval import STRATEGIES, LivePairs, Retriever

        encoder = None if self.encoder is None else SentenceTransformerEncoder(self.encoder)
        first_pass = self.load_first_pass(questions)
        if book is None:
            return Retriever(
                self.folder(), self.retrieval, catalog=catalog, encoder=encoder, first_pass=first_pass
            )
        base = None if self.index is None else open_store(self.folder())
        vectors = STRATEGIES[self.retrieval.ranking].vectors
        live = LivePairs(base, book, catalog, encoder=encoder, vectors=vectors)
        return live.retriever(self.retrieval, first_pass=first_pass)


@dataclass(frozen=True)
class PipelineConfig:
    """All settings that decide how questions are answered. Constructing it loads nothing.

    Each part is checked on construction; `settings`, which override the model's own, are checked by
    `check`.

    >>> config = PipelineConfig.of(model="embedded", strategy="hybrid", shots=2, beams=8)
    >>> config.examples.retrieval.strategy, config.settings
    ('hybrid', Given(ModelSettings, {'shots': 2, 'beams': 8}))
    """

    engine: EngineConfig = field(default_factory=EngineConfig)
    databases: DatabaseConfig = field(default_factory=DatabaseConfig)
    examples: ExampleConfig = field(default_factory=ExampleConfig)
    settings: Given[ModelSettings] = field(default_factory=lambda: Given(ModelSettings))
    """Settings that override the model's own (`nshot.json`)."""
    execution: Execution = field(default_factory=Execution)
    confidence: ConfidenceConfig = field(default_factory=ConfidenceConfig)

    def __post_init__(self) -> None:
        own = index_of_adapted(self.engine.adapter)
        plain_file = self.examples.pairs is not None and not self.examples.has_journal
        if own is not None and self.examples.index is None and not plain_file:
            object.__setattr__(self, "examples", replace(self.examples, index=own))

    @classmethod
    def of(cls, **options: Any) -> Self:
        """The config from options by their names on the command line, for example `shots=2,
        vote=True`.

        Raises:
            UnknownNameError: There is no such option.
            OptionError: A value has the wrong type, or is refused.
        """
        return make(cls, dict(_convert(name, value) for name, value in options.items()))

    def resolve(self) -> ModelSettings:
        """How the model is prompted and decoded: as given, else as its own settings say, else by
        default.

        Raises:
            EngineError: The model's settings are damaged.
            OptionError: An option given has no effect, or contradicts another.
        """
        settings = resolve(self.engine, self.settings, seed=self.examples.retrieval.seed)
        calibration = self.confidence.load(self.engine)
        if calibration is None or settings.decoding.method != "beam" or "candidates" in self.settings:
            return settings
        decoding = settings.decoding
        return replace(settings, decoding=replace(decoding, n=min(calibration.candidates, decoding.width)))

    def check(self) -> ModelSettings:
        """The result of `resolve`, after the checks that need several parts of the config.

        Raises:
            EngineError: The model's settings are damaged.
            OptionError: A value is refused, or an option has no effect.
        """
        settings = self.resolve()
        if self.execution.way != "first" and settings.decoding.n == 1:
            switches = (switch for one in list_options(Execution) for switch in one.info.switches)
            (name,) = (switch.name for switch in switches if switch.value == self.execution.way)
            raise IdleOptionError(
                f"`{name}` has no effect without several `candidates`; give that, too, or leave it out",
                option=name,
                because=("candidates",),
            )
        if self.execution.run_all and settings.decoding.n == 1:
            raise IdleOptionError(
                "`run_all` has no effect without several `candidates`; give that, too, or leave it out",
                option="run_all",
                because=("candidates",),
            )
        calibration = self.confidence.load(self.engine) if self.confidence.abstain_below else None
        if self.confidence.abstain_below and (calibration is None or not calibration.rates):
            raise IdleOptionError(
                "`abstain_below` has no effect without a calibration of the model; fit one with nshot "
                "calibrate, and name it with `calibration` if it is not in the model's folder",
                option="abstain_below",
                because=("calibration",),
            )
        return settings

    def make_confidence(self) -> Confidence | None:
        """How answers are rated; None if the model has no calibration for its weights.

        Raises:
            OptionError: `abstain_below` is given, and the calibration is of other weights.
        """
        calibration = self.confidence.load(self.engine)
        if calibration is None:
            return None
        if fits_weights(calibration, self.engine):
            return Confidence(calibration, self.confidence.abstain_below, self.confidence.rerank)
        told = (
            f"{self.confidence.path(self.engine)} was fitted for other weights of the adapter; fit it again "
            "with nshot calibrate"
        )
        if self.confidence.abstain_below:
            raise OptionError(told, option="abstain_below")
        _LOG.warning("no confidence is stated: %s", told)
        return None


def _convert(name: str, value: Any) -> tuple[str, Any]:
    """An option with its value converted to the option's type; a switch becomes the option that it
    sets.
    """
    for one in list_options(PipelineConfig):
        if one.name == name:
            return name, value
        for switch in one.info.switches:
            if switch.name == name:
                return one.name, switch.value if convert_value(bool, value, f"`{name}`") else one.default
    return name, value


def resolve(engine: EngineConfig, given: Given[ModelSettings], *, seed: int = 0) -> ModelSettings:
    """The settings that a model is used with.

    Args:
        engine: The model.
        given: What takes the place of the model's own settings.
        seed: Of sampling.

    Raises:
        EngineError: The model's settings are damaged.
        OptionError: An option given has no effect, or contradicts another.
    """
    untuned = make(ModelSettings, {"template": SERVED} if engine.is_server else {})
    own = load_model_settings(engine.model, engine.adapter) or untuned
    return put_over(own if engine.in_process else own.without_constraints(), given, engine.in_process, seed)


def put_over(
    own: ModelSettings, given: Given[ModelSettings], in_process: bool = True, seed: int = 0
) -> ModelSettings:
    """Override a model's own settings with the given ones.

    Several candidates come from a beam, or are sampled if the engine has no beam search.
    Constrained decoding is dropped if another form than the model's own is requested.

    Raises:
        OptionError: A given option has no effect, or contradicts another.
    """
    values = dict(given.values)
    if values.get("candidates", 1) > 1 and "method" not in values:
        values["method"] = "beam" if in_process else "sample"
    if "shots" in values:
        values.setdefault("own_shots", values["shots"])
    if "functions" in values:
        values["functions"] = _functions(values["functions"])
    form = values.get("form", own.prompt.form)
    if "constrain" not in values and own.decoding.constrain and form != "from-first":
        values["constrain"] = False
    found = Given(ModelSettings, values).over(own)
    given.check_effect(found)
    return replace(found, decoding=replace(reset_idle(found.decoding), seed=seed))


def _functions(names: Sequence[str]) -> tuple[str, ...]:
    found = tuple(dict.fromkeys(name.lower() for name in names))
    if "any" in found and len(found) > 1:
        raise OptionError(
            "`functions` any allows every function; leave any out, or the others", option="functions"
        )
    return () if found == ("any",) else found
