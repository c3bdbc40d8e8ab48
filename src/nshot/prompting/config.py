"""Settings for building prompts, which stay the same during a run."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal, get_args

from nshot.errors import UnknownNameError
from nshot.options import check_least, option
from nshot.types import Context, Form

Scope = Literal["full", "relevant"]
ExampleContext = Literal["full", "tables", "gold", "none"]
Order = Literal["best-last", "best-first"]


@dataclass(frozen=True, slots=True)
class PromptConfig:
    """Settings of a `PromptBuilder`; checked on construction."""

    PANEL: ClassVar = "Prompt"

    template: str | None = option(None, of_model=True)
    """Prompt template: zero-shot, n-shot, ddl, context-first, compact, served (it names the SQL
    dialect and the day), or a Jinja2 file. By default served for a server, else n-shot (zero-shot
    without examples), and compact for fine-tuning data."""
    context: Context | None = option(None, of_model=True)
    """How schemas are written: natural (sentences), ddl (CREATE TABLE) or compact (one line per
    table). By default as the template declares."""
    scope: Scope = option("full", of_model=True)
    """Part of the schema that a prompt shows: full, or relevant (what the question needs)."""
    max_tables: int = option(6, of_model=True, needs=("scope", ("relevant",)))
    """Maximum number of tables in a prompt; for `scope` relevant."""
    schema_tokens: int | None = option(None, of_model=True, needs=("scope", ("relevant",)))
    """Maximum number of tokens of the schema, in place of `max_tables`; for `scope` relevant.
    Tables that the question names or whose values it holds are shown in any case."""
    max_columns: int | None = option(None, of_model=True, needs=("scope", ("relevant",)))
    """Maximum number of columns of each table, keys not counted; for `scope` relevant. By default
    all.
    """
    show_values: bool = option(False, of_model=True)
    """Show cell values that the question names, beside their columns."""
    show_codes: bool = option(False, of_model=True)
    """Show the values of text columns that hold only a few short ones, such as 'F' and 'M'."""
    found_keys: bool = option(False, of_model=True)
    """Show foreign keys that the database does not declare, found by names and content."""
    split_names: bool = option(False, of_model=True)
    """Show names in words: FirstName and firstname as first_name. Answers get the database's own
    names back."""
    only_tables: tuple[str, ...] = option(())
    """Show only these tables of the question's database, as comma-separated names or patterns:
    orders,cust_*. May be given several times."""
    exclude_tables: tuple[str, ...] = option(())
    """Leave out these tables of the question's database, as comma-separated names or patterns:
    tmp_*. May be given several times."""
    views: bool = option(True)
    """Show views, too."""
    notes: Path | None = option(None)
    """A YAML or TOML file of notes on tables and columns, for example `orders: one row for each
    order` and `orders.state: o = open, s = shipped`. In nshot.toml they may be in a table
    [notes]."""
    example_context: ExampleContext | None = option(None, of_model=True)
    """Part of its own schema that an example shows: full, tables (the tables of its SQL), gold
    (only the columns of its SQL), or none. By default as the template declares, else tables."""
    order: Order = option("best-last", of_model=True)
    """Position of the best example: best-last (next to the question) or best-first."""
    form: Form = option("written", of_model=True)
    """Form of the SQL in examples; the model's answer is read in the same form."""
    budget: int | None = option(None, recipe=True)
    """Maximum number of tokens of the prompt, chat template included. By default what the context
    leaves.
    """

    @property
    def chooses(self) -> bool:
        """Whether prompts show a choice of the tables, or notes on them."""
        return bool(self.only_tables or self.exclude_tables or self.notes or not self.views)

    def __post_init__(self) -> None:
        _one_of("context", self.context, (None, *get_args(Context)))
        _one_of("scope", self.scope, get_args(Scope))
        _one_of("example context", self.example_context, (None, *get_args(ExampleContext)))
        _one_of("order", self.order, get_args(Order))
        _one_of("form", self.form, get_args(Form))
        check_least("max_tables", self.max_tables)
        check_least("schema_tokens", self.schema_tokens)
        check_least("max_columns", self.max_columns)
        check_least("budget", self.budget)


def _one_of(noun: str, value: str | None, known: tuple[str | None, ...]) -> None:
    if value not in known:
        raise UnknownNameError(noun, str(value), [name for name in known if name is not None])
