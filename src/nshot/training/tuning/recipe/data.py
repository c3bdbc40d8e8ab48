"""The recipe's section on data."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Literal

from nshot.errors import OptionError
from nshot.options import inline
from nshot.prompting import PromptConfig
from nshot.training.tuning.recipe.checks import least


@dataclass(frozen=True)
class DataPart:
    """The rows to learn from: rendered from a pool of solved questions, or read from files."""

    files: tuple[str, ...] = ()
    """What `nshot train data` wrote: train.jsonl. Then nothing is rendered, and the options of rendering are
    those that it was given."""
    held_out_files: tuple[str, ...] = ()
    """Its held_out.jsonl."""
    pool: tuple[str, ...] = ()
    """Files of solved questions, or `sample`. Either this or `files`."""
    databases: str = ""
    """Folder of the databases; empty: the sample's."""
    tables: str = ""
    """A tables.json, for databases without files."""
    index: str = ""
    """Folder of the index where demonstrations come from."""
    holdout: int | tuple[str, ...] = 0
    """Databases kept out of training, for selection: how many, or their names."""
    holdout_seed: int = 0
    draws: int = 0
    """Epochs with draws of their own before the first ones come again; 0: every epoch draws anew."""
    shots: int | str = 0
    """Demonstrations of a row: 3, 0..5, or with weights 0:4,1:2,3:1."""
    contexts: str = "full"
    """Parts of the schema in rows: full, shuffled, renamed, relevant, gold, gold+distractors; or with
    weights, full:8,gold:2.

    `shuffled` draws one order for all rows of a database, anew in each epoch."""
    strategies: tuple[str, ...] = ("double-hybrid",)
    """By which demonstrations are found; each row draws one."""
    select: str = "top"
    """What is taken of their ranking."""
    same_db: Literal["never", "allow"] = "never"
    repeats: int = 1
    """Rows made of each question in an epoch."""
    dropout: float = 0.0
    """Probability with which a demonstration is left out."""
    shuffle: bool = False
    """Demonstrations in random order."""
    template: str = "compact"
    prompt: PromptConfig = inline(
        PromptConfig(form="from-first"), without=("scope",), renamed={"context": "schema_style"}
    )
    """How prompts and responses are written, here and where held-out questions are asked. The part of the
    schema is one of `contexts`."""

    def __post_init__(self) -> None:
        if bool(self.files) == bool(self.pool):
            raise OptionError("[data] takes either pool or files: name one of them, the other not")
        if self.files:
            given = [name for name in RENDERING if getattr(self, name) != _DEFAULTS[name]]
            if given:
                raise OptionError(
                    f"[data] {given[0]} has no effect on files: nshot train data has rendered them already"
                )
        elif self.held_out_files:
            raise OptionError(
                "[data] held_out_files belongs to files; hold databases of a pool out by holdout"
            )
        least("data", "draws", self.draws, 0)
        if isinstance(self.holdout, int):
            least("data", "holdout", self.holdout, 0)

    @property
    def held(self) -> str:
        """`holdout` as `nshot train data` takes it: a number, or names with commas between."""
        return str(self.holdout) if isinstance(self.holdout, int) else ",".join(self.holdout)


RENDERING = (
    "index", "draws", "shots", "contexts", "strategies", "select", "same_db", "repeats", "dropout",
    "shuffle", "template", "prompt",
)  # fmt: skip
"""Fields that decide how rows are rendered."""
_DEFAULTS = {one.name: one.default for one in fields(DataPart)}
