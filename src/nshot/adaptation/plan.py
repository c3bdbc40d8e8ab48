"""What an adaptation needs before it begins: pairs, databases, the start model, its settings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nshot.adaptation.checked_pairs import CheckedPairs
from nshot.adaptation.config import AdaptConfig
from nshot.adaptation.keys import with_keys
from nshot.adaptation.split import PairSplit, split_pairs
from nshot.errors import DataError, OptionError
from nshot.generation import EngineConfig, ModelSettings, load_model_settings
from nshot.models import EMBEDDED, EMBEDDED_BASE, SHIPPED
from nshot.types import Question

if TYPE_CHECKING:
    from nshot.data import Catalog

SAMPLE = "sample"
"""Names the questions that ship with nshot, in place of a file."""


@dataclass(frozen=True)
class Check:
    """Questions on other databases, to measure what a model forgets."""

    questions: tuple[Question, ...]
    catalog: Catalog


@dataclass(frozen=True)
class AdaptPlan:
    """All that decides an adaptation."""

    checked: CheckedPairs
    split: PairSplit
    catalog: Catalog
    """The databases of the pairs."""
    start: EngineConfig
    """The model that is tuned: a base, with an adapter or without."""
    settings: ModelSettings
    """How the start model is prompted and decoded."""
    adapted_settings: ModelSettings
    """How the adapted one is: as the start model, with the keys that the pairs' joins need."""
    config: AdaptConfig
    replayed: tuple[Question, ...]
    replayed_catalog: Catalog
    check: Check

    @property
    def adapter(self) -> str:
        """The adapter that the training starts from, as `LoraPart.start`; empty for a new one."""
        if self.start.adapter is not None:
            return str(self.start.adapter)
        return EMBEDDED if self.start.model == EMBEDDED else ""

    @property
    def base(self) -> str:
        """The start model without its adapter."""
        return EMBEDDED_BASE if self.start.model == EMBEDDED else self.start.model

    @property
    def own_shots(self) -> int:
        """Pairs that a prompt shows."""
        return max(1, self.settings.own_shots)

    def describe(self) -> dict[str, Any]:
        """What an adaptation that goes on must have in common with the one before; it may take
        longer.
        """
        from dataclasses import asdict

        from nshot.artifacts import questions_sha256
        from nshot.generation import adapter_sha256

        return {
            "pairs": questions_sha256(list(self.checked.pairs)),
            "base": self.base,
            "adapter_sha256": adapter_sha256(self.start),
            **{name: value for name, value in asdict(self.config).items() if name != "minutes"},
        }


def plan_adaptation(
    checked: CheckedPairs, catalog: Catalog, start: EngineConfig, config: AdaptConfig
) -> AdaptPlan:
    """The plan of an adaptation; nothing is computed yet.

    Args:
        checked: The pairs.
        catalog: The databases of the pairs, of the replayed pool and of the check.
        start: The model to begin with.
        config: The settings.

    Raises:
        OptionError: There are too few pairs, or the model cannot be tuned here.
        DataError: A database is no file, or a file of questions cannot be used.
    """
    if not start.in_process:
        raise OptionError(
            "a model behind a server cannot be tuned; name a folder, or embedded", option="model"
        )
    split = split_pairs(checked.pairs, config.holdout, config.seed)
    for db_id in dict.fromkeys(pair.db_id for pair in checked.pairs):
        if not isinstance(catalog.path(db_id), Path):
            raise DataError(
                f"{db_id} is not a SQLite file, and answers are judged on SQLite files; leave its pairs out"
            )
    replayed, replayed_catalog = _read_replayed(catalog, config)
    settings = _start_settings(start)
    return AdaptPlan(
        checked,
        split,
        catalog,
        start,
        settings,
        with_keys(settings, split.learnt, catalog),
        config,
        replayed,
        replayed_catalog,
        _check(catalog, config, {pair.db_id for pair in checked.pairs}),
    )


def _start_settings(start: EngineConfig) -> ModelSettings:
    """The settings of the start model; for one without, those of the embedded model."""
    own = load_model_settings(start.model, start.adapter) or ModelSettings.load(SHIPPED)
    assert own is not None  # it ships
    return replace(own, prompt=replace(own.prompt, budget=None))


def _read_replayed(catalog: Catalog, config: AdaptConfig) -> tuple[tuple[Question, ...], Catalog]:
    from nshot.data import Catalog, read_pool

    if not config.replay:
        return (), catalog
    where = Catalog.sample() if config.replay_pool == SAMPLE else catalog
    report = read_pool(config.replay_pool, catalog=where)
    found = tuple(
        Question(one.question, one.db_id, one.id, one.sql, report.hints.get(one.id, ""))
        for one in report.examples
    )
    return found, where


def _check(catalog: Catalog, config: AdaptConfig, own: set[str]) -> Check:
    """A sample of the questions on databases that no pair asks."""
    from nshot.data import Catalog, read_questions, sample_dir
    from nshot.experiments import stratify

    if not config.check_limit:
        return Check((), catalog)
    of_sample = config.check == SAMPLE
    path = sample_dir() / "dev.json" if of_sample else Path(config.check)
    found: Sequence[Question] = [one for one in read_questions(path) if one.db_id not in own and one.sql]
    some = stratify(found, config.check_limit, config.seed) if found else []
    return Check(tuple(some), Catalog.sample() if of_sample else catalog)
