"""How prompts are built: the settings that stay the same over a run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from nshot.errors import OptionError, UnknownNameError
from nshot.types import Context, Form

Scope = Literal["full", "relevant"]
ExampleContext = Literal["full", "tables", "gold", "none"]
Order = Literal["best-last", "best-first"]


@dataclass(frozen=True, slots=True)
class PromptConfig:
    """Settings of a `PromptBuilder`, checked when made."""

    context: Context | None = None
    """How schemas are written; None: as the template is made for, else `natural`."""
    scope: Scope = "full"
    """The whole schema of the question's database, or its relevant part."""
    max_tables: int = 6
    """Most tables that scope `relevant` keeps."""
    max_columns: int | None = None
    """Most columns of each table that scope `relevant` keeps, keys not counted; None: all."""
    show_values: bool = False
    """Show cell values that the question names beside their columns."""
    example_context: ExampleContext | None = None
    """Of an example's schema, show: all of it; the tables that its SQL names; only the columns, too,
    that its SQL names; nothing. None: as the template is made for, else `tables`."""
    order: Order = "best-last"
    """Where the best example stands: next to the new question, or at the top."""
    form: Form = "written"
    """How the SQL of examples is written, and so how the answer is to be read."""
    budget: int | None = None
    """Most tokens of the whole prompt, chat template included; None: no limit."""

    def __post_init__(self) -> None:
        _one_of("context", self.context, (None, *get_args(Context)))
        _one_of("scope", self.scope, get_args(Scope))
        _one_of("example context", self.example_context, (None, *get_args(ExampleContext)))
        _one_of("order", self.order, get_args(Order))
        _one_of("form", self.form, get_args(Form))
        _at_least_one("max_tables", self.max_tables)
        _at_least_one("max_columns", self.max_columns)
        _at_least_one("budget", self.budget)


def _one_of(noun: str, value: str | None, known: tuple[str | None, ...]) -> None:
    if value not in known:
        raise UnknownNameError(noun, str(value), [name for name in known if name is not None])


def _at_least_one(name: str, value: int | None) -> None:
    if value is not None and value < 1:
        raise OptionError(f"{name} must be at least 1, got {value}")
