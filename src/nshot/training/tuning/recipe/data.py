"""The `data` section of a recipe."""

from __future__ import annotations

from dataclasses import Field, dataclass, fields
from pathlib import Path
from typing import Any

from nshot.errors import OptionError
from nshot.options import find_inline, inline, take
from nshot.pipeline import DatabaseConfig, ExampleConfig
from nshot.prompting import PromptConfig
from nshot.retrieval import RetrievalConfig
from nshot.training.data.config import RowConfig
from nshot.training.data.holdout import HoldoutConfig
from nshot.training.tuning.recipe.checks import least

NOT_RENDERING = (
    "files",
    "held_out_files",
    "pool",
    "databases",
    "tables",
    "holdout",
)
"""Fields that do not decide how rows are rendered; all others have no effect on rendered files."""


@dataclass(frozen=True)
class DataPart:
    """The training rows: rendered from a pool of solved questions, or read from files."""

    files: tuple[str, ...] = ()
    """Files that `nshot train data` wrote, such as train.jsonl. They are rendered already, so the
    options of rendering have no effect."""
    held_out_files: tuple[str, ...] = ()
    """Held-out files that `nshot train data` wrote, such as held_out.jsonl."""
    pool: tuple[str, ...] = ()
    """Files of solved questions, or `sample`. Either this or `files`."""
    databases: Path | None = take(DatabaseConfig, "databases")
    tables: Path | None = take(DatabaseConfig, "tables")
    index: Path | None = take(ExampleConfig, "index")
    """Folder of the index of examples; by default none."""
    holdout: HoldoutConfig = inline(
        HoldoutConfig(),
        renamed={"databases": "holdout", "questions": "holdout_questions", "seed": "holdout_seed"},
    )
    """Databases held out for selection, by number or by name; or questions, for a pool of one
    database.
    """
    draws: int = 0
    """Number of epochs with different draws, after which they repeat; 0: every epoch draws again.
    """
    retrieval: RetrievalConfig = inline(RetrievalConfig())
    """How demonstrations are picked; the strategy is that of `rows`."""
    rows: RowConfig = inline(RowConfig(shots=0))
    """What each row draws: examples, part of the schema."""
    prompt: PromptConfig = inline(
        PromptConfig(form="from-first"), without=("scope",), renamed={"context": "schema_style"}
    )
    """Settings of prompts and responses, in training rows and validation questions. The part of the
    schema is one of `contexts`."""

    def __post_init__(self) -> None:
        if bool(self.files) == bool(self.pool):
            raise OptionError("[data] takes either pool or files; set exactly one of them")
        if self.files:
            rendering = [one for one in fields(self) if one.name not in NOT_RENDERING]
            given = [key for one in rendering for key in _find_changed(self, one)]
            if given:
                raise OptionError(
                    f"[data] {given[0]} has no effect on files, which are rendered already; remove it, or "
                    "set it in nshot train data"
                )
            if self.holdout.questions:
                raise OptionError(
                    "[data] holdout_questions has no effect on files; write held_out_files with "
                    "nshot train data --holdout-questions"
                )
        elif self.held_out_files:
            raise OptionError("[data] held_out_files needs files; for a pool, set holdout")
        least("data", "draws", self.draws, 0)


def _find_changed(part: DataPart, field: Field[Any]) -> list[str]:
    """The keys of a field that are not at their defaults."""
    value, usual, held = getattr(part, field.name), field.default, find_inline(field)
    if held is None:
        return [field.name] if value != usual else []
    return [key for name, key in held.names.items() if getattr(value, name) != getattr(usual, name)]
